// Bytes that ops are given and give back. Thread: the isolate's.
#pragma once

#include <v8.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

#include "runtime/js/values.h"

namespace nano::runtime {

// The bytes of a buffer source. Small views are copied, rather than moved out of V8's heap for
// good, which BytesOf() would do. Valid until the next call into JS.
class SourceBytes {
 public:
  explicit SourceBytes(v8::Local<v8::Value> source) {
    if (source->IsArrayBufferView()) {
      const auto span = source.As<v8::ArrayBufferView>()->GetContents(
          v8::MemorySpan<uint8_t>(copy_.data(), copy_.size()));
      bytes_ = {reinterpret_cast<const char*>(span.data()), span.size()};
    } else {
      bytes_ = BytesOf(source);
    }
  }
  SourceBytes(const SourceBytes&) = delete;
  SourceBytes& operator=(const SourceBytes&) = delete;

  std::string_view view() const { return bytes_; }

 private:
  // Typed arrays up to this size live in V8's heap (typed_array_max_size_in_heap) and can move.
  static constexpr size_t kMostBytesInHeap = 64;

  std::array<uint8_t, kMostBytesInHeap> copy_;
  std::string_view bytes_;
};

// Returns a Uint8Array of `length` bytes that `fill` writes, or throws a RangeError if there is no
// memory for it.
template <typename Fill>
void ReturnBytes(Arguments info, size_t length, Fill fill) {
  v8::Isolate* isolate = info.GetIsolate();
  std::unique_ptr<v8::BackingStore> store = v8::ArrayBuffer::NewBackingStore(
      isolate, length, v8::BackingStoreInitializationMode::kUninitialized,
      v8::BackingStoreOnFailureMode::kReturnNull);
  if (store == nullptr) {
    return ThrowRangeError(isolate, "Array buffer allocation failed: out of memory.");
  }
  if (length > 0) fill(static_cast<char*>(store->Data()));
  const auto buffer = v8::ArrayBuffer::New(isolate, std::move(store));
  info.GetReturnValue().Set(v8::Uint8Array::New(buffer, 0, length));
}

}  // namespace nano::runtime
