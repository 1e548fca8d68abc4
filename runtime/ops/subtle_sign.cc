// Ops of crypto.subtle: signatures with asymmetric keys. Thread: the isolate's, and the jobs'.
#include "runtime/native/crypto/signatures.h"

#include "runtime/ops/op.h"
#include "runtime/ops/subtle_key.h"

namespace nano::runtime {
namespace {

constexpr int32_t kNone = -1;

// [hash, saltLength] from two arguments; -1 for none.
SignatureScheme SchemeArguments(v8::Local<v8::Value> hash, v8::Local<v8::Value> salt) {
  SignatureScheme scheme;
  if (const int32_t number = hash.As<v8::Int32>()->Value(); number != kNone) {
    scheme.hash = static_cast<Hash>(number);
  }
  // All of unsigned long is possible.
  if (const double length = salt.As<v8::Number>()->Value(); length != kNone) {
    scheme.pss_salt = static_cast<uint32_t>(length);
  }
  return scheme;
}

struct SignWork {
  std::shared_ptr<const ParsedKey> key;
  SignatureScheme scheme;
  WorkInput data;
  std::optional<Octets> signature;

  bool Own() { return data.Own(); }
  bool Run() {
    signature = Sign(*key, scheme, data.span());
    return signature.has_value();
  }
  v8::Local<v8::Value> Result(v8::Isolate* isolate) { return ToArrayBuffer(isolate, *signature); }
};

// signWithKey(kind, id, privateKey, hash, saltLength, data)
void SignOp(Arguments info) {
  const KeyForm form{KindArgument(info[0]), true};
  SignWork work{.key = KeyArgument(info.GetIsolate(), form, info[1], info[2]),
                .scheme = SchemeArguments(info[3], info[4]),
                .data = WorkInput(info[5])};
  const Cost cost = CostOf(info.GetIsolate(), *work.key, work.data.size());
  RunWork(info, std::move(work), cost);
}

struct VerifyWork {
  std::shared_ptr<const ParsedKey> key;
  SignatureScheme scheme;
  WorkInput signature;
  WorkInput data;
  bool valid = false;

  bool Own() { return signature.Own() && data.Own(); }
  bool Run() {
    valid = Verify(*key, scheme, signature.span(), data.span());
    return true;
  }
  v8::Local<v8::Value> Result(v8::Isolate* isolate) { return v8::Boolean::New(isolate, valid); }
};

// verifyWithKey(kind, id, publicKey, hash, saltLength, signature, data)
void VerifyOp(Arguments info) {
  const KeyForm form{KindArgument(info[0]), false};
  VerifyWork work{.key = KeyArgument(info.GetIsolate(), form, info[1], info[2]),
                  .scheme = SchemeArguments(info[3], info[4]),
                  .signature = WorkInput(info[5]),
                  .data = WorkInput(info[6])};
  const Cost cost = CostOf(info.GetIsolate(), *work.key, work.data.size());
  RunWork(info, std::move(work), cost);
}

constexpr Op kOps[] = {
    {"signWithKey", SignOp},
    {"verifyWithKey", VerifyOp},
};

}  // namespace

std::span<const Op> SubtleSignOps() { return kOps; }

}  // namespace nano::runtime
