// Text of strings, appended to a std::string: what ops hand to the HTTP layer. Thread: the
// isolate's.
#pragma once

#include <string>
#include <string_view>

#include "runtime/js/strings.h"
#include "runtime/native/encoding/utf8_encoder.h"

namespace nano::runtime {

// Latin-1 text of a string that JS made from validated bytes, appended to `out`.
inline std::string_view AppendLatin1(v8::Isolate* isolate, v8::Local<v8::Value> value,
                                     std::string& out) {
  const auto string = value.As<v8::String>();
  const size_t begin = out.size();
  const auto length = static_cast<uint32_t>(string->Length());
  out.resize(begin + length);
  string->WriteOneByteV2(isolate, 0, length, reinterpret_cast<uint8_t*>(out.data() + begin));
  return {out.data() + begin, length};
}

inline void AppendUtf8(v8::Isolate* isolate, v8::Local<v8::String> string, std::string& out) {
  WithUnits(isolate, string, [&](auto units) {
    const size_t begin = out.size();
    out.resize(begin + Utf8Length(units));
    EncodeUtf8(units, out.data() + begin);
  });
}

}  // namespace nano::runtime
