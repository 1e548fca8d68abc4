// Text that an op encodes outside of V8's heap, held against `limits.external_memory` while it
// does: a large one is as much memory as a buffer of its length. One that is larger than the heap
// may be is not encoded at all. Thread: the isolate's.
#pragma once

#include <v8.h>

#include <cstddef>

#include "runtime/isolate/isolate_state.h"
#include "runtime/ops/large_text.h"

namespace nano::runtime {

class ChargedText {
 public:
  // Nothing is charged for what is no text, or a short one: it is gone with the op. May collect
  // garbage.
  ChargedText(const IsolateState& state, v8::Local<v8::Value> value) {
    if (!value->IsString()) return;
    const auto length = static_cast<size_t>(value.As<v8::String>()->Length());
    if (length < kLarge || state.account == nullptr) [[likely]] {
      return;
    }
    fits_ = FitsHeap(v8::Isolate::GetCurrent(), value);
    if (!fits_) return;
    account_ = state.account.get();
    length_ = length;
    account_->Grow(length_);
    fits_ = !state.stop.stopped();
  }
  ~ChargedText() {
    if (account_ != nullptr) account_->Release(length_);
  }
  ChargedText(const ChargedText&) = delete;
  ChargedText& operator=(const ChargedText&) = delete;

  // False: the app is being stopped for it.
  bool fits() const { return fits_; }

 private:
  static constexpr size_t kLarge = 1024 * 1024;

  BufferPages::Account* account_ = nullptr;
  size_t length_ = 0;  // In code units: as many bytes at least.
  bool fits_ = true;
};

}  // namespace nano::runtime
