// Ops of the Crypto interface: random values and UUIDs. Thread: the isolate's.
#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "runtime/js/values.h"
#include "runtime/native/crypto/random.h"
#include "runtime/ops/op.h"

namespace nano::runtime {
namespace {

// False, with a JS exception pending, if the generator failed.
bool FillRandom(v8::Isolate* isolate, void* bytes, size_t length) {
  if (FillWithRandom({static_cast<uint8_t*>(bytes), length})) return true;
  isolate->ThrowException(v8::Exception::Error(v8::String::NewFromUtf8Literal(
      isolate, "The system's generator of random numbers failed. Check /dev/urandom.")));
  return false;
}

// randomFill(view); the caller limits its length to 65536.
void RandomFill(Arguments info) {
  const std::string_view bytes = BytesOf(info[0]);
  if (!bytes.empty()) {
    FillRandom(info.GetIsolate(), const_cast<char*>(bytes.data()), bytes.size());
  }
}

constexpr size_t kUuidBytes = 16;
constexpr size_t kUuidLength = 36;

// Random bytes for several UUIDs: a call of the generator costs more than formatting one. They
// belong to the thread, not to V8's heap, so that no snapshot can hold them.
class UuidBytes {
 public:
  // The next 16 bytes; they are handed out once. Null if the generator failed.
  const uint8_t* Next(v8::Isolate* isolate) {
    if (used_ == bytes_.size()) {
      if (!FillRandom(isolate, bytes_.data(), bytes_.size())) return nullptr;
      used_ = 0;
    }
    const uint8_t* next = bytes_.data() + used_;
    used_ += kUuidBytes;
    return next;
  }

 private:
  std::array<uint8_t, 64 * kUuidBytes> bytes_;
  size_t used_ = bytes_.size();
};

// randomUuid(): RFC 9562, version 4.
void RandomUuid(Arguments info) {
  static thread_local UuidBytes source;
  v8::Isolate* isolate = info.GetIsolate();
  const uint8_t* random = source.Next(isolate);
  if (random == nullptr) return;
  std::array<uint8_t, kUuidBytes> bytes;
  std::memcpy(bytes.data(), random, kUuidBytes);
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0F) | 0x40);  // Version 4.
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3F) | 0x80);  // The variant of the RFC.
  constexpr char kDigits[] = "0123456789abcdef";
  std::array<char, kUuidLength> text;
  char* out = text.data();
  for (size_t i = 0; i < kUuidBytes; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
    *out++ = kDigits[bytes[i] >> 4];
    *out++ = kDigits[bytes[i] & 0x0F];
  }
  info.GetReturnValue().Set(OneByteString(isolate, {text.data(), text.size()}));
}

constexpr Op kOps[] = {
    {"randomFill", RandomFill},
    {"randomUuid", RandomUuid},
};

}  // namespace

std::span<const Op> CryptoOps() { return kOps; }

}  // namespace nano::runtime
