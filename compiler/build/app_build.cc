// The steps of one app's build.
#include "compiler/build/app_build.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "base/file.h"
#include "compiler/assets/asset_build.h"
#include "compiler/assets/asset_checks.h"
#include "compiler/build/app_heap.h"
#include "compiler/build/build_command.h"
#include "compiler/build/warmup.h"
#include "compiler/bundle/bundle_text.h"
#include "compiler/bundle/bundler.h"
#include "compiler/cache/build_cache.h"
#include "compiler/cache/inputs.h"
#include "compiler/evaluate/deferred_app.h"
#include "compiler/evaluate/verifier.h"
#include "compiler/explain/script_errors.h"
#include "compiler/explain/source_places.h"
#include "compiler/project/entry_point.h"
#include "compiler/project/paths.h"
#include "config/environment.h"
#include "runtime/identity.h"
#include "snapshot/container.h"
#include "snapshot/digest.h"
#include "snapshot/limits.h"

namespace nano::compiler {
namespace {

void Append(std::vector<Error>& errors, std::vector<Error> more) {
  for (Error& error : more) errors.push_back(std::move(error));
}

bool IsCode(std::string_view path) {
  constexpr std::string_view kEndings[] = {".js", ".mjs", ".cjs", ".jsx",
                                           ".ts", ".mts", ".cts", ".tsx"};
  return std::any_of(std::begin(kEndings), std::end(kEndings),
                     [path](std::string_view ending) { return path.ends_with(ending); });
}

std::string ContainerPath(const std::string& scratch, const std::string& app) {
  return scratch + "/" + app + ".snap";
}

// The build of one app from its entry. Each step adds what it has to tell to the result; where one
// gives false, the app has failed and the result says why.
class AppBuilder {
 public:
  AppBuilder(const config::AppSettings& app, const EntryPoint& entry, const BuiltAssets& assets,
             const BuildContext& context, const StepReporter& report, AppResult& result)
      : app_(app),
        entry_(entry),
        assets_(assets),
        context_(context.step),
        report_(report),
        result_(result),
        warmup_(WarmupRequests(app)),
        subject_{context_, entry_, bundle_, warmup_, context.timeout} {}

  bool Run() { return MakeBundle() && MakeHeap() && CheckHeap() && MakeSnapshot(); }

  // Of the bundle, if they can be known.
  const std::optional<Inputs>& inputs() const { return inputs_; }

 private:
  bool Fail(Error error) {
    result_.errors.push_back(std::move(error));
    return false;
  }

  bool MakeBundle() {
    report_("bundling");
    const auto begin = std::chrono::system_clock::now();
    BundleResult bundled = BundleApp(app_.name, entry_, context_, app_.bundle);
    result_.errors = std::move(bundled.errors);
    result_.warnings = std::move(bundled.warnings);
    if (!result_.ok()) return false;
    if (bundled.lookups) {
      // Modules that the platform gives are looked up in there, and around it.
      const std::string scratch = std::filesystem::path(context_.scratch).parent_path().string();
      inputs_ = RecordInputs(*bundled.lookups, bundled.metafile, entry_, scratch, begin);
    }
    if (auto error = CodeAmongAssets(bundled.metafile)) return Fail(*std::move(error));
    bundle_ = std::move(bundled.bundle);
    result_.bundle_bytes = bundle_.code.size();
    return true;
  }

