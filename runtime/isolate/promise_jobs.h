// Work on other threads (runtime/native/jobs/job_pool.h) whose result settles a promise: what an op
// starts when it would keep its isolate busy for too long.
//
// Belongs to one isolate, which must not be disposed of before it. The work itself may outlive
// both: it runs to its end on its thread, and its result is dropped. Thread: the isolate's.
#pragma once

#include <v8.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "runtime/native/jobs/job_pool.h"

namespace nano::runtime {

// May be destroyed on any thread; it must hold no handles of V8's.
class BackgroundWork {
 public:
  virtual ~BackgroundWork() = default;
  // Without V8, on any thread. False: it failed, and the promise is resolved with undefined.
  virtual bool Run() = 0;
  // What the promise is resolved with; empty, with an exception pending, to reject it. The
  // isolate's thread, after a Run() that gave true.
  virtual v8::MaybeLocal<v8::Value> Result(v8::Isolate* isolate) = 0;
};

class PromiseJobs {
 public:
  explicit PromiseJobs(v8::Isolate* isolate);
  PromiseJobs(const PromiseJobs&) = delete;
  PromiseJobs& operator=(const PromiseJobs&) = delete;

  // Empty, with an exception pending, if V8 has no memory for a promise. Until the promise settles
  // the app counts as busy (IsolateState::pending_promises). `held` is how many bytes the work has
  // copied.
  v8::MaybeLocal<v8::Promise> Start(v8::Local<v8::Context> context,
                                    std::unique_ptr<BackgroundWork> work, size_t held);

  // The client of this exchange waits for nothing any more: what its request has started, and has
  // not begun, lets the isolate's other work go first. It is done nevertheless: other requests may
  // wait for the same promise.
  void Defer(uint32_t exchange);

  // What all work holds that has not been finished.
  size_t held() const { return held_; }

 private:
  class WorkJob;
  // What one request has started.
  struct Group {
    explicit Group(uint32_t of) : exchange(of) {}

    const uint32_t exchange;
    size_t jobs = 0;  // That have not been finished.
    std::atomic<bool> late{false};
  };
  // Null: no request has started it, or one that is over.
  std::shared_ptr<Group> CurrentGroup();
  void Leave(Group& group);

  v8::Isolate* const isolate_;
  std::unordered_map<uint32_t, v8::Global<v8::Promise::Resolver>> waiting_;
  // By their exchanges. Those that are late are not there any more.
  std::unordered_map<uint32_t, std::shared_ptr<Group>> groups_;
  uint32_t last_id_ = 0;
  size_t held_ = 0;
  JobClient client_;
};

}  // namespace nano::runtime
