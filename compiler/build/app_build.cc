// The steps of one app's build.
#include "compiler/build/app_build.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "base/file.h"
#include "compiler/build/app_heap.h"
#include "compiler/bundle/bundle_text.h"
#include "compiler/bundle/bundler.h"
#include "compiler/cache/build_cache.h"
#include "compiler/cache/inputs.h"
#include "compiler/evaluate/deferred_app.h"
#include "compiler/evaluate/evaluator.h"
#include "compiler/evaluate/verifier.h"
#include "compiler/explain/script_errors.h"
#include "compiler/explain/source_places.h"
#include "compiler/project/entry_point.h"
#include "compiler/project/paths.h"
#include "runtime/identity.h"
#include "snapshot/container.h"

namespace nano::compiler {
namespace {

// Warm-up requests go to a host that the app answers for: it may look at it.
std::string AuthorityOf(const config::AppSettings& app) {
  for (const std::string& host : app.hosts) {
    if (!host.starts_with('*')) return host;
  }
  for (const std::string& host : app.hosts) return "www" + host.substr(1);
  return "localhost";
}

std::vector<runtime::WarmupRequest> WarmupRequests(const config::AppSettings& app) {
  std::vector<runtime::WarmupRequest> requests;
  for (const config::WarmupRequest& request : app.warmup) {
    requests.push_back({.method = request.method,
                        .authority = AuthorityOf(app),
                        .target = request.path,
                        .headers = request.headers,
                        .body = request.body});
  }
  return requests;
}

// What went wrong with warm-up requests: not fatal, the app may need its `env` for them. Takes
// what is told here out of the log.
std::vector<Error> WarmupWarnings(const config::AppSettings& app, const Bundle& bundle,
                                  const AppHeap& heap,
                                  const std::vector<runtime::WarmupOutcome>& outcomes,
                                  std::vector<LogLine>& log) {
  std::vector<Error> warnings;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    const auto& [status, problem] = outcomes[i];
    if (status != 0 && status < 500 && problem.empty()) continue;
    const config::WarmupRequest& request = app.warmup[heap.warmed[i]];
    const std::string outcome =
        status != 0 ? "was answered with " + std::to_string(status) : "failed";
    const std::string name = request.method + " " + request.path;
    std::string message = "the warm-up request " + name + " " + outcome;
    std::string reason = MapText(bundle, problem);
    // It is told here, with its place in nano.yaml; once is enough.
    std::erase_if(log, [&](const LogLine& line) { return line.text == reason; });
    if (reason.starts_with(name + ": ")) reason.erase(0, name.size() + 2);
    if (!reason.empty()) message += ": " + reason;
    std::string hint = HintForException(reason.substr(0, reason.find('\n')));
    if (hint.empty()) {
      hint =
          "The app was built. `env` is empty and there is no network while it is: answer without "
          "them, or take the request out of `warmup`.";
    }
    warnings.push_back(config::ErrorAt(request.place, std::move(message), std::move(hint)));
  }
  return warnings;
}

Error SkippedWarning(const config::AppSettings& app, const SkippedWarmup& skipped) {
  const config::WarmupRequest& request = app.warmup[skipped.number];
  return config::ErrorAt(
      request.place,
      "the warm-up request " + request.method + " " + request.path + " is left out: " + skipped.why,
      "The app was built; its first such request takes longer. Take the request out of `warmup` to "
      "silence this.");
}

// The request that a snapshot is verified with.
runtime::WarmupRequest FirstRequestOf(const config::AppSettings& app) {
  const std::vector<runtime::WarmupRequest> requests = WarmupRequests(app);
  if (!requests.empty()) return requests.front();
  runtime::WarmupRequest request;
  request.authority = AuthorityOf(app);
  return request;
}

// Why the first request failed; empty if it did not, or if a warning says so already.
std::string FirstProblem(const config::AppSettings& app, const Verification& verified,
                         const Bundle& bundle, const std::vector<Error>& warnings) {
  if (verified.status != 0 && verified.status < 500) return {};
  const runtime::WarmupRequest request = FirstRequestOf(app);
  const std::string name = request.method + " " + request.target;
  std::string reason = MapText(bundle, verified.errors);
  if (reason.starts_with(name + ": ")) reason.erase(0, name.size() + 2);
  while (reason.ends_with('\n')) reason.pop_back();
  for (const Error& warning : warnings) {
    if (!reason.empty() && warning.message.find(reason) != std::string::npos) return {};
  }
  std::string problem = "the first request, " + name;
  problem += verified.status == 0 ? ", got no answer"
                                  : ", was answered with " + std::to_string(verified.status);
  return reason.empty() ? problem : problem + ": " + reason;
}

// Writes the container and boots it. Errors are not of the snapshot's making.
Result<Verification> WriteAndVerify(const config::AppSettings& app, const BuildContext& context,
                                    const Bundle& bundle, const AppHeap& heap,
                                    const StepReporter& report, AppResult& result) {
  const auto* snapshot = std::get_if<runtime::AppSnapshot>(&heap.evaluation.outcome);
  if (snapshot == nullptr) {
    Verification none;
    none.unusable = Error{"the engine could not make a snapshot", "", ""};
    return none;
  }
  report("writing");
  result.container = context.scratch + "/" + app.name + ".snap";
  const std::string source = EngineText(heap.code);
  const Result<std::string> written = snapshot::WriteContainer(
      result.container, {.blob = snapshot->blob, .source = source, .source_map = bundle.map},
      runtime::CurrentIdentity());
  if (!written) return written.error();
  result.digest = *written;
  result.snapshot_bytes = snapshot->blob.size();
  report("verifying");
  return Verify(context, {.container = result.container,
                          .request = FirstRequestOf(app),
                          .deferred = heap.deferred,
                          .memory_limit = app.limits.memory});
}

// Runs the steps; an app's failures are added to `result`. `inputs` are those of the bundle, if
// they can be known.
void RunSteps(const config::AppSettings& app, const EntryPoint& entry, const BuildContext& context,
              std::chrono::milliseconds timeout, const StepReporter& report, AppResult& result,
              std::optional<Inputs>& inputs) {
  report("bundling");
  const auto begin = std::chrono::system_clock::now();
  BundleResult bundled = BundleApp(app.name, entry, context);
  result.errors = std::move(bundled.errors);
  result.warnings = std::move(bundled.warnings);
  if (!result.ok()) return;
  if (bundled.lookups) {
    inputs = RecordInputs(*bundled.lookups, bundled.metafile, entry, context.scratch, begin);
  }
  const Bundle& bundle = bundled.bundle;
  result.bundle_bytes = bundle.code.size();

  report(app.warmup.empty() ? "evaluating" : "evaluating and warming up");
  const std::vector<runtime::WarmupRequest> warmup = WarmupRequests(app);
  const FailedApp failed{context, entry, bundle, warmup, timeout};
  HeapNotes notes;
  Result<AppHeap> heap = MakeHeap(failed, notes);
  if (!heap) {
    result.errors.push_back(std::move(heap).error());
    return;
  }
  Evaluation& evaluation = heap->evaluation;
  for (LogLine& line : evaluation.log) line.text = MapText(bundle, line.text);
  result.log = std::move(evaluation.log);
  for (Error& warning : notes.warnings) result.warnings.push_back(std::move(warning));
  result.notes = std::move(notes.notes);
  if (const auto* death = std::get_if<ChildDeath>(&evaluation.outcome)) {
    report("looking for the cause");
    result.errors.push_back(ExplainDeath(failed, *death));
    return;
  }
  if (const auto* failure = std::get_if<runtime::ScriptFailure>(&evaluation.outcome)) {
    result.errors.push_back(ExplainFailure(failed, *failure));
    return;
  }
  const auto& snapshot = std::get<runtime::AppSnapshot>(evaluation.outcome);
  for (const SkippedWarmup& skipped : notes.skipped) {
    result.warnings.push_back(SkippedWarning(app, skipped));
  }
  for (Error& warning : WarmupWarnings(app, bundle, *heap, snapshot.warmup, result.log)) {
    result.warnings.push_back(std::move(warning));
  }

  Result<Verification> verified = WriteAndVerify(app, context, bundle, *heap, report, result);
  if (verified && verified->unusable && !heap->deferred) {
    // Better late than never. What was wrong with the heap is told.
    Error warning = *std::move(verified->unusable);
    warning.message += ": the app is loaded when its first request arrives instead";
    result.warnings.push_back(std::move(warning));
    heap = MakeDeferredHeap(failed);
    if (heap) verified = WriteAndVerify(app, context, bundle, *heap, report, result);
  }
  if (!heap || !verified) {
    result.errors.push_back(heap ? verified.error() : heap.error());
    return;
  }
  if (verified->unusable) {
    result.errors.push_back(*std::move(verified->unusable));
    return;
  }
  if (heap->deferred) {
    if (const auto failure = DeferredFailure(verified->errors)) {
      result.errors.push_back(ExplainFailure(failed, *failure));
      return;
    }
  }
  result.boot_ms = verified->boot_ms;
  result.first_request_ms = verified->first_request_ms;
  result.first_status = verified->status;
  result.first_problem = FirstProblem(app, *verified, bundle, result.warnings);
}

}  // namespace

