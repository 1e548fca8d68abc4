// Text that is larger than all of the app's heap may be (`limits.memory`). `repeat()` and `+` make
// it of parts, for nothing; V8 puts it together in the heap where its characters are read, and
// nobody can refuse it that. So whoever is about to read it asks first. Thread: the isolate's.
#pragma once

#include <v8.h>

#include <cstddef>

#include "runtime/isolate/isolate_state.h"

namespace nano::runtime {

// The app is stopped at its limit: it wants a text of so many bytes.
void StopAtText(v8::Isolate* isolate, IsolateState& state, size_t bytes);

// False: the app is being stopped for it.
inline bool FitsHeap(v8::Isolate* isolate, v8::Local<v8::Value> value) {
  if (!value->IsString()) return true;
  const auto text = value.As<v8::String>();
  const auto length = static_cast<size_t>(text->Length());
  constexpr size_t kLarge = 1024 * 1024;  // No heap is smaller.
  if (length < kLarge) [[likely]] {
    return true;
  }
  IsolateState& state = IsolateState::Of(isolate);
  const size_t bytes = text->IsOneByte() ? length : 2 * length;
  if (state.limits.memory == 0 || bytes <= state.limits.memory) return true;
  StopAtText(isolate, state, bytes);
  return false;
}

}  // namespace nano::runtime
