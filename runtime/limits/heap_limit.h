// `limits.memory`: the bound of an isolate's V8 heap, from before its snapshot is restored until
// the app reaches it and is stopped.
//
// V8 ends the process when a heap does not fit while it is restored. So that takes place in a heap
// with room, and then the bound is put in force: a snapshot that is too large for it is a failure
// of that app alone. An ordinary app, whose snapshot is far below its bound, notices nothing of
// this.
//
// V8 also ends the process when one allocation does not fit, however little the heap holds; it asks
// before. Then the bound is raised for the time of that allocation, which costs nothing until it is
// written to; an interrupt finds whether the heap is larger than it may be, and stops the app or
// puts the bound back.
//
// Owns nothing. Thread: the isolate's.
#pragma once

#include <v8.h>

#include <cstddef>

#include "base/result.h"
#include "runtime/embedder/log.h"
#include "runtime/embedder/stops.h"
#include "runtime/limits.h"
#include "runtime/limits/stop_switch.h"

namespace nano::runtime {

class HeapLimit {
 public:
  // At Limits::memory it turns `stop`, and tells `port` when the heap comes near; of an app that
  // goes on all the same, `log` tells. They outlive this.
  HeapLimit(const Limits& limits, StopSwitch& stop, StopPort& port, LogPort& log)
      : bytes_(limits.memory), warn_at_(limits.warn_at), stop_(stop), port_(port), log_(log) {}
  HeapLimit(const HeapLimit&) = delete;
  HeapLimit& operator=(const HeapLimit&) = delete;

  // The bound itself holds for as long as the isolate lives.
  void SetWarnAt(unsigned percent) { warn_at_ = percent; }

  // Before the isolate is initialised from a blob of `blob_bytes`.
  void Configure(v8::ResourceConstraints& constraints, size_t blob_bytes);
  // Before a context is restored. This stays where it is for as long as the isolate lives.
  void BeginRestoring(v8::Isolate* isolate);
  // After it. Fails if what was restored leaves the app nothing of its bound.
  Result<void> Enforce();

  // Whether the heap is within the bound: V8 lets one young object be as large as it likes, until
  // it collects. May collect garbage; between scripts, or in an interrupt.
  void Look(v8::HeapStatistics& statistics);

 private:
  static size_t GrowWhileRestoring(void* data, size_t current, size_t initial);
  static size_t OnFull(void* data, size_t current, size_t initial);
  static void OnCollected(v8::Isolate* isolate, v8::GCType type, v8::GCCallbackFlags flags,
                          void* data);
  static void OnRaised(v8::Isolate* isolate, void* data);
  // In bytes of V8's heap.
  size_t Used() const;
  Stop StopAt(size_t used) const;
  void LookWhetherNear(size_t used);

  const size_t bytes_;
  unsigned warn_at_;
  StopSwitch& stop_;
  StopPort& port_;
  LogPort& log_;
  v8::Isolate* isolate_ = nullptr;
  size_t old_generation_ = 0;  // `memory`, or the engine's own …
  size_t young_ = 0;           // … and what V8 keeps for young objects beside.
  bool raised_ = false;        // V8's bound is higher for now.
  bool near_ = false;          // As of the last collection, which told of it.
};

}  // namespace nano::runtime
