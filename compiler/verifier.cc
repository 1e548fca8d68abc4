// The child writes a line when the app has booted, when it has been loaded and when it has
// answered, so that an app that hangs or crashes in its handler is told apart from one that does so
// before.
#include "compiler/verifier.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "compiler/probe_isolate.h"
#include "config/yaml/units.h"
#include "runtime/app_isolate.h"
#include "runtime/identity.h"
#include "runtime/process.h"
#include "snapshot/container.h"

namespace nano::compiler {
namespace {

using Json = nlohmann::json;

// The handler of an app that was built may wait for something that only the server gives it.
constexpr auto kPatience = std::chrono::milliseconds(3000);

constexpr int kRounds = 3;
constexpr double kSlowRequestMs = 50;  // Not worth repeating.
constexpr double kSlowBootMs = 500;

constexpr char kStillRunning[] = "its script is still running after ";

std::string Seconds(std::chrono::milliseconds time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time).count()) + " s";
}

// The child's lines, beside those with times.
constexpr char kBooted[] = "booted";
constexpr char kLoaded[] = "loaded";
constexpr char kUnusable[] = "unusable";
constexpr char kLimit[] = "limit";

struct Sample {
  double boot_ms = 0;
  double request_ms = 0;
};

double MillisecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

void Send(int output, const Json& json) {
  WriteAll(output, json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

Error LoadingTakesTooMuch(uint64_t memory_limit) {
  return {.message =
              "the app is loaded when its first request arrives, and reached its "
              "`limits.memory` of " +
              config::FormatSize(memory_limit) + " before it was",
          .where = "",
          .hint = "Raise `limits.memory`, or make less at the app's top level."};
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
  Send(output, {{key, {error.message, error.hint}}});
}

// What is to be told of a request: why there is no answer, and what was logged.
std::string ErrorsOf(const ProbeIsolate& isolate) {
  if (isolate.silence().empty()) return isolate.errors();
  return isolate.silence() + "\n" + isolate.errors();
}

// Why the child's end was that of the request's, without an answer.
std::string WhyNoAnswer(const Child& child, const VerifiedApp& app) {
  if (child.timed_out()) return kStillRunning + Seconds(2 * kPatience);
  if (child.status() == runtime::kExitOutOfMemory) {
    return "it passed its `limits.memory` of " + config::FormatSize(app.memory_limit);
  }
  return child.signal() != 0
             ? "its process has ended by signal " + std::to_string(child.signal())
             : "its process has ended with status " + std::to_string(child.status());
}

int RunChild(const VerifiedApp& app, int output) {
  runtime::InitializeProcess({.threads = 1, .deterministic = false});
  const auto opened = snapshot::Container::Open(app.container, runtime::CurrentIdentity());
  if (!opened) {
    SendError(output, kUnusable, opened.error());
    return 0;
  }
  const runtime::AppImage image = opened->Image("app");
  const ProbeIsolate* asked = nullptr;
  Watchdog watchdog([&](std::string_view stack) {
    Send(output, {{"request_ms", 0},
                  {"status", 0},
                  {"errors", kStillRunning + Seconds(kPatience) + std::string(stack) + "\n" +
                                 asked->errors()}});
    _exit(0);
  });
  // The first isolate of a process pays for what all of them share; the others are what a server
  // sees when an app boots. The best of a few is what the app costs, not what the machine does
  // besides.
  ProbeIsolate first;
  if (auto booted = first.Boot(image); !booted) {
    SendError(output, kUnusable, booted.error());
    return 0;
  }
  Sample best;
  for (int i = 0; i < kRounds; ++i) {
    ProbeIsolate isolate(&watchdog);
    asked = &isolate;
    const auto start = Clock::now();
    // It can be booted; so it is the limit that stands in the way.
    if (auto booted = isolate.Boot(image, app.memory_limit); !booted) {
      SendError(output, kLimit, booted.error());
      return 0;
    }
    if (i == 0) Send(output, {{kBooted, true}});
    bool loaded = !app.deferred;
    // What loads a deferred app is its first request.
    if (app.deferred) {
      isolate.ExpectLoading([&] {
        loaded = true;
        if (i == 0) Send(output, {{kLoaded, true}});
      });
      const bool answered = isolate.Ask(app.request, kPatience).has_value();
      if (!loaded && isolate.dead()) {
        SendError(output, kLimit, LoadingTakesTooMuch(app.memory_limit));
        return 0;
      }
      if (!answered) {
        Send(output, {{"boot_ms", MillisecondsSince(start)}});
        Send(output, {{"request_ms", 0}, {"status", 0}, {"errors", ErrorsOf(isolate)}});
        break;
      }
    }
    const double boot_ms = MillisecondsSince(start);
    if (i == 0 || boot_ms < best.boot_ms) best.boot_ms = boot_ms;
    Send(output, {{"boot_ms", best.boot_ms}});
    const auto asked = Clock::now();
    const int status = isolate.Ask(app.request, kPatience).value_or(0);
    const double request_ms = MillisecondsSince(asked);
    if (i == 0 || request_ms < best.request_ms) best.request_ms = request_ms;
    Send(output,
         {{"request_ms", best.request_ms}, {"status", status}, {"errors", ErrorsOf(isolate)}});
    if (status == 0 || request_ms > kSlowRequestMs || boot_ms > kSlowBootMs) break;
  }
  // Tearing the engine down proves nothing.
  _exit(0);
}

// Waits for the child's end, or kills it. The time that an app has for its answers begins when it
// has been loaded; until then it has all that is left.
void Finish(Child& child, const BuildContext& context, bool deferred) {
  Child* const children[] = {&child};
  while (deferred && !child.ended() && Clock::now() < context.deadline &&
         child.output().find(kLoaded) == std::string::npos) {
    Child::Wait(children, context.deadline);
  }
  child.Finish(std::min(context.deadline, Clock::now() + 2 * kPatience));
}

Error ReadError(const Json& json) {
  return {.message = json.at(0).get<std::string>(), .hint = json.at(1).get<std::string>()};
}

}  // namespace

Result<Verification> Verify(const BuildContext& context, const VerifiedApp& app) {
  auto started = Child::Fork([&](int output) { return RunChild(app, output); });
  if (!started) return std::move(started).error();
  Child& child = **started;
  Finish(child, context, app.deferred);
  Verification verification;
  bool booted = false;
  bool loaded = !app.deferred;
  std::string_view output = child.output();
  for (size_t end; (end = output.find('\n')) != std::string_view::npos;
       output.remove_prefix(end + 1)) {
    const Json json = Json::parse(output.substr(0, end), nullptr, false);
    if (!json.is_object()) break;
    if (json.contains(kLimit)) return ReadError(json[kLimit]);
    if (json.contains(kUnusable)) {
      Error error = ReadError(json[kUnusable]);
      error.message = "the snapshot was built but does not boot: " + error.message;
      error.hint = "This is a bug in NANO.";
      verification.unusable = std::move(error);
      return verification;
    }
    booted = booted || json.contains(kBooted);
    loaded = loaded || json.contains(kLoaded);
    if (json.contains("boot_ms")) verification.boot_ms = json["boot_ms"];
    if (json.contains("status")) {
      verification.first_request_ms = json["request_ms"];
      verification.status = json["status"];
      verification.errors = json["errors"];
    }
  }
  if (booted && !loaded) {
    if (child.timed_out()) return NeverLoaded();
    if (child.status() == runtime::kExitOutOfMemory) return LoadingTakesTooMuch(app.memory_limit);
  }
  if (booted && (loaded || child.ok())) {
    const bool silent = verification.status == 0 && verification.errors.empty();
    if (silent && !child.ok()) verification.errors = WhyNoAnswer(child, app);
    return verification;
  }
  verification.unusable = Error{
      .message = child.timed_out() ? std::string("the snapshot was built but does not boot in time")
                                   : "the snapshot was built but crashes when it " +
                                         std::string(booted ? "is loaded" : "boots") + " (signal " +
                                         std::to_string(child.signal()) + ")",
      .where = "",
      .hint = child.errors().empty() ? "Something that the top level makes does not survive: "
                                       "make it inside fetch."
                                     : child.errors()};
  return verification;
}

}  // namespace nano::compiler
