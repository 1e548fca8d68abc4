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
    if (error.status == 0) {
      LogCut(error, app);
    } else {
      LogRefused(error, app);
    }
  }

 private:
  void LogRefused(const http::ProtocolError& error, std::string_view app) {
    const std::string request =
        error.exchange == nullptr ? std::string() : RequestIdOf(*error.exchange);
    log_.Write(LogLevel::kWarn, app, "refused a request: " + std::string(error.reason),
               {{"status", error.status},
                LogField::IfAny("peer", error.peer),
                LogField::IfAny("request_id", request),
                LogField::IfAny("reason", error.with == nullptr ? "" : error.with)});
  }

  void LogCut(const http::ProtocolError& error, std::string_view app) {
    const std::string text = "cut a connection: " + std::string(error.reason);
    if (error.exchange == nullptr) {
      return log_.Warn(text, {LogField::IfAny("peer", error.peer)});
    }
    const std::string request = RequestIdOf(*error.exchange);
    log_.Write(LogLevel::kWarn, app, text,
               {LogField::IfAny("peer", error.peer),
                {"request_id", request},
                {"reason", error.with},
                {"sent", static_cast<int64_t>(error.sent)},
                {"unsent", static_cast<int64_t>(error.unsent)}});
  }

  Log& log_;
  uint64_t second_begin_ = 0;
  int64_t logged_ = 0;
};

}  // namespace nano::server
