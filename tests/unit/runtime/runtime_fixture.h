// Builds apps from inline source and boots them, within the test's own process.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/app_isolate.h"
#include "runtime/snapshot_builder.h"

namespace nano::runtime::testing {

// Starts the engine on the first call; returns the base snapshot.
const std::string& BaseSnapshot();

// The bundle of an app whose module body is `body` and ends by defining `fetch`.
std::string BundleOf(std::string_view body);

std::variant<AppSnapshot, ScriptFailure> TryBuild(const std::string& bundle,
                                                  std::vector<SampleRequest> warmup = {});

// Records log lines and lets the test drive the timers.
class TestEmbedder final : private TimerPort, private LogPort {
 public:
  operator Embedder() { return {.timers = this, .log = this}; }  // NOLINT: implicit by design

  double timer_delay = -1;
  std::string log;

 private:
  void ArmTimer(double delay_ms) override { timer_delay = delay_ms; }
  void Log(LogLevel, std::string_view text) override { log.append(text) += '\n'; }
};

// A request and what was answered to it.
class TestExchange final : public http::Exchange {
 public:
  void ReadBody(bool whole) override { read_whole = whole, ++reads; }
  void Respond(const http::ResponseHead& head, std::string_view bytes) override;
  void StartBody(const http::ResponseHead& head, std::optional<uint64_t> length) override;
  bool WriteBody(std::string_view part) override;
  void EndBody() override { ended = true; }
  void Fail() override { failed = ended = true; }

  int status = 0;
  std::string headers;
  std::string body;
  std::optional<uint64_t> length;
  bool ended = false;
  bool failed = false;
  bool congested = false;  // WriteBody returns false.
  bool read_whole = false;
  int reads = 0;
};

// A built app; isolates booted from it must not outlive it.
class TestApp {
 public:
  // Fails the test if the app cannot be built.
  explicit TestApp(std::string_view body, std::vector<SampleRequest> warmup = {});

  std::unique_ptr<AppIsolate> Boot(const Embedder& embedder, const Limits& limits = {},
                                   std::vector<std::pair<std::string, std::string>> env = {});
  // The same where it may fail.
  Result<std::unique_ptr<AppIsolate>> TryBoot(
      const Embedder& embedder, const Limits& limits,
      std::vector<std::pair<std::string, std::string>> env = {});

 private:
  std::string bundle_;
  AppSnapshot snapshot_;
  AppImage image_;
};

// Sends a POST whose body the app has to ask for.
void Post(AppIsolate& app, TestExchange& exchange);

// Sends a GET and returns the exchange when the turn is over.
std::unique_ptr<TestExchange> Get(AppIsolate& app, std::string_view target = "/");

}  // namespace nano::runtime::testing
