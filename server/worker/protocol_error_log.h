// Logs clients that break the rules of HTTP or of a secured connection, but not every one of them:
// what strangers send must not be able to flood the log. Thread: the worker's loop.
#pragma once

#include <cstdint>
#include <string_view>

#include "server/log/log.h"

namespace nano::server {

class ProtocolErrorLog {
 public:
  static constexpr int kPerSecond = 10;

  explicit ProtocolErrorLog(Log& log) : log_(log) {}

  // `now_ms`: any clock that does not go back.
  void Add(uint64_t now_ms, int status, std::string_view reason, std::string_view peer) {
    if (now_ms - second_begin_ >= 1000) {
      if (logged_ > kPerSecond) {
        log_.Warn("more requests were refused than are logged", {{"count", logged_ - kPerSecond}});
      }
      second_begin_ = now_ms;
      logged_ = 0;
    }
    if (logged_++ < kPerSecond) {
      if (status == 0) {
        log_.Warn("cut a connection: " + std::string(reason), {{"peer", peer}});
      } else {
        log_.Warn("refused a request: " + std::string(reason),
                  {{"status", status}, {"peer", peer}});
      }
    }
  }

 private:
  Log& log_;
  uint64_t second_begin_ = 0;
  int64_t logged_ = 0;
};

}  // namespace nano::server
