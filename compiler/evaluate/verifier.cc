// The child writes a line when the app has booted, when it has been loaded and when it has
// answered, so that an app that hangs or crashes in its handler is told apart from one that does so
// before.
#include "compiler/evaluate/verifier.h"

#include <unistd.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "base/file.h"
#include "base/json_fields.h"
#include "base/lines.h"
#include "compiler/evaluate/evaluation_lines.h"
#include "compiler/evaluate/probe_isolate.h"
#include "compiler/process/memory_bound.h"
#include "config/yaml/units.h"
#include "runtime/app_isolate.h"
#include "runtime/identity.h"
#include "runtime/process.h"
#include "snapshot/container.h"

namespace nano::compiler {
namespace {

// The handler of an app that was built may wait for something that only the server gives it.
constexpr auto kPatience = std::chrono::milliseconds(3000);

constexpr int kRounds = 3;
constexpr double kSlowRequestMs = 50;  // Not worth repeating.
constexpr double kSlowBootMs = 500;

constexpr char kStillRunning[] = "its script is still running after ";

// The child's lines, beside those with times.
constexpr char kBooted[] = "booted";
constexpr char kLoaded[] = "loaded";
constexpr char kUnusable[] = "unusable";
constexpr char kLimit[] = "limit";

double MillisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

void Send(int output, Json::Object members) { WriteAll(output, LineOf(std::move(members))); }

Error LoadingTakesTooMuch(const runtime::Limits& limits, runtime::StopReason reason) {
  const bool heap = reason == runtime::StopReason::kMemory;
  const std::string key = heap ? "`limits.memory`" : "`limits.external_memory`";
  return {.message = "the app is loaded when its first request arrives, and reached its " + key +
                     " of " + config::FormatSize(heap ? limits.memory : limits.external_memory) +
                     " before it was",
          .where = "",
          .hint = "Raise " + key + ", or make less at the app's top level."};
}

Error NeverLoaded() {
  return {.message =
              "the app is loaded when its first request arrives, and was still being loaded "
              "when the time for its build was up",
          .where = "",
          .hint =
              "Look for a loop or an await at the top level that does not end. If it just takes "
              "long: --timeout, or `build.timeout` in nano.yaml."};
}

void SendError(int output, std::string_view key, const Error& error) {
  Send(output, {{std::string(key), Json::Array{error.message, error.hint}}});
}

// What is to be told of a request: why there is no answer, and what was logged.
std::string ErrorsOf(const ProbeIsolate& isolate) {
  if (isolate.silence().empty()) return isolate.errors();
  return isolate.silence() + "\n" + isolate.errors();
}

// Why the child's end was that of the request's, without an answer.
std::string WhyNoAnswer(const Child& child, const VerifiedApp& app) {
  if (child.timed_out()) return kStillRunning + InSeconds(2 * kPatience);
  if (child.status() == runtime::kExitOutOfMemory) {
    return "it passed its `limits.memory` of " + config::FormatSize(app.limits.memory);
  }
  return child.signal() != 0
             ? "its process has ended by signal " + std::to_string(child.signal())
             : "its process has ended with status " + std::to_string(child.status());
}

// What the child does: boots the app and asks it a few times, and reports each step.
class Probe {
 public:
  Probe(const VerifiedApp& app, int output)
      : app_(app), output_(output), watchdog_([this](std::string_view stack) {
          Send(output_, {{"request_ms", 0},
                         {"status", 0},
                         {"errors", kStillRunning + InSeconds(kPatience) + std::string(stack) +
                                        "\n" + asked_->errors()}});
          _exit(0);
        }) {}

  void Run() {
    const auto opened = snapshot::Container::Open(app_.container, runtime::CurrentIdentity());
    if (!opened.ok()) return SendError(output_, kUnusable, opened.error());
    const runtime::AppImage image = opened->Image("app");
    // The first isolate of a process pays for what all of them share; the others are what a server
    // sees when an app boots. The best of a few is what the app costs, not what the machine does
    // besides.
    ProbeIsolate first;
    if (const auto booted = first.Boot(image); !booted.ok()) {
      return SendError(output_, kUnusable, booted.error());
    }
    for (int round = 0; round < kRounds; ++round) {
      is_first_ = round == 0;
      if (!Measure(image)) break;
    }
    // Tearing the engine down proves nothing.
    _exit(0);
  }

 private:
  // One round. False: another one would tell nothing more.
  bool Measure(const runtime::AppImage& image) {
    ProbeIsolate isolate(&watchdog_);
    asked_ = &isolate;
    loaded_ = false;
    const auto start = Clock::now();
    // It can be booted; so it is the limit that stands in the way.
    if (const auto booted = isolate.Boot(image, app_.limits); !booted.ok()) {
      SendError(output_, kLimit, booted.error());
      return false;
    }
    if (is_first_) Send(output_, {{kBooted, true}});
    if (app_.deferred && !Load(isolate, start)) return false;
    const double boot_ms = MillisecondsSince(start);
    best_boot_ms_ = std::min(best_boot_ms_, boot_ms);
    Send(output_, {{"boot_ms", best_boot_ms_}});

    const auto asked = Clock::now();
    const int status = isolate.Ask(app_.request, kPatience).value_or(0);
    const double request_ms = MillisecondsSince(asked);
    best_request_ms_ = std::min(best_request_ms_, request_ms);
    Send(output_,
         {{"request_ms", best_request_ms_}, {"status", status}, {"errors", ErrorsOf(isolate)}});
    return status != 0 && request_ms <= kSlowRequestMs && boot_ms <= kSlowBootMs;
  }

