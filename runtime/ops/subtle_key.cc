// Key arguments and results of the ops of asymmetric keys.
#include "runtime/ops/subtle_key.h"

#include <cstring>

#include "base/check.h"
#include "runtime/isolate/isolate_state.h"

namespace nano::runtime {
namespace {

// How long operations take, in microseconds. It matters for the short ones only: what is longer
// goes to another thread in any case.
constexpr double kBytesPerMicrosecond = 1000;  // Hashed.
// Signing multiplies a point that is known beforehand.
constexpr double kSigningSpeedup = 3;
constexpr double kRsaPrivate = 250;
// What an RSA public key does takes the square of its modulus's length. So many bytes of material
// are a root of a microsecond: 2048 bits take 16 of them.
constexpr double kRsaPublicBytes = 75;

double TimeOfMultiplication(Curve curve) {
  switch (curve) {
    case Curve::kX25519:
      return 30;
    case Curve::kP256:
    case Curve::kEd25519:
      return 65;
    case Curve::kEd448:
    case Curve::kX448:
      return 130;
    case Curve::kP384:
      return 700;
    case Curve::kP521:
      return 1800;
  }
  NANO_CHECK(false);
}

double TimeOf(const ParsedKey& key) {
  if (key.form().curve) {
    const double speedup = key.form().is_private ? kSigningSpeedup : 1;
    return TimeOfMultiplication(key.curve()) / speedup;
  }
  if (key.form().is_private) return kRsaPrivate;
  const double length = static_cast<double>(key.material().size()) / kRsaPublicBytes;
  return length * length;
}

}  // namespace

std::optional<Curve> KindArgument(v8::Local<v8::Value> number) {
  const uint32_t value = number.As<v8::Uint32>()->Value();
  NANO_CHECK(value <= kCurves);
  if (value == kCurves) return std::nullopt;
  return static_cast<Curve>(value);
}

Curve CurveArgument(v8::Local<v8::Value> number) {
  const std::optional<Curve> curve = KindArgument(number);
  NANO_CHECK(curve.has_value());
  return *curve;
}

std::shared_ptr<const ParsedKey> KeyArgument(v8::Isolate* isolate, const KeyForm& form,
                                             v8::Local<v8::Value> id,
                                             v8::Local<v8::Value> material) {
  const WorkInput bytes(material);
  if (!id->IsNumber()) return std::make_shared<ParsedKey>(form, bytes.span());
  const auto number = static_cast<uint64_t>(id.As<v8::Number>()->Value());
  return IsolateState::Of(isolate).keys.Find(number, form, bytes.span());
}

Cost CostOfMultiplication(v8::Isolate* isolate, Curve curve) {
  return CostOf(isolate, TimeOfMultiplication(curve));
}

Cost CostOf(v8::Isolate* isolate, const ParsedKey& key, size_t data_size) {
  return CostOf(isolate, TimeOf(key) + static_cast<double>(data_size) / kBytesPerMicrosecond);
}

v8::Local<v8::ArrayBuffer> ToArrayBuffer(v8::Isolate* isolate, Bytes bytes) {
  const auto buffer = v8::ArrayBuffer::New(isolate, bytes.size());
  if (!bytes.empty()) std::memcpy(buffer->Data(), bytes.data(), bytes.size());
  return buffer;
}

v8::Local<v8::Uint8Array> ToUint8Array(v8::Isolate* isolate, Bytes bytes) {
  return v8::Uint8Array::New(ToArrayBuffer(isolate, bytes), 0, bytes.size());
}

}  // namespace nano::runtime
