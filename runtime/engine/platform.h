// V8's platform: background threads of V8's own making, and for each isolate a queue of tasks that
// its own thread runs. V8's default platform has no way to wake an event loop when a task arrives
// from a background thread (WebAssembly compilation, garbage collection); this one does.
//
// Owned by the process (runtime/engine/process.cc). Every method is safe on any thread.
#pragma once

#include <v8-platform.h>
#include <v8.h>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "base/function_ref.h"
#include "runtime/engine/buffer_pages.h"

namespace nano::runtime {

// Tasks that V8 wants to be run on the isolate's thread.
class ForegroundTasks final : public v8::TaskRunner {
 public:
  // `wake` is called (on any thread) when a task arrives; RunAll should follow on the isolate's.
  void SetWake(std::function<void()> wake);

  // Runs what is due, as long as `goes_on` says so, which is asked after each; returns true if
  // anything ran. Isolate's thread, isolate entered.
  bool RunAll(FunctionRef<bool()> goes_on = [] { return true; });
  // Drops all tasks; later ones are dropped as well. Before the isolate is disposed of.
  void Close();

  bool IdleTasksEnabled() override { return false; }
  bool NonNestableTasksEnabled() const override { return true; }
  bool NonNestableDelayedTasksEnabled() const override { return true; }

 private:
  struct Delayed {
    double due;  // Seconds of the monotonic clock.
    std::unique_ptr<v8::Task> task;
  };

  void PostTaskImpl(std::unique_ptr<v8::Task> task, const v8::SourceLocation&) override;
  void PostNonNestableTaskImpl(std::unique_ptr<v8::Task> task, const v8::SourceLocation&) override;
  void PostDelayedTaskImpl(std::unique_ptr<v8::Task> task, double delay_in_seconds,
                           const v8::SourceLocation&) override;
  void PostNonNestableDelayedTaskImpl(std::unique_ptr<v8::Task> task, double delay_in_seconds,
                                      const v8::SourceLocation&) override;
  void PostIdleTaskImpl(std::unique_ptr<v8::IdleTask>, const v8::SourceLocation&) override {}
  std::unique_ptr<v8::Task> TakeDue();

  std::mutex mutex_;
  std::deque<std::unique_ptr<v8::Task>> ready_;
  std::vector<Delayed> delayed_;
  std::function<void()> wake_;
  bool closed_ = false;
};

class EnginePlatform final : public v8::Platform {
 public:
  // `frozen_clock`: Date.now() and the monotonic clock stand still, so that builds are
  // reproducible.
  EnginePlatform(int threads, bool frozen_clock);

  std::shared_ptr<ForegroundTasks> TasksOf(v8::Isolate* isolate);
  // The isolate is about to be disposed of.
  void Forget(v8::Isolate* isolate);

  BufferPages& buffer_pages() { return buffer_pages_; }

  v8::PageAllocator* GetPageAllocator() override;
  v8::ThreadIsolatedAllocator* GetThreadIsolatedAllocator() override;
  int NumberOfWorkerThreads() override;
  std::shared_ptr<v8::TaskRunner> GetForegroundTaskRunner(v8::Isolate* isolate,
                                                          v8::TaskPriority) override;
  double MonotonicallyIncreasingTime() override;
  double CurrentClockTimeMillis() override;
  v8::TracingController* GetTracingController() override;

 private:
  std::unique_ptr<v8::JobHandle> CreateJobImpl(v8::TaskPriority priority,
                                               std::unique_ptr<v8::JobTask> job,
                                               const v8::SourceLocation& location) override;
  void PostTaskOnWorkerThreadImpl(v8::TaskPriority priority, std::unique_ptr<v8::Task> task,
                                  const v8::SourceLocation& location) override;
  void PostDelayedTaskOnWorkerThreadImpl(v8::TaskPriority priority, std::unique_ptr<v8::Task> task,
                                         double delay_in_seconds,
                                         const v8::SourceLocation& location) override;

  const std::unique_ptr<v8::Platform> threads_;
  BufferPages buffer_pages_;
  const bool frozen_clock_;
  std::mutex mutex_;
  std::unordered_map<v8::Isolate*, std::shared_ptr<ForegroundTasks>> tasks_;
};

// The process's platform; null before InitializeProcess.
EnginePlatform* CurrentPlatform();

}  // namespace nano::runtime
