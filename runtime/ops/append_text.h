// Text of strings, appended to a std::string: what ops hand to the HTTP layer. Thread: the
// isolate's.
#pragma once

#include <cstring>
#include <string>
#include <utility>

#include "runtime/isolate/isolate_state.h"
#include "runtime/js/strings.h"
#include "runtime/native/encoding/utf8_encoder.h"

namespace nano::runtime {

// Latin-1 text of a string that JS made from validated bytes, appended to `out`; its length there.
inline size_t AppendLatin1(v8::Isolate* isolate, v8::Local<v8::Value> value, std::string& out) {
  const auto string = value.As<v8::String>();
  const auto length = static_cast<uint32_t>(string->Length());
  if (length == 0) return 0;
  const size_t begin = out.size();
  out.resize(begin + length);
  string->WriteOneByteV2(isolate, 0, length, reinterpret_cast<uint8_t*>(out.data() + begin));
  return length;
}

inline size_t AppendUtf8(v8::Isolate* isolate, v8::Local<v8::String> string, std::string& out) {
  if (string->Length() == 0) return 0;
  const size_t begin = out.size();
  WithUnits(isolate, string, [&](auto units) {
    const size_t length = Utf8Length(units);
    out.resize(begin + length);
    if constexpr (sizeof(units[0]) == 1) {
      // ASCII, as most is.
      if (length == units.size()) {
        std::memcpy(out.data() + begin, units.data(), length);
        return;
      }
    }
    EncodeUtf8(units, out.data() + begin);
  });
  return out.size() - begin;
}

// The isolate's scratch string for the time of one op. It is taken out of the state meanwhile: what
// the op calls may come back with another one.
class ScratchText {
 public:
  explicit ScratchText(IsolateState& state) : state_(state), text_(std::move(state.scratch)) {
    text_.clear();
  }
  ~ScratchText() {
    if (text_.capacity() <= kKept) state_.scratch = std::move(text_);
  }
  ScratchText(const ScratchText&) = delete;
  ScratchText& operator=(const ScratchText&) = delete;

  std::string& operator*() { return text_; }

 private:
  static constexpr size_t kKept = 64 * 1024;

  IsolateState& state_;
  std::string text_;
};

}  // namespace nano::runtime
