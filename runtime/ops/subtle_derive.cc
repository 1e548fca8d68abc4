// Ops of crypto.subtle: HKDF and PBKDF2. Thread: the isolate's, and the jobs' for many iterations.
#include "runtime/native/crypto/key_derivation.h"
#include "runtime/ops/op.h"
#include "runtime/ops/subtle_work.h"

namespace nano::runtime {
namespace {

constexpr double kBytesPerMicrosecond = 1000;
constexpr double kLeastDigestBytes = 20;

double DigestsOf(size_t size) { return static_cast<double>(size) / kLeastDigestBytes + 1; }

struct HkdfWork {
  Hash hash = Hash::kSha1;
  WorkInput secret;
  WorkInput salt;
  WorkInput info;
  size_t size = 0;
  WorkOutput result;

  bool Own() { return secret.Own() && salt.Own() && info.Own(); }
  bool Run() {
    return result.Allocate(size) &&
           Hkdf(hash, secret.span(), salt.span(), info.span(), {result.data(), size});
  }
  v8::Local<v8::Value> Result(v8::Isolate* isolate) { return result.ToArrayBuffer(isolate); }
};

// hkdf(hash, key, salt, info, bytes)
void HkdfOp(Arguments info) {
  HkdfWork work{.hash = HashArgument(info[0]),
                .secret = WorkInput(info[1]),
                .salt = WorkInput(info[2]),
                .info = WorkInput(info[3]),
                .size = info[4].As<v8::Uint32>()->Value()};
  // `info` is hashed again for each digest's length of output.
  const double hashed = static_cast<double>(work.secret.size() + work.salt.size()) +
                        static_cast<double>(work.info.size()) * DigestsOf(work.size);
  const Cost cost =
      CostOf(info.GetIsolate(), hashed / kBytesPerMicrosecond + DigestsOf(work.size) / 2);
  RunWork(info, std::move(work), cost);
}

struct Pbkdf2Work {
  Hash hash = Hash::kSha1;
  WorkInput password;
  WorkInput salt;
  uint64_t iterations = 0;
  size_t size = 0;
  WorkOutput result;

  bool Own() { return password.Own() && salt.Own(); }
  bool Run() {
    return result.Allocate(size) &&
           Pbkdf2(hash, password.span(), salt.span(), iterations, {result.data(), size});
  }
  v8::Local<v8::Value> Result(v8::Isolate* isolate) { return result.ToArrayBuffer(isolate); }
};

// pbkdf2(hash, password, salt, iterations, bytes)
void Pbkdf2Op(Arguments info) {
  constexpr double kIterationsPerMicrosecond = 6;
  Pbkdf2Work work{.hash = HashArgument(info[0]),
                  .password = WorkInput(info[1]),
                  .salt = WorkInput(info[2]),
                  .iterations = info[3].As<v8::Uint32>()->Value(),
                  .size = info[4].As<v8::Uint32>()->Value()};
  const double digests = DigestsOf(work.size);
  const double hashed =
      static_cast<double>(work.password.size()) + static_cast<double>(work.salt.size()) * digests;
  const Cost cost = CostOf(info.GetIsolate(),
                           hashed / kBytesPerMicrosecond + static_cast<double>(work.iterations) *
                                                               digests / kIterationsPerMicrosecond);
  RunWork(info, std::move(work), cost);
}

constexpr Op kOps[] = {
    {"hkdf", HkdfOp},
    {"pbkdf2", Pbkdf2Op},
};

}  // namespace

std::span<const Op> SubtleDeriveOps() { return kOps; }

}  // namespace nano::runtime
