// Bytes in and out of the ops of crypto.subtle, and the way to another thread.
#include "runtime/ops/subtle_work.h"

#include <cstdlib>
#include <cstring>

#include "base/check.h"
#include "runtime/isolate/isolate_state.h"
#include "runtime/native/crypto/octets.h"

namespace nano::runtime {

WorkInput::WorkInput(v8::Local<v8::Value> source) {
  if (source->IsArrayBufferView()) {
    const auto view = source.As<v8::ArrayBufferView>();
    const auto contents = view->GetContents(v8::MemorySpan<uint8_t>(small_.data(), small_.size()));
    size_ = contents.size();
    in_place_ = contents.data() == small_.data();
    data_ = contents.data();
    return;
  }
  const std::string_view bytes = BytesOf(source);
  data_ = reinterpret_cast<const uint8_t*>(bytes.data());
  size_ = bytes.size();
}

WorkInput::WorkInput(WorkInput&& other) noexcept { *this = std::move(other); }

WorkInput& WorkInput::operator=(WorkInput&& other) noexcept {
  if (this == &other) return *this;
  Clear();
  data_ = other.data_;
  size_ = other.size_;
  in_place_ = other.in_place_;
  owned_ = std::exchange(other.owned_, false);
  if (in_place_) std::memcpy(small_.data(), other.small_.data(), size_);
  other.Clear();
  return *this;
}

WorkInput::~WorkInput() { Clear(); }

bool WorkInput::Own() {
  if (in_place_ || owned_ || size_ == 0) return true;
  if (size_ <= kMostInHeap) {
    std::memcpy(small_.data(), data_, size_);
    in_place_ = true;
    return true;
  }
  auto* copy = static_cast<uint8_t*>(std::malloc(size_));
  if (copy == nullptr) return false;
  std::memcpy(copy, data_, size_);
  data_ = copy;
  owned_ = true;
  return true;
}

void WorkInput::Clear() {
  if (in_place_) Cleanse(small_.data(), size_);
  if (owned_) {
    auto* copy = const_cast<uint8_t*>(data_);
    Cleanse(copy, size_);
    std::free(copy);
  }
  data_ = nullptr;
  size_ = 0;
  in_place_ = owned_ = false;
}

WorkOutput::~WorkOutput() {
  if (bytes_ != nullptr) Cleanse(bytes_.get(), size_);
}

void WorkOutput::Free::operator()(uint8_t* bytes) const { std::free(bytes); }

bool WorkOutput::Allocate(size_t size) {
  // An empty one is one all the same.
  bytes_.reset(static_cast<uint8_t*>(std::malloc(size == 0 ? 1 : size)));
  size_ = bytes_ == nullptr ? 0 : size;
  return bytes_ != nullptr;
}

void WorkOutput::Shrink(size_t size) {
  NANO_CHECK(size <= size_);
  Cleanse(bytes_.get() + size, size_ - size);
  size_ = size;
}

v8::Local<v8::ArrayBuffer> WorkOutput::ToArrayBuffer(v8::Isolate* isolate) {
  if (size_ == 0) return v8::ArrayBuffer::New(isolate, 0);
  // V8 frees them with the buffer, and counts them until then.
  std::unique_ptr<v8::BackingStore> store = v8::ArrayBuffer::NewBackingStore(
      bytes_.release(), size_, [](void* bytes, size_t, void*) { std::free(bytes); }, nullptr);
  size_ = 0;
  return v8::ArrayBuffer::New(isolate, std::move(store));
}

Hash HashArgument(v8::Local<v8::Value> number) {
  const uint32_t value = number.As<v8::Uint32>()->Value();
  NANO_CHECK(value <= static_cast<uint32_t>(Hash::kSha512));
  return static_cast<Hash>(value);
}

Cost CostOf(v8::Isolate* isolate, double microseconds) {
  // The way to another thread and back takes 20 to 40 µs of the processors' time, and longer if
  // they are busy.
  constexpr double kMostAtOnce = 100;
  constexpr double kMostInTurn = 500;
  constexpr double kLeast = 1;
  if (microseconds > kMostAtOnce) return Cost::kLarge;
  double& done = IsolateState::Of(isolate).inline_work;
  done += microseconds + kLeast;
  return done <= kMostInTurn ? Cost::kSmall : Cost::kLarge;
}

bool MayLeaveThread(v8::Isolate* isolate, size_t copied) {
  constexpr size_t kMostHeld = 64 << 20;
  const IsolateState& state = IsolateState::Of(isolate);
  if (state.phase != Phase::kServing) return false;
  const size_t held = state.jobs == nullptr ? 0 : state.jobs->held();
  return held == 0 || held + copied <= kMostHeld;
}

void StartWork(Arguments info, std::unique_ptr<BackgroundWork> work, size_t copied) {
  v8::Isolate* isolate = info.GetIsolate();
  auto& jobs = IsolateState::Of(isolate).jobs;
  if (jobs == nullptr) jobs = std::make_unique<PromiseJobs>(isolate);
  v8::Local<v8::Promise> promise;
  if (jobs->Start(isolate->GetCurrentContext(), std::move(work), copied).ToLocal(&promise)) {
    info.GetReturnValue().Set(promise);
  }
}

void ThrowNoMemoryForData(v8::Isolate* isolate) {
  ThrowRangeError(isolate, "There is no memory left for the operation's data.");
}

}  // namespace nano::runtime
