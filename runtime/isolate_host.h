// What an isolate needs from the program it runs in: timers, wake-ups and a place to log to.
// Implemented by the server's worker and by the compiler. Thread: the isolate's own, but for Wake.
#pragma once

#include <string_view>

namespace nano::runtime {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

class IsolateHost {
 public:
  virtual ~IsolateHost() = default;

  // Asks for AppIsolate::FireTimers after `delay_ms` milliseconds (0 or more), replacing an earlier
  // request; negative: no call is needed any more.
  virtual void ArmTimer(double delay_ms) = 0;

  // Asks for AppIsolate::RunTasks soon, on the isolate's thread: the engine finished something in
  // the background. Called on any thread (think of uv_async_send).
  virtual void Wake() = 0;

  // A line (or several, joined by line feeds) from the app's console or about one of its errors,
  // UTF-8.
  virtual void Log(LogLevel level, std::string_view text) = 0;

  // The app was one that is evaluated at its first request (compiler/evaluate/deferred_app.h), and
  // has been.
  virtual void Loaded() {}
};

}  // namespace nano::runtime