  // What loads a deferred app is its first request. False: it got no answer, which is reported.
  bool Load(ProbeIsolate& isolate, Clock::time_point start) {
    // Its first answer may be that it could not be loaded; then the next request tries again.
    isolate.ExpectLoading([this] {
      loaded_ = true;
      if (is_first_) Send(output_, {{kLoaded, true}});
    });
    const bool answered = isolate.Ask(app_.request, kPatience).has_value();
    if (!loaded_ && isolate.stopped()) {
      SendError(output_, kLimit, LoadingTakesTooMuch(app_.limits, isolate.why_stopped()));
      return false;
    }
    if (!answered) {
      Send(output_, {{"boot_ms", MillisecondsSince(start)}});
      Send(output_, {{"request_ms", 0}, {"status", 0}, {"errors", ErrorsOf(isolate)}});
    }
    return answered;
  }

  const VerifiedApp& app_;
  const int output_;
  const ProbeIsolate* asked_ = nullptr;  // Where a script may be too late.
  double best_boot_ms_ = std::numeric_limits<double>::infinity();
  double best_request_ms_ = std::numeric_limits<double>::infinity();
  bool is_first_ = true;
  bool loaded_ = false;  // The deferred app of this round.
  Watchdog watchdog_;
};

int RunChild(const StepContext& context, const VerifiedApp& app, int output) {
  BoundMemory(context.limits);
  runtime::InitializeProcess({.threads = 1, .deterministic = false});
  Probe(app, output).Run();
  return 0;
}

// None if that is no error as SendError writes them.
std::optional<Error> ReadError(const Json& json, std::string_view key) {
  std::vector<std::string> texts = TextsOf(json, key);
  if (texts.size() != 2) return std::nullopt;
  return Error{.message = std::move(texts[0]), .where = "", .hint = std::move(texts[1])};
}

// What the child has reported.
struct Report {
  Verification verification;
  std::optional<Error> limit;  // The app's memory limit is too low for it.
  bool booted = false;
  bool loaded = false;
};

Report ReadReport(std::string_view output) {
  Report report;
  while (!output.empty()) {
    const Result<Json> parsed = Json::Parse(TakeLine(output));
    if (!parsed.ok()) break;
    const Json& json = *parsed;
    const auto has = [&json](std::string_view name) { return json.Find(name) != nullptr; };
    if (has(kLimit)) report.limit = ReadError(json, kLimit);
    if (std::optional<Error> error = ReadError(json, kUnusable)) {
      error->message = "the snapshot was built but does not boot: " + error->message;
      error->hint = "This is a bug in NANO.";
      report.verification.unusable = std::move(error);
    }
    report.booted = report.booted || has(kBooted);
    report.loaded = report.loaded || has(kLoaded);
    if (has("boot_ms")) report.verification.boot_ms = DecimalOf(json, "boot_ms");
    if (has("status")) {
      report.verification.first_request_ms = DecimalOf(json, "request_ms");
      report.verification.status = static_cast<int>(NumberOf(json, "status"));
      report.verification.errors = TextOf(json, "errors");
    }
  }
  return report;
}

// The child has ended before it could report anything else.
Error Crash(const Child& child, bool booted) {
  return {.message = child.timed_out() ? std::string("the snapshot was built but does not boot in "
                                                     "time")
                                       : "the snapshot was built but crashes when it " +
                                             std::string(booted ? "is loaded" : "boots") +
                                             " (signal " + std::to_string(child.signal()) + ")",
          .where = "",
          .hint = child.errors().empty() ? "Something that the top level makes does not survive: "
                                           "make it inside fetch."
                                         : child.errors()};
}

}  // namespace

Result<Verification> Verify(const StepContext& context, const VerifiedApp& app) {
  const auto started = TRY(Child::Fork([&](int output) { return RunChild(context, app, output); }));
  Child& child = *started;
  // The time that an app has for its answers begins when it has booted, or been loaded: how long
  // the machine takes for that, which may be busy, must not decide what is built.
  child.FinishAfter(app.deferred ? kLoaded : kBooted, 2 * kPatience, context.deadline);
  Report report = ReadReport(child.output());
  Verification& verification = report.verification;
  if (report.limit) return *std::move(report.limit);
  if (verification.unusable) return std::move(verification);
  const bool loaded = report.loaded || !app.deferred;
  if (report.booted && !loaded) {
    if (child.timed_out()) return NeverLoaded();
    if (child.status() == runtime::kExitOutOfMemory) {
      return LoadingTakesTooMuch(app.limits, runtime::StopReason::kMemory);
    }
  }
  if (report.booted && (loaded || child.ok())) {
    const bool silent = verification.status == 0 && verification.errors.empty();
    if (silent && !child.ok()) verification.errors = WhyNoAnswer(child, app);
    return std::move(verification);
  }
  verification.unusable = Crash(child, report.booted);
  return std::move(verification);
}

}  // namespace nano::compiler
