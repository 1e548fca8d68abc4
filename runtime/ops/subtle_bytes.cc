// Ops of crypto.subtle that work on short strings of bytes: random keys, comparison, base64url.
// Thread: the isolate's.
#include <memory>

#include "runtime/native/crypto/hmac.h"
#include "runtime/native/crypto/random.h"
#include "runtime/native/encoding/simdutf.h"
#include "runtime/ops/op.h"
#include "runtime/ops/subtle_work.h"

namespace nano::runtime {
namespace {

v8::Local<v8::Uint8Array> ToUint8Array(v8::Isolate* isolate, WorkOutput& bytes) {
  const size_t size = bytes.size();
  return v8::Uint8Array::New(bytes.ToArrayBuffer(isolate), 0, size);
}

// randomKey(size): from the generator for secrets, which is seeded apart from the public one.
void RandomKey(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  WorkOutput key;
  if (!key.Allocate(info[0].As<v8::Uint32>()->Value())) return ThrowNoMemoryForData(isolate);
  if (!FillWithSecretRandom({key.data(), key.size()})) {
    isolate->ThrowException(v8::Exception::Error(v8::String::NewFromUtf8Literal(
        isolate, "The system's generator of random numbers failed. Check /dev/urandom.")));
    return;
  }
  info.GetReturnValue().Set(ToUint8Array(isolate, key));
}

// timingSafeEqual(a, b): undefined if their lengths differ.
void TimingSafeEqual(Arguments info) {
  const WorkInput a(info[0]);
  const WorkInput b(info[1]);
  if (a.size() != b.size()) return;
  info.GetReturnValue().Set(EqualInConstantTime(a.span(), b.span()));
}

// encodeBase64Url(bytes): without padding. Undefined if the text would be too long for V8.
void EncodeBase64Url(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const WorkInput bytes(info[0]);
  const size_t length = simdutf::base64_length_from_binary(bytes.size(), simdutf::base64_url);
  if (length > v8::String::kMaxLength) return;
  WorkOutput text;
  if (!text.Allocate(length)) return ThrowNoMemoryForData(isolate);
  simdutf::binary_to_base64(reinterpret_cast<const char*>(bytes.data()), bytes.size(),
                            reinterpret_cast<char*>(text.data()), simdutf::base64_url);
  info.GetReturnValue().Set(
      OneByteString(isolate, {reinterpret_cast<char*>(text.data()), text.size()}));
}

constexpr int kNoDigit = -1;

int DigitOf(uint8_t character) {
  if (character >= 'A' && character <= 'Z') return character - 'A';
  if (character >= 'a' && character <= 'z') return character - 'a' + 26;
  if (character >= '0' && character <= '9') return character - '0' + 52;
  if (character == '-') return 62;
  if (character == '_') return 63;
  return kNoDigit;
}

// As RFC 7515 has it: no padding, no white space. False if the text is anything else.
bool DecodeBase64Url(std::span<const uint8_t> text, WorkOutput& bytes) {
  constexpr int kBitsOfDigit = 6;
  if (text.size() % 4 == 1 || !bytes.Allocate(text.size() * kBitsOfDigit / 8)) return false;
  uint32_t bits = 0;
  int count = 0;
  size_t at = 0;
  for (const uint8_t character : text) {
    const int digit = DigitOf(character);
    if (digit == kNoDigit) return false;
    bits = bits << kBitsOfDigit | static_cast<uint32_t>(digit);
    count += kBitsOfDigit;
    if (count < 8) continue;
    count -= 8;
    bytes.data()[at++] = static_cast<uint8_t>(bits >> count);
  }
  return true;
}

// decodeBase64Url(text): undefined if it is malformed.
void DecodeBase64UrlOp(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const auto text = info[0].As<v8::String>();
  const auto length = static_cast<uint32_t>(text->Length());
  // Characters of two bytes would lose one of them.
  if (!text->ContainsOnlyOneByte()) return;
  WorkOutput encoded;
  if (!encoded.Allocate(length)) return ThrowNoMemoryForData(isolate);
  text->WriteOneByteV2(isolate, 0, length, encoded.data());
  WorkOutput bytes;
  if (!DecodeBase64Url({encoded.data(), length}, bytes)) return;
  info.GetReturnValue().Set(ToUint8Array(isolate, bytes));
}

constexpr Op kOps[] = {
    {"randomKey", RandomKey},
    {"timingSafeEqual", TimingSafeEqual},
    {"encodeBase64Url", EncodeBase64Url},
    {"decodeBase64Url", DecodeBase64UrlOp},
};

}  // namespace

std::span<const Op> SubtleBytesOps() { return kOps; }

}  // namespace nano::runtime
