// The child writes a line when the app has booted and one when it has answered, so that an app that
// hangs or crashes in its handler is told apart from one that does not boot.
#include "compiler/verifier.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "compiler/probe_isolate.h"
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

int RunChild(const std::string& container, const runtime::WarmupRequest& request, bool deferred,
             int output) {
  runtime::InitializeProcess({.threads = 1, .deterministic = false});
  const auto opened = snapshot::Container::Open(container, runtime::CurrentIdentity());
  if (!opened) {
    Send(output, {{"error", opened.error().ToString()}});
    return 0;
  }
  const runtime::AppImage image = opened->Image("app");
  // The first isolate of a process pays for what all of them share; the others are what a server
  // sees when an app boots. The best of a few is what the app costs, not what the machine does
  // besides.
  ProbeIsolate first;
  if (auto booted = first.Boot(image); !booted) {
    Send(output, {{"error", booted.error().ToString()}});
    return 0;
  }
  Sample best;
  for (int i = 0; i < kRounds; ++i) {
    ProbeIsolate isolate;
    const auto start = Clock::now();
    if (auto booted = isolate.Boot(image); !booted) {
      Send(output, {{"error", booted.error().ToString()}});
      return 0;
    }
    // What loads a deferred app is its first request.
    if (deferred && !isolate.Ask(request, kPatience)) {
      Send(output, {{"boot_ms", MillisecondsSince(start)}});
      Send(output, {{"request_ms", 0}, {"status", 0}, {"errors", isolate.errors()}});
      break;
    }
    const double boot_ms = MillisecondsSince(start);
    if (i == 0 || boot_ms < best.boot_ms) best.boot_ms = boot_ms;
    Send(output, {{"boot_ms", best.boot_ms}});
    const auto asked = Clock::now();
    const int status = isolate.Ask(request, kPatience).value_or(0);
    const double request_ms = MillisecondsSince(asked);
    if (i == 0 || request_ms < best.request_ms) best.request_ms = request_ms;
    Send(output,
         {{"request_ms", best.request_ms}, {"status", status}, {"errors", isolate.errors()}});
    if (status == 0 || request_ms > kSlowRequestMs) break;
  }
  // Tearing the engine down proves nothing.
  _exit(0);
}

}  // namespace

Result<Verification> Verify(const BuildContext& context, const std::string& container,
                            const runtime::WarmupRequest& request, bool deferred) {
  auto started =
      Child::Fork([&](int output) { return RunChild(container, request, deferred, output); });
  if (!started) return std::move(started).error();
  Child& child = **started;
  child.Finish(std::min(context.deadline, Clock::now() + 2 * kPatience));
  Verification verification;
  bool booted = false;
  std::string_view output = child.output();
  for (size_t end; (end = output.find('\n')) != std::string_view::npos;
       output.remove_prefix(end + 1)) {
    const Json json = Json::parse(output.substr(0, end), nullptr, false);
    if (!json.is_object()) break;
    if (json.contains("error")) {
      return Error{.message = "the snapshot was built but does not boot: " +
                              json["error"].get<std::string>(),
                   .where = "",
                   .hint = "This is a bug in NANO."};
    }
    if (json.contains("boot_ms")) {
      verification.boot_ms = json["boot_ms"];
      booted = true;
    }
    if (json.contains("status")) {
      verification.first_request_ms = json["request_ms"];
      verification.status = json["status"];
      verification.errors = json["errors"];
    }
  }
  if (booted) return verification;
  return Error{
      .message = child.timed_out() ? std::string("the snapshot was built but does not boot in time")
                                   : "the snapshot was built but crashes when it boots (signal " +
                                         std::to_string(child.signal()) + ")",
      .where = "",
      .hint = child.errors().empty() ? "Something that the top level makes does not survive: "
                                       "make it inside fetch."
                                     : child.errors()};
}

}  // namespace nano::compiler
