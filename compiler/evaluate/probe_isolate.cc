// Timers, wake-ups and the one exchange.
#include "compiler/evaluate/probe_isolate.h"

#include <algorithm>
#include <utility>

namespace nano::compiler {
namespace {

// A script that ends just in time is none that has to be asked where it is.
constexpr auto kSlack = std::chrono::milliseconds(100);

// What the server answers for an app that fails.
constexpr int kFailed = 500;

}  // namespace

std::string InSeconds(std::chrono::milliseconds time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time).count()) + " s";
}

void ProbeIsolate::BeginPatience() {
  until_ = Clock::now() + patience_;
  if (watchdog_ != nullptr) watchdog_->Watch(*isolate_, until_ + kSlack);
}

Result<void> ProbeIsolate::Boot(const runtime::AppImage& image, const runtime::Limits& limits) {
  isolate_ = TRY(runtime::AppIsolate::Boot(
      {.image = &image,
       .embedder = {.timers = this, .wake = this, .log = this, .loading = this, .stops = this},
       .env = {},
       .limits = limits}));
  return {};
}

std::optional<int> ProbeIsolate::Ask(const runtime::SampleRequest& request,
                                     std::chrono::milliseconds patience) {
  std::string headers = "host\n" + request.authority + "\n";
  for (const auto& [name, value] : request.headers) {
    for (const char c : name) headers += static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    headers += "\n" + value + "\n";
  }
  body_ = request.body;
  ended_ = false;
  failed_ = false;
  status_ = 0;
  silence_.clear();
  patience_ = patience;
  if (!on_loaded_) BeginPatience();
  isolate_->Dispatch(*this, {.method = request.method,
                             .scheme = "http",
                             .authority = request.authority,
                             .target = request.target,
                             .headers = headers,
                             .has_body = !request.body.empty()});
  while (!ended_) {
    const auto now = Clock::now();
    if (on_loaded_) until_ = now + patience;
    if (now >= until_ || isolate_->stopped()) {
      if (watchdog_ != nullptr) watchdog_->Rest();
      if (!isolate_->stopped()) {
        silence_ = status_ == 0 ? "the promise of its answer has not settled after "
                                : "the answer's body has not come to an end after ";
        silence_ += InSeconds(patience);
      }
      isolate_->OnAborted(*this);
      return std::nullopt;
    }
    if (timer_ && *timer_ <= now) {
      timer_.reset();
      isolate_->FireTimers();
      continue;
    }
    bool woken;
    {
      std::unique_lock lock(mutex_);
      wake_.wait_until(lock, timer_ ? std::min(*timer_, until_) : until_, [&] { return woken_; });
      woken = std::exchange(woken_, false);
    }
    if (woken) isolate_->RunTasks();
  }
  if (watchdog_ != nullptr) watchdog_->Rest();
  // One that is stopped fails its requests, and the server answers for it.
  if (failed_ && isolate_->stopped()) return std::nullopt;
  return status_;
}

void ProbeIsolate::ArmTimer(double delay_ms) {
  if (delay_ms < 0) {
    timer_.reset();
    return;
  }
  // A day is longer than any patience, and keeps the sum in range.
  constexpr double kLongest = 24.0 * 60 * 60 * 1000;
  const std::chrono::duration<double, std::milli> delay(std::min(delay_ms, kLongest));
  timer_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(delay);
}

void ProbeIsolate::Wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_one();
}

void ProbeIsolate::Log(runtime::LogLevel level, std::string_view text,
                       const runtime::LogOrigin& /*origin*/) {
  if (level == runtime::LogLevel::kError) errors_.append(text) += '\n';
}

void ProbeIsolate::OnStopped(const runtime::Stop& stop, http::Exchange*) {
  why_stopped_ = stop.reason;
  errors_ += "the app was stopped: " + Describe(stop) + stop.stack + "\n";
}

void ProbeIsolate::Loaded() {
  if (const auto loaded = std::exchange(on_loaded_, {})) {
    loaded();
    BeginPatience();
  }
}

void ProbeIsolate::ReadBody(bool) { isolate_->OnBody(*this, body_, true); }

void ProbeIsolate::Respond(const http::ResponseHead& head, std::string_view) {
  status_ = head.status;
  ended_ = true;
}

void ProbeIsolate::StartBody(const http::ResponseHead& head, std::optional<uint64_t>) {
  status_ = head.status;
}

void ProbeIsolate::Fail() {
  status_ = kFailed;
  failed_ = true;
  ended_ = true;
}

}  // namespace nano::compiler
