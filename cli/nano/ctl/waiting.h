// What `nano ctl` says while it waits: on a terminal a line that changes, elsewhere, as on a dumb
// one, a line of its own now and then, so that a log tells what took so long. Nothing of what is
// over within a second.
//
// Owns nothing. Thread: the process's only one.
#pragma once

#include <chrono>
#include <cstdio>
#include <string>

#include "base/json.h"
#include "base/terminal.h"

namespace nano::cli::ctl {

class WaitingLine {
 public:
  static constexpr std::chrono::milliseconds kUntold{1'000};
  static constexpr std::chrono::milliseconds kApart{10'000};  // Lines that say something else.

  // `stream` outlives it.
  explicit WaitingLine(std::FILE* stream);

  // It waits for `text`: "draining shop: 1 request".
  void Update(const std::string& text);
  // It does not any more: whatever is printed next begins a line.
  void Clear() { line_.Clear(); }
  // The same, and how it ended, if anybody was told that it waits. "all has ended".
  void End(const std::string& text);

 private:
  using Clock = std::chrono::steady_clock;

  std::FILE* const stream_;
  const Clock::time_point began_ = Clock::now();
  ProgressLine line_;
  bool told_ = false;
  Clock::time_point told_at_{};
  std::string last_;
};

// Of workers as the status has them: "worker 1 is busy with the app report, worker 2 does not
// answer"; empty: all have answered.
std::string BusyWorkers(const Json& status);
// What an operation waits for: "draining shop: 1 request (worker 2); worker 1 is busy with the app
// report".
std::string Waiting(const Json& operation);

}  // namespace nano::cli::ctl
