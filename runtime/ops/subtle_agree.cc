// Ops of crypto.subtle: what else asymmetric keys do, RSA-OAEP and key agreement. Thread: the
// isolate's, and the jobs'.
#include "runtime/native/crypto/key_agreement.h"
#include "runtime/native/crypto/rsa_oaep.h"
#include "runtime/ops/op.h"
#include "runtime/ops/subtle_key.h"

namespace nano::runtime {
namespace {

struct OaepWork {
  bool encrypt = false;
  std::shared_ptr<const ParsedKey> key;
  Hash hash = Hash::kSha1;
  WorkInput label;
  WorkInput data;
  std::optional<Octets> result;

  bool Own() { return label.Own() && data.Own(); }
  bool Run() {
    const OaepScheme scheme{hash, label.span()};
    result =
        encrypt ? OaepEncrypt(*key, scheme, data.span()) : OaepDecrypt(*key, scheme, data.span());
    return result.has_value();
  }
  v8::Local<v8::Value> Result(v8::Isolate* isolate) { return ToArrayBuffer(isolate, *result); }
};

// rsaOaep(encrypt, id, key, hash, label, data)
void OaepOp(Arguments info) {
  const bool encrypt = info[0]->IsTrue();
  const KeyForm form{std::nullopt, !encrypt};
  OaepWork work{.encrypt = encrypt,
                .key = KeyArgument(info.GetIsolate(), form, info[1], info[2]),
                .hash = static_cast<Hash>(info[3].As<v8::Int32>()->Value()),
                .label = WorkInput(info[4]),
                .data = WorkInput(info[5])};
  const Cost cost = CostOf(info.GetIsolate(), *work.key, work.label.size());
  RunWork(info, std::move(work), cost);
}

struct AgreeWork {
  std::shared_ptr<const ParsedKey> private_key;
  std::shared_ptr<const ParsedKey> public_key;
  size_t bits = 0;
  std::optional<Octets> secret;

  bool Own() { return true; }
  bool Run() {
    secret = Agree(*private_key, *public_key);
    if (!secret) return false;
    secret->resize((bits + 7) / 8);
    // Bits of the last octet that do not belong to the result are 0.
    if (bits % 8 != 0) secret->back() &= static_cast<uint8_t>(0xFF << (8 - bits % 8));
    return true;
  }
  v8::Local<v8::Value> Result(v8::Isolate* isolate) { return ToArrayBuffer(isolate, *secret); }
};

// agreeKeys(curve, id, privateKey, publicId, publicKey, bits)
void AgreeOp(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const Curve curve = CurveArgument(info[0]);
  AgreeWork work{.private_key = KeyArgument(isolate, {curve, true}, info[1], info[2]),
                 .public_key = KeyArgument(isolate, {curve, false}, info[3], info[4]),
                 .bits = info[5].As<v8::Uint32>()->Value()};
  RunWork(info, std::move(work), CostOfMultiplication(isolate, curve));
}

constexpr Op kOps[] = {
    {"rsaOaep", OaepOp},
    {"agreeKeys", AgreeOp},
};

}  // namespace

std::span<const Op> SubtleAgreeOps() { return kOps; }

}  // namespace nano::runtime
