// A thread that finds out where an app is whose script does not come to an end.
//
// Owns the thread. Thread: made and used on the isolate's, which `report` is called on, too.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>

#include "compiler/process/step_context.h"
#include "runtime/app_isolate.h"

namespace nano::compiler {

class Watchdog {
 public:
  // `report` gets the stack of the script that is too late. It must not use the isolate.
  using Report = std::function<void(std::string_view stack)>;

  explicit Watchdog(Report report);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // From now to the next Rest. Costs no system call: it may be in a time that is measured.
  void Watch(runtime::AppIsolate& isolate, Clock::time_point until);
  // Before the isolate ends. Nothing is reported any more, whatever is still on its way.
  void Rest();

 private:
  void Run();

  const Report report_;
  std::mutex mutex_;
  std::condition_variable closing_;
  bool closed_ = false;
  bool watching_ = false;
  runtime::AppIsolate* isolate_ = nullptr;  // Null: it has been asked, or there is none.
  Clock::time_point until_;
  std::thread thread_;  // The last: it uses the others.
};

}  // namespace nano::compiler