  // Modules of the app that everybody would get. Text and data that it imports may well be served.
  std::optional<Error> CodeAmongAssets(const Metafile& metafile) const {
    constexpr size_t kMostNamed = 5;
    std::vector<std::string> served;
    for (const BundledModule& module : metafile.modules) {
      if (!IsCode(module.path)) continue;
      std::error_code failure;
      const std::string path =
          std::filesystem::canonical(std::filesystem::path(entry_.directory) / module.path, failure)
              .string();
      if (!failure && assets_.Has(path) && !assets_.Keeps(path))
        served.push_back(path.substr(assets_.folder.size() + 1));
    }
    if (served.empty()) return std::nullopt;
    std::string names;
    for (size_t i = 0; i < served.size() && i < kMostNamed; ++i)
      names += (i == 0 ? "" : ", ") + served[i];
    if (served.size() > kMostNamed)
      names += " and " + std::to_string(served.size() - kMostNamed) + " more";
    return Error{
        "modules of the app's code are in the folder of its assets, and would be given to "
        "everybody: " +
            names,
        DisplayPath(assets_.folder),
        "Put the assets into a folder of their own (`assets.directory`), or name the code "
        "in .assetsignore. What is meant for browsers as well, say there: !" +
            served[0]};
  }

  bool MakeHeap() {
    report_(app_.warmup.empty() ? "evaluating" : "evaluating and warming up");
    Result<AppHeap> heap = compiler::MakeHeap(subject_, notes_);
    if (!heap.ok()) return Fail(std::move(heap).error());
    heap_ = std::move(heap).value();
    for (LogLine& line : heap_.evaluation.log) line.text = MapText(bundle_, line.text);
    result_.log = std::move(heap_.evaluation.log);
    Append(result_.warnings, std::move(notes_.warnings));
    result_.notes = std::move(notes_.notes);
    CheckTriggers();
    return true;
  }

  // As on Cloudflare, where it is deployed all the same.
  void CheckTriggers() {
    if (!notes_.has_scheduled) return;
    const bool has_crons = !app_.triggers.crons.empty();
    if (has_crons && !*notes_.has_scheduled) {
      result_.warnings.push_back(config::ErrorAt(
          app_.stated.PlaceOf("triggers.crons"),
          "the app has cron triggers and no `scheduled`: each call will fail",
          "Export it beside `fetch`: export default { scheduled(controller, env, ctx) { … } }"));
    } else if (!has_crons && *notes_.has_scheduled) {
      result_.notes.push_back({"`scheduled` is never called: the app has no `triggers.crons`",
                               {},
                               "Write triggers: { crons: [\"*/5 * * * *\"] } in nano.yaml."});
    }
  }

  // What became of the app's code while it was evaluated.
  bool CheckHeap() {
    if (const auto* death = std::get_if<ChildDeath>(&heap_.evaluation.outcome)) {
      report_("looking for the cause");
      return Fail(ExplainDeath(subject_, *death));
    }
    if (const auto* failure = std::get_if<runtime::ScriptFailure>(&heap_.evaluation.outcome)) {
      return Fail(ExplainFailure(subject_, *failure));
    }
    for (const SkippedWarmup& skipped : notes_.skipped) {
      result_.warnings.push_back(SkippedWarning(app_, skipped));
    }
    const auto& snapshot = std::get<runtime::AppSnapshot>(heap_.evaluation.outcome);
    Append(result_.warnings, WarmupWarnings(app_, bundle_, heap_, snapshot.warmup, result_.log));
    return true;
  }

  bool MakeSnapshot() {
    Result<Verification> verified = WriteAndVerify();
    if (verified.ok() && verified->unusable && !heap_.deferred) {
      // Better late than never. What was wrong with the heap is told.
      Error warning = *std::move(verified->unusable);
      warning.message += ": the app is loaded when its first request arrives instead";
      result_.warnings.push_back(std::move(warning));
      Result<AppHeap> heap = MakeDeferredHeap(subject_);
      if (!heap.ok()) return Fail(std::move(heap).error());
      heap_ = std::move(heap).value();
      verified = WriteAndVerify();
    }
    if (!verified.ok()) return Fail(std::move(verified).error());
    if (verified->unusable) return Fail(*std::move(verified->unusable));
    if (heap_.deferred) {
      if (const auto failure = DeferredFailure(verified->errors)) {
        return Fail(ExplainFailure(subject_, *failure));
      }
    }
    result_.boot_ms = verified->boot_ms;
    result_.first_request_ms = verified->first_request_ms;
    result_.first_status = verified->status;
    result_.first_problem = FirstProblem(app_, *verified, bundle_, result_.warnings);
    return true;
  }

