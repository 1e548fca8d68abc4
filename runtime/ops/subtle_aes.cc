// Ops of crypto.subtle: AES. Thread: the isolate's, and the jobs' for large data.
#include "runtime/native/crypto/aes.h"
#include "runtime/ops/op.h"
#include "runtime/ops/subtle_work.h"

namespace nano::runtime {
namespace {

// Modes that encrypt many blocks at a time, and one that does not.
constexpr double kBytesPerMicrosecond = 3000;
constexpr double kBytesPerMicrosecondSerial = 1000;

Cost CostOfCipher(v8::Isolate* isolate, const WorkInput& data,
                  double speed = kBytesPerMicrosecond) {
  return CostOf(isolate, static_cast<double>(data.size()) / speed);
}

Direction DirectionArgument(v8::Local<v8::Value> encrypt) {
  return encrypt->IsTrue() ? Direction::kEncrypt : Direction::kDecrypt;
}

// A cipher's result, of `most` bytes or fewer.
template <typename Function>
bool Write(WorkOutput& result, size_t most, Function cipher) {
  if (!result.Allocate(most)) return false;
  const std::optional<size_t> size = cipher(result.data());
  if (!size) return false;
  result.Shrink(*size);
  return true;
}

struct GcmWork {
  Direction direction = Direction::kDecrypt;
  WorkInput key;
  WorkInput iv;
  WorkInput additional;
  size_t tag_size = 0;
  WorkInput data;
  WorkOutput result;

  bool Own() { return key.Own() && iv.Own() && additional.Own() && data.Own(); }
  bool Run() {
    return Write(result, data.size() + tag_size, [&](uint8_t* output) {
      const GcmParameters parameters{key.span(), iv.span(), additional.span(), tag_size};
      return AesGcm(direction, parameters, data.span(), output);
    });
  }
  void Release() { data.Clear(); }
  v8::Local<v8::Value> Result(v8::Isolate* isolate) { return result.ToArrayBuffer(isolate); }
};

// aesGcm(encrypt, key, iv, additionalData, tagBytes, data)
void AesGcmOp(Arguments info) {
  GcmWork work{.direction = DirectionArgument(info[0]),
               .key = WorkInput(info[1]),
               .iv = WorkInput(info[2]),
               .additional = WorkInput(info[3]),
               .tag_size = info[4].As<v8::Uint32>()->Value(),
               .data = WorkInput(info[5])};
  const Cost cost = CostOfCipher(info.GetIsolate(), work.data);
  RunWork(info, std::move(work), cost);
}

struct CbcWork {
  Direction direction = Direction::kDecrypt;
  WorkInput key;
  WorkInput iv;
  WorkInput data;
  WorkOutput result;

  bool Own() { return key.Own() && iv.Own() && data.Own(); }
  bool Run() {
    return Write(result, data.size() + kAesBlock, [&](uint8_t* output) {
      return AesCbc(direction, key.span(), iv.span(), data.span(), output);
    });
  }
  void Release() { data.Clear(); }
  v8::Local<v8::Value> Result(v8::Isolate* isolate) { return result.ToArrayBuffer(isolate); }
};

// aesCbc(encrypt, key, iv, data)
void AesCbcOp(Arguments info) {
  CbcWork work{.direction = DirectionArgument(info[0]),
               .key = WorkInput(info[1]),
               .iv = WorkInput(info[2]),
               .data = WorkInput(info[3])};
  const bool serial = work.direction == Direction::kEncrypt;
  const Cost cost = CostOfCipher(info.GetIsolate(), work.data,
                                 serial ? kBytesPerMicrosecondSerial : kBytesPerMicrosecond);
  RunWork(info, std::move(work), cost);
}

struct CtrWork {
  WorkInput key;
  WorkInput counter;
  unsigned counter_bits = 0;
  WorkInput data;
  WorkOutput result;

  bool Own() { return key.Own() && counter.Own() && data.Own(); }
  bool Run() {
    return Write(result, data.size(), [&](uint8_t* output) {
      return AesCtr(key.span(), counter.span(), counter_bits, data.span(), output);
    });
  }
  void Release() { data.Clear(); }
  v8::Local<v8::Value> Result(v8::Isolate* isolate) { return result.ToArrayBuffer(isolate); }
};

// aesCtr(key, block, bits, data)
void AesCtrOp(Arguments info) {
  CtrWork work{.key = WorkInput(info[0]),
               .counter = WorkInput(info[1]),
               .counter_bits = info[2].As<v8::Uint32>()->Value(),
               .data = WorkInput(info[3])};
  const Cost cost = CostOfCipher(info.GetIsolate(), work.data);
  RunWork(info, std::move(work), cost);
}

struct KeyWrapWork {
  Direction direction = Direction::kDecrypt;
  WorkInput key;
  WorkInput data;
  WorkOutput result;

  bool Own() { return key.Own() && data.Own(); }
  bool Run() {
    return Write(result, data.size() + kAesBlock, [&](uint8_t* output) {
      return AesKeyWrap(direction, key.span(), data.span(), output);
    });
  }
  v8::Local<v8::Value> Result(v8::Isolate* isolate) { return result.ToArrayBuffer(isolate); }
};

// aesKeyWrap(wrap, key, data)
void AesKeyWrapOp(Arguments info) {
  constexpr double kBytesPerMicrosecondWrapped = 50;  // Six rounds of single blocks.
  KeyWrapWork work{.direction = DirectionArgument(info[0]),
                   .key = WorkInput(info[1]),
                   .data = WorkInput(info[2])};
  const Cost cost = CostOfCipher(info.GetIsolate(), work.data, kBytesPerMicrosecondWrapped);
  RunWork(info, std::move(work), cost);
}

constexpr Op kOps[] = {
    {"aesGcm", AesGcmOp},
    {"aesCbc", AesCbcOp},
    {"aesCtr", AesCtrOp},
    {"aesKeyWrap", AesKeyWrapOp},
};

}  // namespace

std::span<const Op> SubtleAesOps() { return kOps; }

}  // namespace nano::runtime
