// What the engine and libraries write to standard error, as entries of the log: V8 tells its fatal
// errors there, in lines of its own kind, and nobody who reads a log of JSON could take them.
//
// Owns a stream, which stands in for stderr as long as this lives; the descriptor stays what it is.
// One at a time in a process. Made and destroyed on the main thread; lines come from any.
#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <string_view>

#include "server/log/log.h"

namespace nano::server {

class StandardErrorLog {
 public:
  // `log` is for this alone. `app` says, on any thread, what runs at the moment; empty: nothing.
  StandardErrorLog(Log log, std::function<std::string_view()> app);
  ~StandardErrorLog();
  StandardErrorLog(const StandardErrorLog&) = delete;
  StandardErrorLog& operator=(const StandardErrorLog&) = delete;

 private:
  static ssize_t OnWritten(void* self, const char* bytes, size_t length);
  // With the stream's lock.
  void Take(std::string_view bytes);
  void Tell(std::string_view line);

  Log log_;
  const std::function<std::string_view()> app_;
  std::string begun_;  // Of a line, without its end.
  std::FILE* before_ = nullptr;
  std::FILE* stream_ = nullptr;
};

}  // namespace nano::server
