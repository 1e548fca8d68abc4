// One isolate with a small event loop of its own and one request: what the verifier's child runs.
// Thread: the process's main one; Wake alone is called on others.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "compiler/evaluate/watchdog.h"
#include "http/exchange.h"
#include "runtime/app_isolate.h"
#include "runtime/embedder.h"
#include "runtime/snapshot_builder.h"

namespace nano::compiler {

// "3 s", for messages.
std::string InSeconds(std::chrono::milliseconds time);

class ProbeIsolate final : private runtime::TimerPort,
                           private runtime::WakePort,
                           private runtime::LogPort,
                           private runtime::LoadingPort,
                           private runtime::StopPort,
                           private http::Exchange {
 public:
  // `watchdog`, if there is one, is told for how long a script may run.
  explicit ProbeIsolate(Watchdog* watchdog = nullptr) : watchdog_(watchdog) {}

  // `image` outlives this.
  Result<void> Boot(const runtime::AppImage& image, const runtime::Limits& limits = {});

  // Of a deferred app: that its first request has to have it evaluated, and what to call then.
  void ExpectLoading(std::function<void()> on_loaded) { on_loaded_ = std::move(on_loaded); }

  // Sends the request and runs the isolate until the answer has ended: its status. None if that
  // takes longer than `patience`, which begins when the app has been loaded, or if the app died.
  std::optional<int> Ask(const runtime::SampleRequest& request, std::chrono::milliseconds patience);

  // Why Ask has given none, as far as it can be told, in a sentence's words.
  const std::string& silence() const { return silence_; }

  // What was logged as an error.
  const std::string& errors() const { return errors_; }

  // Whether the app was stopped at one of its limits.
  bool stopped() const { return isolate_->stopped(); }
  // At which; of one that was stopped.
  runtime::StopReason why_stopped() const { return why_stopped_; }

 private:
  void ArmTimer(double delay_ms) override;
  void Wake() override;
  void Log(runtime::LogLevel level, std::string_view text,
           const runtime::LogOrigin& origin) override;
  void Loaded() override;
  void OnStopped(const runtime::Stop& stop, http::Exchange* guilty) override;

  void ReadBody(bool whole) override;
  void Respond(const http::ResponseHead& head, std::string_view body) override;
  void StartBody(const http::ResponseHead& head, std::optional<uint64_t> length) override;
  bool WriteBody(std::string_view part) override { return true; }
  void EndBody() override { ended_ = true; }
  void Fail() override;

  // The answer has so long from now on.
  void BeginPatience();

  Watchdog* const watchdog_;
  std::chrono::milliseconds patience_{0};
  Clock::time_point until_;
  std::string silence_;
  std::unique_ptr<runtime::AppIsolate> isolate_;
  std::function<void()> on_loaded_;  // Empty: nothing is to be loaded.
  std::optional<Clock::time_point> timer_;
  std::mutex mutex_;  // Guards woken_.
  std::condition_variable wake_;
  bool woken_ = false;
  std::string body_;
  std::string errors_;
  runtime::StopReason why_stopped_ = runtime::StopReason::kMemory;
  int status_ = 0;
  bool ended_ = false;
  bool failed_ = false;  // It ended without an answer of the app's.
};

}  // namespace nano::compiler
