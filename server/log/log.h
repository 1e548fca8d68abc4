// The server's log: one line for each entry, as text for people or as JSON for machines.
//
// Stacks in what apps log come here with their places in the original sources already: AppSlot::Log
// (worker/app_slot.cc) maps them, which has the app's source map.
//
// Owns nothing but a buffer for the line being made. Thread: the main one of its process; each
// process has a Log of its own on the one LogSink.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "runtime/embedder.h"
#include "server/log/log_sink.h"

namespace nano::server {

using runtime::LogLevel;

enum class LogFormat {
  kText,  // 14:03:07.123 error hello: TypeError: x is not a function
  kJson,  // {"time":"2026-01-31T14:03:07.123Z","level":"error","app":"hello","msg":"…"}
};

// A named value of an entry: text, which may hold any bytes, or a number. The name is plain ASCII.
struct LogField {
  LogField(std::string_view field_name, std::string_view text) : name(field_name), text(text) {}
  LogField(std::string_view field_name, int64_t number)
      : name(field_name), number(number), is_number(true) {}

  // Left out of the entry where the text is empty.
  static LogField IfAny(std::string_view field_name, std::string_view text) {
    LogField field(field_name, text);
    field.is_left_out = text.empty();
    return field;
  }
  // The same where the number is 0.
  static LogField IfAny(std::string_view field_name, int64_t number) {
    LogField field(field_name, number);
    field.is_left_out = number == 0;
    return field;
  }

  std::string_view name;
  std::string_view text;
  int64_t number = 0;
  bool is_number = false;
  bool is_left_out = false;
};

// In the place of a worker's number.
inline constexpr int kProbe = -1;

// Bytes of an entry's message; a longer one is cut and says how much is missing.
inline constexpr size_t kMaxLoggedText = 64 * 1024;

// Appends one entry, line feed included, to `out`. Whatever the bytes of its texts, a JSON line is
// valid and single, and a text line holds no control characters except the line feeds and tabs of
// the message, so that nothing logged can steer a terminal. `worker` 0: the supervisor; kProbe: the
// process in which new versions are tried.
void AppendLogLine(std::string& out, LogFormat format, bool color, int64_t time_ms, LogLevel level,
                   int worker, std::string_view app, std::string_view message,
                   std::initializer_list<LogField> fields);

class Log {
 public:
  Log(LogSink& sink, LogFormat format, int worker = 0);

  // Writes an entry about `app`, or about the server itself if it is empty.
  void Write(LogLevel level, std::string_view app, std::string_view message,
             std::initializer_list<LogField> fields = {});

  void Info(std::string_view message, std::initializer_list<LogField> fields = {}) {
    Write(LogLevel::kInfo, {}, message, fields);
  }
  void Warn(std::string_view message, std::initializer_list<LogField> fields = {}) {
    Write(LogLevel::kWarn, {}, message, fields);
  }
  void Error(std::string_view message, std::initializer_list<LogField> fields = {}) {
    Write(LogLevel::kError, {}, message, fields);
  }

  LogFormat format() const { return format_; }
  LogSink& sink() const { return sink_; }

 private:
  LogSink& sink_;
  LogFormat format_;
  bool color_;
  int worker_;
  std::string line_;
};

}  // namespace nano::server
