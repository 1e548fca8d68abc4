// UTF-8 to V8's strings: simdutf tells what a text needs.
#include "runtime/ops/decode_utf8.h"

#include <string>

#include "runtime/js/strings.h"
#include "runtime/native/encoding/simdutf.h"
#include "runtime/native/encoding/utf8_decoder.h"

namespace nano::runtime {
namespace {

// Valid UTF-8 that is not all ASCII. Most of it in Western languages fits one byte a character.
MaybeText DecodeValid(v8::Isolate* isolate, std::string_view bytes) {
  const size_t length = simdutf::utf16_length_from_utf8(bytes.data(), bytes.size());
  {
    Scratch<char> latin1(length);
    if (!latin1) return ThrowNoRoom(isolate);
    const size_t written =
        simdutf::convert_utf8_to_latin1(bytes.data(), bytes.size(), latin1.data());
    if (written > 0) return NewOneByte(isolate, {latin1.data(), written});
  }
  Scratch<char16_t> utf16(length);
  if (!utf16) return ThrowNoRoom(isolate);
  const size_t written =
      simdutf::convert_valid_utf8_to_utf16(bytes.data(), bytes.size(), utf16.data());
  return NewTwoByte(isolate, utf16.data(), written);
}

}  // namespace

MaybeText ThrowMalformed(v8::Isolate* isolate, std::string_view encoding) {
  ThrowTypeError(isolate,
                 "The encoded data was not valid for encoding " + std::string(encoding) + ".");
  return {};
}

MaybeText ThrowNoRoom(v8::Isolate* isolate) {
  ThrowNoMemoryForText(isolate);
  return {};
}

MaybeText DecodeUtf8(v8::Isolate* isolate, std::string_view bytes, bool fatal) {
  if (bytes.empty()) return v8::String::Empty(isolate);
  if (simdutf::validate_ascii(bytes.data(), bytes.size())) return NewOneByte(isolate, bytes);
  if (simdutf::validate_utf8(bytes.data(), bytes.size())) return DecodeValid(isolate, bytes);
  if (fatal) return ThrowMalformed(isolate, "utf-8");
  Scratch<char16_t> utf16(bytes.size());
  if (!utf16) return ThrowNoRoom(isolate);
  return NewTwoByte(isolate, utf16.data(), DecodeMalformedUtf8(bytes, utf16.data()));
}

}  // namespace nano::runtime
