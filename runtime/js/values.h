// Between V8's values and C++'s: strings, bytes, exceptions. Thread: the isolate's.
#pragma once

#include <v8.h>

#include <string>
#include <string_view>

namespace nano::runtime {

using Arguments = const v8::FunctionCallbackInfo<v8::Value>&;

inline v8::Local<v8::String> OneByteString(v8::Isolate* isolate, std::string_view latin1) {
  return v8::String::NewFromOneByte(isolate, reinterpret_cast<const uint8_t*>(latin1.data()),
                                    v8::NewStringType::kNormal, static_cast<int>(latin1.size()))
      .ToLocalChecked();
}

inline v8::MaybeLocal<v8::String> Utf8String(v8::Isolate* isolate, std::string_view utf8) {
  return v8::String::NewFromUtf8(isolate, utf8.data(), v8::NewStringType::kNormal,
                                 static_cast<int>(utf8.size()));
}

// The bytes that a buffer source (ArrayBuffer, SharedArrayBuffer or a view of one) shows; empty for
// any other value. Valid until the next call into JS.
inline std::string_view BytesOf(v8::Local<v8::Value> value) {
  if (value->IsArrayBufferView()) {
    const auto view = value.As<v8::ArrayBufferView>();
    const auto* data = static_cast<const char*>(view->Buffer()->Data());
    return {data == nullptr ? nullptr : data + view->ByteOffset(), view->ByteLength()};
  }
  if (value->IsArrayBuffer()) {
    const auto buffer = value.As<v8::ArrayBuffer>();
    return {static_cast<const char*>(buffer->Data()), buffer->ByteLength()};
  }
  if (value->IsSharedArrayBuffer()) {
    const auto buffer = value.As<v8::SharedArrayBuffer>();
    return {static_cast<const char*>(buffer->Data()), buffer->ByteLength()};
  }
  return {};
}

inline std::string Utf8Of(v8::Isolate* isolate, v8::Local<v8::Value> value) {
  const v8::String::Utf8Value text(isolate, value);
  return *text == nullptr ? std::string() : std::string(*text, text.length());
}

inline void ThrowTypeError(v8::Isolate* isolate, std::string_view message) {
  isolate->ThrowException(v8::Exception::TypeError(Utf8String(isolate, message).ToLocalChecked()));
}

inline void ThrowRangeError(v8::Isolate* isolate, std::string_view message) {
  isolate->ThrowException(v8::Exception::RangeError(Utf8String(isolate, message).ToLocalChecked()));
}

}  // namespace nano::runtime
