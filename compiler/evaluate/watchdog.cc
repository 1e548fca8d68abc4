// Waiting until the time is up, then asking the isolate where it is.
#include "compiler/evaluate/watchdog.h"

#include <utility>

namespace nano::compiler {
namespace {

// Being late by this is no matter, and being woken for it would cost a system call each time.
constexpr auto kLook = std::chrono::milliseconds(50);

}  // namespace

Watchdog::Watchdog(Report report) : report_(std::move(report)), thread_([this] { Run(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  closing_.notify_one();
  thread_.join();
}

void Watchdog::Watch(runtime::AppIsolate& isolate, Clock::time_point until) {
  const std::lock_guard lock(mutex_);
  watching_ = true;
  isolate_ = &isolate;
  until_ = until;
}

void Watchdog::Rest() {
  const std::lock_guard lock(mutex_);
  watching_ = false;
  isolate_ = nullptr;
}

void Watchdog::Run() {
  std::unique_lock lock(mutex_);
  while (!closing_.wait_for(lock, kLook, [this] { return closed_; })) {
    if (isolate_ == nullptr || Clock::now() < until_) continue;
    std::exchange(isolate_, nullptr)->Inquire([this](std::string_view stack) {
      {
        const std::lock_guard still(mutex_);
        if (!watching_) return;
      }
      report_(stack);
    });
  }
}

}  // namespace nano::compiler
