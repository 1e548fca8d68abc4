// What the ops that turn bytes into strings and back have in common. Thread: the isolate's.
#pragma once

#include <v8.h>

#include <cstddef>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>

#include "runtime/js/bytes.h"
#include "runtime/js/values.h"

namespace nano::runtime {

inline constexpr size_t kLongestString = v8::String::kMaxLength;

// Memory for one conversion: on the stack if it is small. Null if there is none.
template <typename Unit>
class Scratch {
 public:
  explicit Scratch(size_t length) : data_(inline_) {
    if (length <= kInline) return;
    heap_.reset(new (std::nothrow) Unit[length]);
    data_ = heap_.get();
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  Unit* data() { return data_; }
  explicit operator bool() const { return data_ != nullptr; }

 private:
  static constexpr size_t kInline = 1024 / sizeof(Unit);
  Unit inline_[kInline];
  std::unique_ptr<Unit[]> heap_;
  Unit* data_;
};

// Calls `use` with a string's Latin-1 or UTF-16 units, where they lie in V8's heap: it must not
// make objects there.
template <typename Use>
auto WithUnits(v8::Isolate* isolate, v8::Local<v8::Value> text, Use use) {
  const v8::String::ValueView view(isolate, text.As<v8::String>());
  if (view.is_one_byte()) {
    return use(std::span(reinterpret_cast<const char*>(view.data8()), view.length()));
  }
  return use(std::span(reinterpret_cast<const char16_t*>(view.data16()), view.length()));
}

inline void ThrowNoMemoryForText(v8::Isolate* isolate) {
  ThrowRangeError(isolate, "There is not enough memory for the text.");
}

inline void ThrowTooLong(v8::Isolate* isolate) {
  ThrowRangeError(isolate, "The text is longer than the longest string (536870888 characters).");
}

inline v8::MaybeLocal<v8::String> NewOneByte(v8::Isolate* isolate, std::string_view latin1) {
  return v8::String::NewFromOneByte(isolate, reinterpret_cast<const uint8_t*>(latin1.data()),
                                    v8::NewStringType::kNormal, static_cast<int>(latin1.size()));
}

inline v8::MaybeLocal<v8::String> NewTwoByte(v8::Isolate* isolate, const char16_t* units,
                                             size_t length) {
  return v8::String::NewFromTwoByte(isolate, reinterpret_cast<const uint16_t*>(units),
                                    v8::NewStringType::kNormal, static_cast<int>(length));
}

// A string for the caller of an op. If there is none, and no exception yet, V8 has no string of
// that length: a RangeError.
inline void Return(Arguments info, v8::MaybeLocal<v8::String> text) {
  v8::Local<v8::String> result;
  if (text.ToLocal(&result)) {
    info.GetReturnValue().Set(result);
  } else if (!info.GetIsolate()->HasPendingException()) {
    ThrowTooLong(info.GetIsolate());
  }
}

}  // namespace nano::runtime
