// How the ops of crypto.subtle take bytes, do their work here or on another thread, and give the
// result.
//
// An op reads its arguments into a work object, a plain struct that holds `WorkInput`s and what
// else it needs:
//
//   struct Digest {
//     WorkInput data;
//     const EVP_MD* hash;
//     WorkOutput result;
//
//     // Before it leaves the thread: nothing may point into V8's memory. False: no memory is left.
//     bool Own() { return data.Own(); }
//     bool Run() { … }                // The work, without V8, on any thread. false: it failed.
//     void Release() { data.Clear(); }  // Optional, after Run(): frees large memory on its thread.
//     v8::Local<v8::Value> Result(v8::Isolate* isolate) { return result.ToArrayBuffer(isolate); }
//   };
//
//   void DigestOp(Arguments info) {
//     RunWork(info, Digest{WorkInput(info[1]), …}, CostOf(isolate, microseconds));
//   }
//
// RunWork() does small work at once and returns its result; for large work it returns a promise.
// Where Run() gives false, the result is undefined: the TypeScript side throws the error that the
// specification names. While a snapshot is built all work is small: there is one thread, and a
// promise of a thread's could not be in the snapshot.
//
// Thread: the isolate's, but for Run(), and destructors of work.
#pragma once

#include <v8.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "runtime/isolate/promise_jobs.h"
#include "runtime/js/values.h"
#include "runtime/native/crypto/hash.h"

namespace nano::runtime {

// Bytes that an op works on. They stay where they are in JS's memory until Own() copies them;
// copies are cleansed, for they may be secret. Empty for a value that is no buffer source.
class WorkInput {
 public:
  WorkInput() = default;
  explicit WorkInput(v8::Local<v8::Value> source);
  WorkInput(WorkInput&& other) noexcept;
  WorkInput& operator=(WorkInput&& other) noexcept;
  ~WorkInput();

  const uint8_t* data() const { return in_place_ ? small_.data() : data_; }
  size_t size() const { return size_; }
  std::span<const uint8_t> span() const { return {data(), size_}; }

  // Copies what still is JS's; false if there is no memory for it. The isolate's thread.
  [[nodiscard]] bool Own();
  // Lets go of the bytes, early.
  void Clear();

 private:
  // Typed arrays of up to so many bytes live in V8's heap, where the collector may move them.
  static constexpr size_t kMostInHeap = 64;

  const uint8_t* data_ = nullptr;
  size_t size_ = 0;
  bool in_place_ = false;  // The bytes are in small_.
  bool owned_ = false;     // data_ was allocated by Own().
  std::array<uint8_t, kMostInHeap> small_;
};

// Bytes that become an ArrayBuffer, written in place: nothing is copied on the way out. Cleansed
// unless they have become one.
class WorkOutput {
 public:
  WorkOutput() = default;
  WorkOutput(WorkOutput&&) = default;
  WorkOutput& operator=(WorkOutput&&) = default;
  ~WorkOutput();

  // Uninitialised memory; false if there is none left. Any thread.
  [[nodiscard]] bool Allocate(size_t size);
  // Makes it shorter: what is written may turn out to be less than the most it could be.
  void Shrink(size_t size);

  uint8_t* data() { return bytes_.get(); }
  size_t size() const { return size_; }

  // Gives the bytes away.
  v8::Local<v8::ArrayBuffer> ToArrayBuffer(v8::Isolate* isolate);

 private:
  struct Free {
    void operator()(uint8_t* bytes) const;
  };
  std::unique_ptr<uint8_t, Free> bytes_;
  size_t size_ = 0;
};

enum class Cost { kSmall, kLarge };

// Where to do work that takes about so many microseconds. What takes no longer than the way to
// another thread and back is done at once, unless there has been too much of it in this turn of the
// event loop: a loop over many digests must not hold up other apps.
Cost CostOf(v8::Isolate* isolate, double microseconds);

// The number of a hash (SubtleHash in runtime/web/host/subtle-ops.ts), which the Web APIs give,
// never an app.
Hash HashArgument(v8::Local<v8::Value> number);

// True where work that copies so many bytes may go to another thread: not while a snapshot is
// built, and not if that would pile up copies. An app that asks for more than the threads can do is
// held up itself then.
bool MayLeaveThread(v8::Isolate* isolate, size_t copied);
// Runs work on another thread; the op returns a promise of its result. The work owns its inputs.
void StartWork(Arguments info, std::unique_ptr<BackgroundWork> work, size_t copied);

// A RangeError.
void ThrowNoMemoryForData(v8::Isolate* isolate);

// Result() may give a v8::Local, or a v8::MaybeLocal that is empty with an exception pending.
// The input that is of any size is called `data`.
template <typename Work>
void RunWork(Arguments info, Work work, Cost cost) {
  v8::Isolate* isolate = info.GetIsolate();
  size_t copied = 0;
  if constexpr (requires { work.data.size(); }) copied = work.data.size();
  if (cost == Cost::kSmall || !MayLeaveThread(isolate, copied)) {
    v8::Local<v8::Value> result;
    if (work.Run() && v8::MaybeLocal<v8::Value>(work.Result(isolate)).ToLocal(&result)) {
      info.GetReturnValue().Set(result);
    }
    return;
  }
  struct Owned final : BackgroundWork {
    explicit Owned(Work&& moved) : work(std::move(moved)) {}
    bool Run() override {
      const bool done = work.Run();
      // Freeing much memory takes a while: better here than on the isolate's thread.
      if constexpr (requires { work.Release(); }) work.Release();
      return done;
    }
    v8::MaybeLocal<v8::Value> Result(v8::Isolate* isolate) override { return work.Result(isolate); }
    Work work;
  };
  auto owned = std::make_unique<Owned>(std::move(work));
  if (!owned->work.Own()) return ThrowNoMemoryForData(isolate);
  StartWork(info, std::move(owned), copied);
}

}  // namespace nano::runtime
