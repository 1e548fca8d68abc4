// `limits.memory`: the bound of an isolate's V8 heap, from before its snapshot is restored until
// the app reaches it and is stopped.
//
// V8 ends the process when a heap does not fit while it is restored. So that takes place in a heap
// with room, and then the bound is put in force: a snapshot that is too large for it is a failure
// of that app alone. An ordinary app, whose snapshot is far below its bound, notices nothing of
// this. Owns nothing. Thread: the isolate's.
#pragma once

#include <v8.h>

#include <cstddef>

#include "base/result.h"
#include "runtime/embedder/log.h"
#include "runtime/limits.h"
#include "runtime/limits/stop_switch.h"

namespace nano::runtime {

class HeapLimit {
 public:
  // At Limits::memory it turns `stop`; of an app that goes on all the same, `log` tells. Both
  // outlive this.
  HeapLimit(const Limits& limits, StopSwitch& stop, LogPort& log)
      : bytes_(limits.memory), stop_(stop), log_(log) {}
  HeapLimit(const HeapLimit&) = delete;
  HeapLimit& operator=(const HeapLimit&) = delete;

  // Before the isolate is initialised from a blob of `blob_bytes`.
  void Configure(v8::ResourceConstraints& constraints, size_t blob_bytes);
  // Before a context is restored. This stays where it is for as long as the isolate lives.
  void BeginRestoring(v8::Isolate* isolate);
  // After it. Fails if what was restored leaves the app nothing of its bound.
  Result<void> Enforce();

 private:
  static size_t GrowWhileRestoring(void* data, size_t current, size_t initial);
  static size_t StopApp(void* data, size_t current, size_t initial);

  const size_t bytes_;
  StopSwitch& stop_;
  LogPort& log_;
  v8::Isolate* isolate_ = nullptr;
  size_t old_generation_ = 0;  // Its part of the bound.
  bool raised_ = false;        // V8's bound is higher for now.
};

}  // namespace nano::runtime
