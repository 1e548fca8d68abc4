// Builds apps from inline source and boots them, within the test's own process.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/app_isolate.h"
#include "runtime/snapshot_builder.h"
#include "tests/unit/runtime/test_exchange.h"

namespace nano::runtime::testing {

// Starts the engine on the first call; returns the base snapshot.
const std::string& BaseSnapshot();

// The bundle of an app whose module body is `body` and ends by defining `fetch`.
std::string BundleOf(std::string_view body);

std::variant<AppSnapshot, ScriptFailure> TryBuild(const std::string& bundle,
                                                  std::vector<SampleRequest> warmup = {});

// Has the watchdog watch this thread from now on.
void WatchOnce();

// Records log lines and lets the test drive the timers.
class TestEmbedder final : private TimerPort, private LogPort, private StopPort {
 public:
  operator Embedder() {
    return {.timers = this, .log = this, .stops = this};
  }  // NOLINT: implicit by design

  double timer_delay = -1;
  std::string log;
  std::vector<Stop> stops;
  std::vector<Stop> near;  // What was told of limits that were not reached.

 private:
  void ArmTimer(double delay_ms) override { timer_delay = delay_ms; }
  void Log(LogLevel, std::string_view text, const LogOrigin&) override { log.append(text) += '\n'; }
  void OnStopped(const Stop& stop, http::Exchange*) override { stops.push_back(stop); }
  void OnNear(const Stop& stop) override { near.push_back(stop); }
};

// A built app; isolates booted from it must not outlive it.
class TestApp {
 public:
  // Fails the test if the app cannot be built.
  explicit TestApp(std::string_view body, std::vector<SampleRequest> warmup = {});

  std::unique_ptr<AppIsolate> Boot(const Embedder& embedder, const Limits& limits = {},
                                   std::vector<std::pair<std::string, std::string>> env = {},
                                   std::vector<std::string> services = {});
  // The same where it may fail.
  Result<std::unique_ptr<AppIsolate>> TryBoot(
      const Embedder& embedder, const Limits& limits,
      std::vector<std::pair<std::string, std::string>> env = {},
      std::vector<std::string> services = {});

 private:
  std::string bundle_;
  AppSnapshot snapshot_;
  AppImage image_;
};

// Sends a POST whose body the app has to ask for.
void Post(AppIsolate& app, TestExchange& exchange);

// Sends a GET and returns the exchange when the turn is over.
std::unique_ptr<TestExchange> Get(AppIsolate& app, std::string_view target = "/");

// The same, and returns when it is answered, which work on other threads may be needed for.
std::unique_ptr<TestExchange> GetAnswer(AppIsolate& app, std::string_view target = "/");

}  // namespace nano::runtime::testing