  // Writes the container and boots it. Errors are not of the snapshot's making.
  Result<Verification> WriteAndVerify() {
    const auto* snapshot = std::get_if<runtime::AppSnapshot>(&heap_.evaluation.outcome);
    if (snapshot == nullptr) {
      Verification none;
      none.unusable = Error{"the engine could not make a snapshot", "", ""};
      return none;
    }
    report_("writing");
    result_.container = ContainerPath(context_.scratch, app_.name);
    const std::string source = EngineText(heap_.code);
    result_.digest = TRY(snapshot::WriteContainer(result_.container,
                                                  {.blob = snapshot->blob,
                                                   .source = source,
                                                   .source_map = bundle_.map,
                                                   .assets = assets_.pack,
                                                   .entrypoints = notes_.entrypoints},
                                                  runtime::CurrentIdentity()));
    result_.snapshot_bytes = snapshot->blob.size();
    report_("verifying");
    return Verify(context_, {.container = result_.container,
                             .request = FirstRequest(app_),
                             .deferred = heap_.deferred,
                             .limits = snapshot::RuntimeLimits(app_.limits)});
  }

  const config::AppSettings& app_;
  const EntryPoint& entry_;
  const BuiltAssets& assets_;
  const StepContext& context_;
  const StepReporter& report_;
  AppResult& result_;
  const std::vector<runtime::SampleRequest> warmup_;
  Bundle bundle_;
  const FailedApp subject_;  // What messages are about. Refers to the others.
  std::optional<Inputs> inputs_;
  AppHeap heap_;
  HeapNotes notes_;
};

// What an earlier build gave, its container in this one's scratch folder: other builds may put
// something else in the place of the cache's meanwhile.
std::optional<AppResult> TakeEarlier(const BuildCache::Shelf& shelf, const EntryPoint& entry,
                                     const config::AppSettings& app, const StepContext& context) {
  std::optional<AppResult> earlier = shelf.Find(entry.directory);
  if (!earlier) return earlier;
  const std::string own = ContainerPath(context.scratch, app.name);
  if (link(earlier->container.c_str(), own.c_str()) == 0) earlier->container = own;
  return earlier;
}

// What tells them from others: the pack, and what may be served though it is code.
std::string Appearance(const BuiltAssets& assets) {
  if (assets.pack.empty()) return {};
  std::string text = snapshot::Hex(snapshot::Sha256Of(assets.pack));
  for (const std::string& name : assets.kept) text += " " + name;
  return text;
}

AppResult BuildFrom(const EntryPoint& entry, const config::AppSettings& app,
                    const BuiltAssets& assets, const BuildContext& context,
                    const StepReporter& report) {
  const BuildCache::Shelf shelf = context.cache.ShelfOf(app, entry, Appearance(assets),
                                                        context.step.variables, context.step.color);
  if (!context.rebuild) {
    if (auto earlier = TakeEarlier(shelf, entry, app, context.step)) return *std::move(earlier);
  }
  AppResult result;
  result.name = app.name;
  result.entry = entry.shown;
  AppBuilder builder(app, entry, assets, context, report, result);
  // The answer to the first request may have failed by an accident.
  if (!builder.Run() || !result.first_problem.empty() || !builder.inputs()) return result;
  if (const Result<void> kept = shelf.Store(*builder.inputs(), result); !kept.ok()) {
    Error note = kept.error();
    note.message = "the app is built again next time: " + note.message;
    result.notes.push_back(std::move(note));
  }
  return result;
}

// An app of files alone: there is nothing to evaluate, and nothing to boot.
AppResult PackAlone(const config::AppSettings& app, std::string_view assets,
                    const BuildContext& context) {
  AppResult result;
  result.name = app.name;
  result.container = ContainerPath(context.step.scratch, app.name);
  Result<std::string> digest = snapshot::WriteContainer(
      result.container, {.blob = {}, .source = {}, .source_map = {}, .assets = assets},
      runtime::CurrentIdentity());
  if (digest.ok()) {
    result.digest = std::move(digest).value();
  } else {
    result.errors.push_back(std::move(digest).error());
  }
  return result;
}

Error EntryAmongAssets(const EntryPoint& entry) {
  return {"the app's code is in the folder of its assets, and would be given to everybody",
          DisplayPath(entry.file),
          "Put the assets into a folder of their own (`assets.directory`), or name the code in "
          ".assetsignore."};
}

AppResult Failed(const config::AppSettings& app, Error error) {
  AppResult result;
  result.name = app.name;
  result.errors.push_back(std::move(error));
  return result;
}

// A wrangler file that names no code is one of files alone, whatever else is in the folder.
bool IsFilesAlone(const config::AppSettings& app) {
  return !app.wrangler.empty() && !app.assets.directory.empty() && app.entry.empty();
}

AppResult BuildWithAssets(const config::AppSettings& app, const BuildContext& context,
                          const StepReporter& report) {
  const bool has_assets = !app.assets.directory.empty();
  Result<BuiltAssets> assets = BuiltAssets();
  if (has_assets) {
    report("packing assets");
    const CompressedFiles compressed = context.cache.Compressed();
    assets = BuildAssets(app.assets, app.directory,
                         {.compressed = compressed,
                          .own = context.own,
                          .deadline = context.step.deadline,
                          .report = report});
  }
  Result<EntryPoint> entry = Error{"it has no code", {}, {}};
  if (assets.ok() && !IsFilesAlone(app)) entry = FindEntryPoint(app);
  AppResult result;
  if (!assets.ok()) {
    result = Failed(app, assets.error());
  } else if (entry.ok() && assets->Has(entry->file)) {
    result = Failed(app, EntryAmongAssets(*entry));
  } else if (entry.ok()) {
    result = BuildFrom(*entry, app, *assets, context, report);
  } else if (has_assets && app.entry.empty()) {
    result = PackAlone(app, assets->pack, context);
    Append(result.warnings, CheckWithoutCode(app.assets, app.directory));
  } else {
    result = Failed(app, std::move(entry).error());
  }
  if (assets.ok()) {
    result.asset_files = assets->names.size();
    result.asset_bytes = assets->bytes;
    result.asset_packed = assets->pack.size();
    result.asset_ignored = assets->ignored;
    Append(result.warnings, std::move(assets->warnings));
  }
  return result;
}

// All that is done for an app; `log` gets what its command wrote.
AppResult BuildInSteps(const config::AppSettings& app, const BuildContext& common,
                       const StepReporter& report, std::vector<LogLine>& log) {
  if (!app.refusals.empty()) {
    AppResult result = Failed(app, app.refusals.front());
    result.errors = app.refusals;
    return result;
  }
  auto variables = config::ExpandBuildEnvironment(app, config::ProcessEnvironment());
  if (!variables.ok()) return Failed(app, std::move(variables).error());
  BuildContext context = common;
  context.step.variables = std::move(variables).value();
  if (!app.bundle.command.empty()) {
    report("running the build command");
    Result<void> ran = RunBuildCommand(app, context.step.deadline, log);
    if (!ran.ok()) return Failed(app, std::move(ran).error());
  }
  return BuildWithAssets(app, context, report);
}

}  // namespace

AppResult BuildApp(const config::AppSettings& app, const BuildContext& context,
                   const StepReporter& report) {
  std::vector<LogLine> log;
  AppResult result = BuildInSteps(app, context, report, log);
  result.log.insert(result.log.begin(), std::make_move_iterator(log.begin()),
                    std::make_move_iterator(log.end()));
  std::vector<Error> remarks;
  for (const std::string& remark : app.remarks) remarks.push_back({remark, "", ""});
  Append(remarks, std::move(result.notes));
  result.notes = std::move(remarks);
  for (Error& error : result.errors) {
    if (error.where.empty()) error.where = DisplayPath(app.directory);
  }
  return result;
}

}  // namespace nano::compiler
