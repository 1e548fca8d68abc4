// Compression ops: the native state of CompressionStream and DecompressionStream.
//
// A transcoder is owned by an ArrayBuffer that serves as its handle: closed by detaching the
// buffer, else destroyed with it by the garbage collector or at the isolate's end. Handles are made
// at run only (a snapshot would keep the buffer's bytes, not the transcoder), which
// runtime/web/compression/lazy/ sees to. Thread: the isolate's.
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "runtime/isolate/external_memory.h"
#include "runtime/isolate/isolate_state.h"
#include "runtime/js/bytes.h"
#include "runtime/native/compression/transcoder.h"
#include "runtime/ops/op.h"

namespace nano::runtime {
namespace {

// How much a stream gives at once. The piece is made on the stack.
constexpr size_t kPieceSize = 64 * 1024;

// What a handle's buffer consists of.
struct Held {
  explicit Held(const ExternalMemory& memory) : share(memory) {}

  static constexpr uint64_t kMark = 0x72656f6373746e61;
  const uint64_t mark = kMark;
  std::unique_ptr<Transcoder> transcoder;
  ExternalMemory::Share share;
};

// Null if the handle was closed, and for any other value.
Held* HeldBy(v8::Local<v8::Value> handle) {
  if (!handle->IsArrayBuffer()) return nullptr;
  const auto buffer = handle.As<v8::ArrayBuffer>();
  if (buffer->ByteLength() != sizeof(Held)) return nullptr;
  auto* held = static_cast<Held*>(buffer->Data());
  return held->mark == Held::kMark ? held : nullptr;
}

// compressionCreate(format, compress)
void Create(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const IsolateState& state = IsolateState::Of(isolate);
  const uint32_t format = info[0]->IsUint32() ? info[0].As<v8::Uint32>()->Value() : -1;
  if (format >= kCompressionFormatCount) return ThrowTypeError(isolate, "There is no such format.");
  auto held = std::make_unique<Held>(state.external_memory);
  held->transcoder = Transcoder::Create(static_cast<CompressionFormat>(format), info[1]->IsTrue());
  if (held->transcoder == nullptr) return ThrowRangeError(isolate, "Out of memory.");
  state.external_memory.Resize(isolate, held->share, held->transcoder->memory());
  Held* const data = held.release();
  info.GetReturnValue().Set(v8::ArrayBuffer::New(
      isolate, v8::ArrayBuffer::NewBackingStore(
                   data, sizeof(Held),
                   [](void* data, size_t, void*) { delete static_cast<Held*>(data); }, nullptr)));
}

// Calls one of a transcoder's steps; returns the piece, or undefined if there is none.
template <typename Step>
void Call(Arguments info, Step step) {
  v8::Isolate* isolate = info.GetIsolate();
  Held* const held = HeldBy(info[0]);
  if (held == nullptr) return ThrowTypeError(isolate, "The stream has been closed.");
  Transcoder& transcoder = *held->transcoder;
  std::array<char, kPieceSize> piece;  // Not initialised.
  const std::optional<size_t> length = step(transcoder, std::span<char>(piece));
  IsolateState::Of(isolate).external_memory.Resize(isolate, held->share, transcoder.memory());
  if (!length) {
    const Transcoder::Failure& failure = transcoder.failure();
    if (failure.kind == Transcoder::Failure::kNoMemory) {
      return ThrowRangeError(isolate, "Out of memory.");
    }
    return ThrowTypeError(isolate, "The compressed data is not valid: " + failure.problem + ".");
  }
  if (*length == 0) return;
  ReturnBytes(info, *length, [&](char* bytes) { std::memcpy(bytes, piece.data(), *length); });
}

// compressionWrite(handle, chunk)
void Write(Arguments info) {
  const SourceBytes chunk(info[1]);
  Call(info, [&](Transcoder& transcoder, std::span<char> piece) {
    return transcoder.Write(chunk.view(), piece);
  });
}

// compressionNext(handle)
void Next(Arguments info) {
  Call(info, [](Transcoder& transcoder, std::span<char> piece) { return transcoder.Next(piece); });
}

// compressionFinish(handle)
void Finish(Arguments info) {
  Call(info,
       [](Transcoder& transcoder, std::span<char> piece) { return transcoder.Finish(piece); });
}

// compressionClose(handle)
void Close(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  if (HeldBy(info[0]) == nullptr) return;
  info[0].As<v8::ArrayBuffer>()->Detach({}).Check();
  IsolateState::Of(isolate).external_memory.Settle(isolate);
}

constexpr Op kOps[] = {
    {"compressionCreate", Create}, {"compressionWrite", Write}, {"compressionNext", Next},
    {"compressionFinish", Finish}, {"compressionClose", Close},
};

}  // namespace

std::span<const Op> CompressionOps() { return kOps; }

}  // namespace nano::runtime
