// The port of what an app says: its console, and what is to be told of it. Thread: the isolate's.
#pragma once

#include <cstdio>
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
};

}  // namespace nano::runtime
