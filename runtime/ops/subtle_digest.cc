// Ops of crypto.subtle: SHA and HMAC. Thread: the isolate's, and the jobs' for large data.
#include <cstring>

#include "runtime/native/crypto/hmac.h"
#include "runtime/ops/op.h"
#include "runtime/ops/subtle_work.h"

namespace nano::runtime {
namespace {

constexpr double kBytesPerMicrosecond = 1000;

Cost CostOfHashing(v8::Isolate* isolate, const WorkInput& data) {
  return CostOf(isolate, static_cast<double>(data.size()) / kBytesPerMicrosecond);
}

v8::Local<v8::Value> ToArrayBuffer(v8::Isolate* isolate, const Mac& mac) {
  const auto buffer = v8::ArrayBuffer::New(isolate, mac.size);
  std::memcpy(buffer->Data(), mac.bytes.data(), mac.size);
  return buffer;
}

struct DigestWork {
  Hash hash = Hash::kSha1;
  WorkInput data;
  Mac digest{};

  bool Own() { return data.Own(); }
  bool Run() { return ComputeDigest(hash, data.span(), digest); }
  void Release() { data.Clear(); }
  v8::Local<v8::Value> Result(v8::Isolate* isolate) { return ToArrayBuffer(isolate, digest); }
};

// digest(hash, data)
void DigestOp(Arguments info) {
  DigestWork work{.hash = HashArgument(info[0]), .data = WorkInput(info[1])};
  const Cost cost = CostOfHashing(info.GetIsolate(), work.data);
  RunWork(info, std::move(work), cost);
}

struct HmacWork {
  Hash hash = Hash::kSha1;
  WorkInput key;
  WorkInput data;
  Mac mac{};

  bool Own() { return key.Own() && data.Own(); }
  bool Run() { return ComputeHmac(hash, key.span(), data.span(), mac); }
  void Release() { data.Clear(); }
  v8::Local<v8::Value> Result(v8::Isolate* isolate) { return ToArrayBuffer(isolate, mac); }
};

// hmac(hash, key, data)
void HmacOp(Arguments info) {
  HmacWork work{
      .hash = HashArgument(info[0]), .key = WorkInput(info[1]), .data = WorkInput(info[2])};
  const Cost cost = CostOfHashing(info.GetIsolate(), work.data);
  RunWork(info, std::move(work), cost);
}

struct HmacVerifyWork {
  Hash hash = Hash::kSha1;
  WorkInput key;
  WorkInput signature;
  WorkInput data;
  bool equal = false;

  bool Own() { return key.Own() && signature.Own() && data.Own(); }
  bool Run() {
    Mac mac;
    if (!ComputeHmac(hash, key.span(), data.span(), mac)) return false;
    equal = EqualInConstantTime(mac.view(), signature.span());
    Cleanse(mac.bytes.data(), mac.size);  // It would sign the data.
    return true;
  }
  void Release() { data.Clear(); }
  v8::Local<v8::Value> Result(v8::Isolate* isolate) { return v8::Boolean::New(isolate, equal); }
};

// hmacVerify(hash, key, signature, data)
void HmacVerifyOp(Arguments info) {
  HmacVerifyWork work{.hash = HashArgument(info[0]),
                      .key = WorkInput(info[1]),
                      .signature = WorkInput(info[2]),
                      .data = WorkInput(info[3])};
  const Cost cost = CostOfHashing(info.GetIsolate(), work.data);
  RunWork(info, std::move(work), cost);
}

constexpr Op kOps[] = {
    {"digest", DigestOp},
    {"hmac", HmacOp},
    {"hmacVerify", HmacVerifyOp},
};

}  // namespace

std::span<const Op> SubtleDigestOps() { return kOps; }

}  // namespace nano::runtime
