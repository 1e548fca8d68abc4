// The port of what an app says: its console, and what is to be told of it. Thread: the isolate's.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

#include "http/exchange.h"

namespace nano::runtime {

// The numbers are those of LogLevel in runtime/web/host/ops.ts.
enum class LogLevel { kDebug = 0, kInfo = 1, kWarn = 2, kError = 3 };

// The request that led to a line; empty where none did, or nobody knows.
struct LogOrigin {
  std::string_view request_id{};   // As LogPort::NameOf.
  std::string_view traceparent{};  // http/trace_context.h
};

class LogPort {
 public:
  virtual ~LogPort() = default;

  // A line (or several, joined by line feeds) from the app's console or about one of its errors,
  // UTF-8. By default it goes to standard error: nothing that an app says is lost by omission.
  virtual void Log(LogLevel level, std::string_view text, const LogOrigin& /*origin*/) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
  }

  // Of a text with more than so many characters only the beginning is told, since the rest might be
  // half a gigabyte: there are at least `missing` more bytes.
  static constexpr size_t kLongest = 64 * 1024;
  virtual void LogBeginning(LogLevel level, std::string_view text, size_t missing,
                            const LogOrigin& origin) {
    Log(level, std::string(text) + " … (at least " + std::to_string(missing) + " more bytes)",
        origin);
  }

  // What a request is called in the log; empty where it is called nothing.
  virtual std::string NameOf(http::Exchange& /*exchange*/) { return {}; }
  // The same of one that has ended before anybody asked. Nobody else has a name for it.
  virtual std::string NewName() { return {}; }
};

}  // namespace nano::runtime
