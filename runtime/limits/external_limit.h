// `limits.external_memory`: what an isolate keeps outside V8's heap, above all the bytes of its
// buffers.
//
// Three counts are held against it. Buffers are counted one by one where they are allocated, and
// those that grow (WebAssembly memories, resizable and growable ones) where their pages are
// committed: one that does not fit is refused until V8 has collected all there is to collect, and
// when V8 tries for the last time the app is stopped. Exact, for two atomic additions in the life
// of a buffer. What ICU takes for objects of Intl (engine/icu_memory) and V8's own count are
// looked at with each tick of CPU time; memory takes time to be written to.
//
// What is restored from a snapshot is counted and not refused, for V8 ends the process where a
// buffer of it gets no memory; then the bound is put in force. So a snapshot with too much is a
// failure of that app alone.
//
// Owned by an isolate, whose buffers may outlive it. Thread: the isolate's, but for what says
// otherwise.
#pragma once

#include <v8.h>

#include <atomic>
#include <cstddef>
#include <memory>

#include "base/result.h"
#include "runtime/embedder/stops.h"
#include "runtime/engine/buffer_pages.h"
#include "runtime/engine/icu_memory.h"
#include "runtime/limits.h"
#include "runtime/limits/stop_switch.h"

namespace nano::runtime {

class ExternalLimit {
 public:
  // At Limits::external_memory, once that is enforced, it turns `stop`, and tells `port` when it
  // comes near. What it is given outlives it.
  ExternalLimit(v8::Isolate* isolate, const Limits& limits, StopSwitch& stop, StopPort& port);
  ~ExternalLimit();
  ExternalLimit(const ExternalLimit&) = delete;
  ExternalLimit& operator=(const ExternalLimit&) = delete;

  // The isolate has been initialized.
  void Begin() { icu_.Begin(); }
  // The bound itself holds for as long as the isolate lives.
  void SetWarnAt(unsigned percent) { warn_at_ = percent; }
  // After the snapshot is restored. Fails if that leaves the app nothing of its bound.
  Result<void> Enforce();

  // For v8::Isolate::CreateParams.
  std::shared_ptr<v8::ArrayBuffer::Allocator> allocator() const;
  // What buffers are charged to, for what else is to be counted like them. Outlives the isolate.
  std::shared_ptr<BufferPages::Account> account() const;
  // Of buffers that are there, garbage included. Any thread.
  size_t buffer_bytes() const;

  // What the isolate keeps, garbage included, as of the last look at what ICU takes.
  size_t bytes() const;

  // Whether V8's own count is within the bound. May collect garbage; between scripts, or in an
  // interrupt.
  void Look();

 private:
  class Allocator;

  Stop StopAt(size_t used) const;
  void StopHere(size_t used);
  void StopSoon(size_t used);

  v8::Isolate* const isolate_;
  const size_t bytes_;
  unsigned warn_at_;
  StopSwitch& stop_;
  StopPort& port_;
  const std::shared_ptr<Allocator> allocator_;
  IcuMemory icu_;
  bool near_ = false;  // As of the last look, which told of it.
};

}  // namespace nano::runtime
