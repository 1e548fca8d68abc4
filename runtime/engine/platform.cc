// The foreground queues, and the delegation of everything else to V8's own thread pool.
#include "runtime/engine/platform.h"

#include <libplatform/libplatform.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

namespace nano::runtime {
namespace {

double MonotonicSeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// The time that a reproducible build shows to scripts, in milliseconds since the epoch: what
// SOURCE_DATE_EPOCH (reproducible-builds.org) says in seconds, else the epoch itself.
double FrozenTimeMillis() {
  static const double time = [] {
    const char* epoch = std::getenv("SOURCE_DATE_EPOCH");
    return epoch == nullptr ? 0.0 : std::strtod(epoch, nullptr) * 1000;
  }();
  return time;
}

}  // namespace

void ForegroundTasks::SetWake(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

void ForegroundTasks::PostTaskImpl(std::unique_ptr<v8::Task> task, const v8::SourceLocation&) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  ready_.push_back(std::move(task));
  if (wake_) wake_();
}

void ForegroundTasks::PostNonNestableTaskImpl(std::unique_ptr<v8::Task> task,
                                              const v8::SourceLocation& location) {
  PostTaskImpl(std::move(task), location);  // RunAll is never called from within a task.
}

void ForegroundTasks::PostDelayedTaskImpl(std::unique_ptr<v8::Task> task, double delay_in_seconds,
                                          const v8::SourceLocation&) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  delayed_.push_back({MonotonicSeconds() + delay_in_seconds, std::move(task)});
}

void ForegroundTasks::PostNonNestableDelayedTaskImpl(std::unique_ptr<v8::Task> task,
                                                     double delay_in_seconds,
                                                     const v8::SourceLocation& location) {
  PostDelayedTaskImpl(std::move(task), delay_in_seconds, location);
}

std::unique_ptr<v8::Task> ForegroundTasks::TakeDue() {
  const std::lock_guard lock(mutex_);
  if (!ready_.empty()) {
    auto task = std::move(ready_.front());
    ready_.pop_front();
    return task;
  }
  if (delayed_.empty()) return nullptr;
  const auto first = std::min_element(delayed_.begin(), delayed_.end(),
                                      [](const auto& a, const auto& b) { return a.due < b.due; });
  if (first->due > MonotonicSeconds()) return nullptr;
  auto task = std::move(first->task);
  delayed_.erase(first);
  return task;
}

bool ForegroundTasks::RunAll(FunctionRef<bool()> goes_on) {
  bool ran = false;
  // The lock is free while a task runs: it may post others.
  while (auto task = TakeDue()) {
    task->Run();
    ran = true;
    if (!goes_on()) break;
  }
  return ran;
}

void ForegroundTasks::Close() {
  std::deque<std::unique_ptr<v8::Task>> ready;
  std::vector<Delayed> delayed;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  wake_ = nullptr;
  ready.swap(ready_);
  delayed.swap(delayed_);
}

EnginePlatform::EnginePlatform(int threads, bool frozen_clock)
    : threads_(v8::platform::NewDefaultPlatform(threads)),
      buffer_pages_(*threads_->GetPageAllocator()),
      frozen_clock_(frozen_clock) {}

std::shared_ptr<ForegroundTasks> EnginePlatform::TasksOf(v8::Isolate* isolate) {
  const std::lock_guard lock(mutex_);
  auto& tasks = tasks_[isolate];
  if (tasks == nullptr) tasks = std::make_shared<ForegroundTasks>();
  return tasks;
}

void EnginePlatform::Forget(v8::Isolate* isolate) {
  std::shared_ptr<ForegroundTasks> tasks;
  const std::lock_guard lock(mutex_);
  if (auto node = tasks_.extract(isolate)) tasks = std::move(node.mapped());
}

v8::PageAllocator* EnginePlatform::GetPageAllocator() { return &buffer_pages_; }

v8::ThreadIsolatedAllocator* EnginePlatform::GetThreadIsolatedAllocator() {
  return threads_->GetThreadIsolatedAllocator();
}

int EnginePlatform::NumberOfWorkerThreads() { return threads_->NumberOfWorkerThreads(); }

std::shared_ptr<v8::TaskRunner> EnginePlatform::GetForegroundTaskRunner(v8::Isolate* isolate,
                                                                        v8::TaskPriority) {
  return TasksOf(isolate);
}

double EnginePlatform::MonotonicallyIncreasingTime() {
  return frozen_clock_ ? 1 : threads_->MonotonicallyIncreasingTime();
}

double EnginePlatform::CurrentClockTimeMillis() {
  return frozen_clock_ ? FrozenTimeMillis() : threads_->CurrentClockTimeMillis();
}

v8::TracingController* EnginePlatform::GetTracingController() {
  return threads_->GetTracingController();
}

std::unique_ptr<v8::JobHandle> EnginePlatform::CreateJobImpl(v8::TaskPriority priority,
                                                             std::unique_ptr<v8::JobTask> job,
                                                             const v8::SourceLocation& location) {
  return threads_->CreateJob(priority, std::move(job), location);
}

void EnginePlatform::PostTaskOnWorkerThreadImpl(v8::TaskPriority priority,
                                                std::unique_ptr<v8::Task> task,
                                                const v8::SourceLocation& location) {
  threads_->PostTaskOnWorkerThread(priority, std::move(task), location);
}

void EnginePlatform::PostDelayedTaskOnWorkerThreadImpl(v8::TaskPriority priority,
                                                       std::unique_ptr<v8::Task> task,
                                                       double delay_in_seconds,
                                                       const v8::SourceLocation& location) {
  threads_->PostDelayedTaskOnWorkerThread(priority, std::move(task), delay_in_seconds, location);
}

}  // namespace nano::runtime
