// Ops of crypto.subtle: import, export and generation of RSA keys. Thread: the isolate's, and the
// jobs'.
#include <array>
#include <string>

#include "base/check.h"
#include "base/result.h"
#include "runtime/isolate/isolate_state.h"
#include "runtime/native/crypto/key_generation.h"
#include "runtime/native/crypto/rsa_key.h"
#include "runtime/native/crypto/rsa_recovery.h"
#include "runtime/ops/op.h"
#include "runtime/ops/subtle_key.h"

namespace nano::runtime {
namespace {

constexpr size_t kNumbers = 8;

std::array<Bytes*, kNumbers> NumbersOf(RsaNumbers& key) {
  return {&key.n, &key.e, &key.d, &key.p, &key.q, &key.dp, &key.dq, &key.qi};
}

v8::Local<v8::Value> Reason(v8::Isolate* isolate, const Error& error) {
  return OneByteString(isolate, error.message);
}

// [material, modulusLength, publicExponent] of a key, or what is wrong with it as a string.
v8::Local<v8::Value> CheckedKey(v8::Isolate* isolate, const RsaNumbers& key, bool is_private) {
  const Result<void> checked = is_private ? CheckRsaPrivateKey(key) : CheckRsaPublicKey(key);
  if (!checked.ok()) return Reason(isolate, checked.error());
  const Octets material = is_private ? WriteRsaPrivateKeyInfo(key) : WriteRsaPublicKeyInfo(key);
  Bytes exponent = key.e;
  while (exponent.front() == 0) exponent = exponent.subspan(1);
  std::array<v8::Local<v8::Value>, 3> parts = {
      ToUint8Array(isolate, material),
      v8::Integer::NewFromUnsigned(isolate, static_cast<uint32_t>(BitLength(key.n))),
      ToUint8Array(isolate, exponent)};
  return v8::Array::New(isolate, parts.data(), parts.size());
}

Result<RsaNumbers> Parse(bool is_private, Bytes data) {
  return is_private ? ParseRsaPrivateKeyInfo(data) : ParseRsaPublicKeyInfo(data);
}

// importRsaKey(isPrivate, data)
void ImportRsaKeyOp(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const bool is_private = info[0]->IsTrue();
  const WorkInput data(info[1]);
  const Result<RsaNumbers> key = Parse(is_private, data.span());
  info.GetReturnValue().Set(key.ok() ? CheckedKey(isolate, *key, is_private)
                                     : Reason(isolate, key.error()));
}

// importRsaNumbers(isPrivate, n, e, d, p, q, dp, dq, qi)
void ImportRsaNumbersOp(Arguments info) {
  const bool is_private = info[0]->IsTrue();
  RsaNumbers key;
  const std::array<Bytes*, kNumbers> numbers = NumbersOf(key);
  std::array<WorkInput, kNumbers> inputs;
  const size_t count = is_private ? kNumbers : 2;
  for (size_t i = 0; i < count; ++i) {
    inputs[i] = WorkInput(info[static_cast<int>(i) + 1]);
    *numbers[i] = inputs[i].span();
  }
  info.GetReturnValue().Set(CheckedKey(info.GetIsolate(), key, is_private));
}

struct RecoverWork {
  WorkInput n;
  WorkInput e;
  WorkInput d;
  std::optional<RsaPrimes> primes;

  bool Own() { return n.Own() && e.Own() && d.Own(); }
  bool Run() {
    primes = RecoverRsaPrimes(n.span(), e.span(), d.span());
    return primes.has_value();
  }
  v8::Local<v8::Value> Result(v8::Isolate* isolate) {
    std::array<v8::Local<v8::Value>, 5> numbers = {
        ToUint8Array(isolate, primes->p), ToUint8Array(isolate, primes->q),
        ToUint8Array(isolate, primes->dp), ToUint8Array(isolate, primes->dq),
        ToUint8Array(isolate, primes->qi)};
    return v8::Array::New(isolate, numbers.data(), numbers.size());
  }
};

// recoverRsaPrimes(n, e, d)
void RecoverRsaPrimesOp(Arguments info) {
  RunWork(info,
          RecoverWork{.n = WorkInput(info[0]), .e = WorkInput(info[1]), .d = WorkInput(info[2])},
          Cost::kLarge);
}

// rsaNumbers(isPrivate, material)
void RsaNumbersOp(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const bool is_private = info[0]->IsTrue();
  const WorkInput material(info[1]);
  Result<RsaNumbers> key = Parse(is_private, material.span());
  NANO_CHECK(key.ok());  // Material is what CheckedKey wrote.
  std::array<v8::Local<v8::Value>, kNumbers> numbers;
  const size_t count = is_private ? kNumbers : 2;
  const std::array<Bytes*, kNumbers> parts = NumbersOf(*key);
  for (size_t i = 0; i < count; ++i) numbers[i] = ToArrayBuffer(isolate, *parts[i]);
  info.GetReturnValue().Set(v8::Array::New(isolate, numbers.data(), count));
}

// canGenerateRsaKey(modulusLength, publicExponent)
void CanGenerateRsaKeyOp(Arguments info) {
  const WorkInput exponent(info[1]);
  info.GetReturnValue().Set(
      CanGenerateRsaKey(static_cast<uint32_t>(info[0].As<v8::Number>()->Value()), exponent.span()));
}

struct GenerateWork {
  uint32_t bits = 0;
  WorkInput exponent;
  CancelToken cancel;
  std::optional<RsaKeyPair> pair;

  bool Own() { return exponent.Own(); }
  bool Run() {
    pair = GenerateRsaKey(bits, exponent.span(), cancel);
    return pair.has_value();
  }
  v8::Local<v8::Value> Result(v8::Isolate* isolate) {
    std::array<v8::Local<v8::Value>, 2> parts = {ToUint8Array(isolate, pair->public_key),
                                                 ToUint8Array(isolate, pair->private_key)};
    return v8::Array::New(isolate, parts.data(), parts.size());
  }
};

// generateRsaKey(modulusLength, publicExponent)
void GenerateRsaKeyOp(Arguments info) {
  RunWork(info,
          GenerateWork{.bits = static_cast<uint32_t>(info[0].As<v8::Number>()->Value()),
                       .exponent = WorkInput(info[1]),
                       .cancel = IsolateState::Of(info.GetIsolate()).end.token()},
          Cost::kLarge);
}

constexpr Op kOps[] = {
    {"importRsaKey", ImportRsaKeyOp},           {"importRsaNumbers", ImportRsaNumbersOp},
    {"recoverRsaPrimes", RecoverRsaPrimesOp},   {"rsaNumbers", RsaNumbersOp},
    {"canGenerateRsaKey", CanGenerateRsaKeyOp}, {"generateRsaKey", GenerateRsaKeyOp},
};

}  // namespace

std::span<const Op> SubtleRsaOps() { return kOps; }

}  // namespace nano::runtime
