// Ops that turn strings into bytes, UTF-8 and Latin-1, and base64. Thread: the isolate's.
#include <span>
#include <string_view>

#include "runtime/js/strings.h"
#include "runtime/native/encoding/simdutf.h"
#include "runtime/native/encoding/utf8_encoder.h"
#include "runtime/ops/large_text.h"
#include "runtime/ops/op.h"

namespace nano::runtime {
namespace {

size_t Utf8LengthOf(v8::Isolate* isolate, v8::Local<v8::Value> text) {
  return WithUnits(isolate, text, [](auto units) { return Utf8Length(units); });
}

// encodeUtf8(text)
void EncodeUtf8Op(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  if (!FitsHeap(isolate, info[0])) return;
  ReturnBytes(info, Utf8LengthOf(isolate, info[0]), [&](char* bytes) {
    WithUnits(isolate, info[0], [&](auto units) { EncodeUtf8(units, bytes); });
  });
}

// encodeLatin1(text)
void EncodeLatin1(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const auto text = info[0].As<v8::String>();
  const auto length = static_cast<uint32_t>(text->Length());
  ReturnBytes(info, length, [&](char* bytes) {
    text->WriteOneByteV2(isolate, 0, length, reinterpret_cast<uint8_t*>(bytes));
  });
}

// encodeUtf8Into(text, target)
void EncodeUtf8IntoOp(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const auto text = info[0].As<v8::String>();
  const std::string_view target = BytesOf(info[1]);
  const std::span output(const_cast<char*>(target.data()), target.size());
  const auto [read, written] =
      WithUnits(isolate, text, [&](auto units) { return EncodeUtf8Into(units, output); });
  const auto written_number = v8::Number::New(isolate, static_cast<double>(written));
  if (read == static_cast<size_t>(text->Length())) {
    return info.GetReturnValue().Set(written_number);
  }
  v8::Local<v8::Value> both[] = {v8::Number::New(isolate, static_cast<double>(read)),
                                 written_number};
  info.GetReturnValue().Set(v8::Array::New(isolate, both, std::size(both)));
}

// utf8Length(text)
void Utf8LengthOp(Arguments info) {
  if (!FitsHeap(info.GetIsolate(), info[0])) return;
  info.GetReturnValue().Set(static_cast<double>(Utf8LengthOf(info.GetIsolate(), info[0])));
}

// The Latin-1 bytes of a string; false if it has other characters.
bool CopyLatin1(v8::Isolate* isolate, v8::Local<v8::String> text, Scratch<char>& bytes) {
  if (!text->ContainsOnlyOneByte()) return false;
  text->WriteOneByteV2(isolate, 0, static_cast<uint32_t>(text->Length()),
                       reinterpret_cast<uint8_t*>(bytes.data()));
  return true;
}

// encodeBase64(text); undefined if the text is not all Latin-1.
void EncodeBase64(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const auto text = info[0].As<v8::String>();
  const auto length = static_cast<size_t>(text->Length());
  Scratch<char> bytes(length);
  if (!bytes) return ThrowNoMemoryForText(isolate);
  if (!CopyLatin1(isolate, text, bytes)) return;
  const size_t encoded_length = simdutf::base64_length_from_binary(length, simdutf::base64_default);
  if (encoded_length > kLongestString) return ThrowTooLong(isolate);
  Scratch<char> encoded(encoded_length);
  if (!encoded) return ThrowNoMemoryForText(isolate);
  const size_t written =
      simdutf::binary_to_base64(bytes.data(), length, encoded.data(), simdutf::base64_default);
  Return(info, NewOneByte(isolate, {encoded.data(), written}));
}

// decodeBase64(text); undefined if the text is not forgiving base64.
void DecodeBase64(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const auto text = info[0].As<v8::String>();
  const auto length = static_cast<size_t>(text->Length());
  Scratch<char> encoded(length);
  if (!encoded) return ThrowNoMemoryForText(isolate);
  if (!CopyLatin1(isolate, text, encoded)) return;
  Scratch<char> bytes(simdutf::maximal_binary_length_from_base64(encoded.data(), length));
  if (!bytes) return ThrowNoMemoryForText(isolate);
  const simdutf::result result = simdutf::base64_to_binary(encoded.data(), length, bytes.data(),
                                                           simdutf::base64_default, simdutf::loose);
  if (result.error != simdutf::SUCCESS) return;
  Return(info, NewOneByte(isolate, {bytes.data(), result.count}));
}

constexpr Op kOps[] = {
    {"encodeBase64", EncodeBase64}, {"decodeBase64", DecodeBase64},
    {"encodeUtf8", EncodeUtf8Op},   {"encodeLatin1", EncodeLatin1},
    {"utf8Length", Utf8LengthOp},   {"encodeUtf8Into", EncodeUtf8IntoOp},
};

}  // namespace

std::span<const Op> TextOps() { return kOps; }

}  // namespace nano::runtime
