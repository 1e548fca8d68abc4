// What an app may log: `limits.log_line` and `log_rate` of one version in one worker. Lines beyond
// are dropped and counted: whoever writes the log says when that begins, and how many there were
// each second.
//
// Owns the line that it has cut last. Thread: the worker's loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace nano::server {

class AppLogLimit {
 public:
  // Bytes of a line, and bytes a second; 0: no bound. A second's worth may come at once.
  AppLogLimit(uint64_t line, uint64_t rate) : line_(line), rate_(rate) {}

  // Others, from the next line on.
  void Set(uint64_t line, uint64_t rate) {
    line_ = line;
    rate_ = rate;
  }

  // A line as it is logged, valid until the next one; none: it is dropped. Times are milliseconds
  // of a clock that does not jump. At least `missing` bytes of it are not there.
  std::optional<std::string_view> Take(std::string_view line, uint64_t now_ms, size_t missing = 0);

  // How many were dropped since this was asked last.
  uint64_t TakeDropped() { return std::exchange(dropped_, 0); }

 private:
  uint64_t line_;
  uint64_t rate_;
  uint64_t spent_ = 0;  // Of the rate, in bytes, as of …
  uint64_t since_ms_ = 0;
  uint64_t dropped_ = 0;
  std::string cut_;
};

}  // namespace nano::server
