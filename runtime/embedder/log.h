// The port of what an app says: its console, and what is to be told of it. Thread: the isolate's.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

namespace nano::runtime {

// The numbers are those of LogLevel in runtime/web/host/ops.ts.
enum class LogLevel { kDebug = 0, kInfo = 1, kWarn = 2, kError = 3 };

class LogPort {
 public:
  virtual ~LogPort() = default;

  // A line (or several, joined by line feeds) from the app's console or about one of its errors,
  // UTF-8, and the traceparent (http/trace_context.h) of the request that led to it, or nothing. By
  // default it goes to standard error: nothing that an app says is lost by omission.
  virtual void Log(LogLevel level, std::string_view text, std::string_view /*traceparent*/) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
  }

  // Of a text with more than so many characters only the beginning is told, since the rest might be
  // half a gigabyte: there are at least `missing` more bytes.
  static constexpr size_t kLongest = 64 * 1024;
  virtual void LogBeginning(LogLevel level, std::string_view text, size_t missing,
                            std::string_view traceparent) {
    Log(level, std::string(text) + " … (at least " + std::to_string(missing) + " more bytes)",
        traceparent);
  }
};

}  // namespace nano::runtime
