// Logs clients that break the rules of HTTP or of a secured connection, but not every one of them:
// what strangers send must not be able to flood the log. Thread: the worker's loop.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/handler.h"
#include "server/log/log.h"
#include "server/log/request_id.h"

namespace nano::server {

class ProtocolErrorLog {
 public:
  static constexpr int kPerSecond = 10;

  explicit ProtocolErrorLog(Log& log) : log_(log) {}

  // `now_ms`: any clock that does not go back. `app`: whose request it was, or nothing.
  void Add(uint64_t now_ms, const http::ProtocolError& error, std::string_view app) {
    if (now_ms - second_begin_ >= 1000) {
      if (logged_ > kPerSecond) {
        log_.Warn("more requests were refused, or their clients cut, than are logged",
                  {{"count", logged_ - kPerSecond}});
      }
      second_begin_ = now_ms;
      logged_ = 0;
    }
    if (logged_++ >= kPerSecond) return;
    const bool is_cut = error.status == 0;
    const std::string request =
        error.exchange == nullptr ? std::string() : RequestIdOf(*error.exchange);
    LogField sent("sent", static_cast<int64_t>(error.sent));
    LogField unsent("unsent", static_cast<int64_t>(error.unsent));
    sent.is_left_out = unsent.is_left_out = !is_cut || error.exchange == nullptr;
    log_.Write(LogLevel::kWarn, app,
               (is_cut ? "cut a connection: " : "refused a request: ") + std::string(error.reason),
               {LogField::IfAny("status", int64_t{error.status}),
                LogField::IfAny("peer", error.peer), LogField::IfAny("request_id", request),
                LogField::IfAny("reason", error.with == nullptr ? "" : error.with), sent, unsent});
  }

 private:
  Log& log_;
  uint64_t second_begin_ = 0;
  int64_t logged_ = 0;
};

}  // namespace nano::server