AppResult BuildApp(const config::AppSettings& app, const BuildContext& context,
                   std::chrono::milliseconds timeout, const StepReporter& report) {
  AppResult result;
  result.name = app.name;
  const Result<EntryPoint> entry = FindEntryPoint(app);
  if (entry) {
    BuildCache::Shelf shelf;
    if (context.cache != nullptr) shelf = context.cache->ShelfOf(app, *entry, context.color);
    if (!context.rebuild) {
      if (auto earlier = shelf.Find(entry->directory)) {
        // Other builds may put something else in its place meanwhile.
        const std::string own = context.scratch + "/" + app.name + ".snap";
        if (link(earlier->container.c_str(), own.c_str()) == 0) earlier->container = own;
        return *std::move(earlier);
      }
    }
    result.entry = entry->shown;
    std::optional<Inputs> inputs;
    RunSteps(app, *entry, context, timeout, report, result, inputs);
    // A request may have failed by an accident.
    if (result.ok() && result.first_problem.empty() && inputs) {
      if (const Result<void> kept = shelf.Store(*inputs, result); !kept) {
        Error note = kept.error();
        note.message = "the app is built again next time: " + note.message;
        result.notes.push_back(std::move(note));
      }
    }
  } else {
    result.errors.push_back(entry.error());
  }
  for (Error& error : result.errors) {
    if (error.where.empty()) error.where = DisplayPath(app.directory);
  }
  return result;
}

}  // namespace nano::compiler
