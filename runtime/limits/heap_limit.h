// The bound of a served isolate's V8 heap, from before its snapshot is restored until it reaches
// it.
//
// V8 ends the process when a heap does not fit while it is restored. So that takes place in a heap
// with room, and then the bound is put in force: a snapshot that is too large for it is a failure
// of that app alone. An ordinary app, whose snapshot is far below its bound, notices nothing of
// this. Owns nothing. Thread: the isolate's.
#pragma once

#include <v8.h>

#include <cstddef>
#include <string>

#include "base/result.h"

namespace nano::runtime {

class HeapLimit {
 public:
  // `bytes` of heap; 0: V8's own bound.
  explicit HeapLimit(size_t bytes) : bytes_(bytes) {}
  HeapLimit(const HeapLimit&) = delete;
  HeapLimit& operator=(const HeapLimit&) = delete;

  // For people.
  std::string text() const;

  // Before the isolate is initialised from a blob of `blob_bytes`.
  void Configure(v8::ResourceConstraints& constraints, size_t blob_bytes);
  // Before a context is restored. This stays where it is until Enforce.
  void BeginRestoring(v8::Isolate* isolate);
  // After it. Fails if what was restored leaves the app nothing of its bound.
  Result<void> Enforce(v8::Isolate* isolate);

 private:
  static size_t GrowWhileRestoring(void* data, size_t current, size_t initial);

  const size_t bytes_;
  size_t old_generation_ = 0;  // Its part of the bound.
  bool raised_ = false;        // V8's bound is higher for now.
};

}  // namespace nano::runtime
