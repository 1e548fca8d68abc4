// From the events of calls to the hooks, with the responses held weakly.
#include "runtime/boot/isolate_calls.h"

#include <cstring>
#include <memory>
#include <utility>

#include "runtime/isolate/call_reader.h"
#include "runtime/js/strings.h"
#include "runtime/limits/watch.h"
#include "runtime/ops/decode_utf8.h"
#include "runtime/watchdog.h"

namespace nano::runtime {
namespace {

v8::Local<v8::Value> Number(v8::Isolate* isolate, uint32_t number) {
  return v8::Integer::NewFromUnsigned(isolate, number);
}

v8::Local<v8::Value> Text(v8::Isolate* isolate, std::string_view utf8) {
  v8::Local<v8::String> text;
  return Utf8String(isolate, utf8).ToLocal(&text) ? text.As<v8::Value>()
                                                  : v8::String::Empty(isolate).As<v8::Value>();
}

// Undefined for what nearly all responses have: a string takes longer to make than to know.
v8::Local<v8::Value> StatusText(v8::Isolate* isolate, std::string_view text) {
  if (text == "OK") return v8::Undefined(isolate);
  return OneByteString(isolate, text).As<v8::Value>();
}

v8::MaybeLocal<v8::Value> BufferOf(v8::Isolate* isolate, std::string_view bytes) {
  v8::Local<v8::ArrayBuffer> buffer;
  if (!v8::ArrayBuffer::MaybeNew(isolate, bytes.size(),
                                 v8::BackingStoreInitializationMode::kUninitialized)
           .ToLocal(&buffer)) {
    return {};
  }
  if (!bytes.empty()) std::memcpy(buffer->Data(), bytes.data(), bytes.size());
  return buffer.As<v8::Value>();
}

// Without the byte order mark.
v8::MaybeLocal<v8::Value> TextOf(v8::Isolate* isolate, std::string_view bytes) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  const v8::TryCatch no_room(isolate);
  v8::Local<v8::String> text;
  if (!DecodeUtf8(isolate, bytes, /*fatal=*/false).ToLocal(&text)) return {};
  return text.As<v8::Value>();
}

}  // namespace

// Watches the object that stands for a response's body. The memory that is parked for it counts as
// the isolate's, so that the collector comes to look for it.
class IsolateCalls::Held final : public OutgoingCall::Companion {
 public:
  Held(IsolateCalls& calls, uint32_t id, v8::Isolate* isolate, v8::Global<v8::Object> body)
      : calls_(calls), id_(id), isolate_(isolate), body_(std::move(body)) {
    isolate_->AdjustAmountOfExternalAllocatedMemory(kParked);
    body_.SetWeak(
        this,
        [](const v8::WeakCallbackInfo<Held>& info) {
          // In the middle of a collection: no more than a note, and a request to be called.
          Held& self = *info.GetParameter();
          self.body_.Reset();
          self.calls_.collected_.push_back(self.id_);
          self.calls_.state_.embedder.wake->Wake();
        },
        v8::WeakCallbackType::kParameter);
  }
  ~Held() override { isolate_->AdjustAmountOfExternalAllocatedMemory(-kParked); }

 private:
  static constexpr int64_t kParked = 64 * 1024;  // On the average; at most 256 KiB.

  IsolateCalls& calls_;
  const uint32_t id_;
  v8::Isolate* const isolate_;
  v8::Global<v8::Object> body_;
};

// What a call keeps of a body that is to be whole counts as a buffer of the isolate's does.
class IsolateCalls::Kept final : public OutgoingCall::Companion {
 public:
  explicit Kept(std::shared_ptr<BufferPages::Account> account) : account_(std::move(account)) {}
  ~Kept() override { account_->Release(bytes_); }

  bool Take(size_t bytes) {
    if (!account_->Take(bytes)) return false;
    bytes_ += bytes;
    return true;
  }
  void Grow(size_t bytes) {
    account_->Grow(bytes);
    bytes_ += bytes;
  }

 private:
  const std::shared_ptr<BufferPages::Account> account_;
  size_t bytes_ = 0;
};

IsolateCalls::IsolateCalls(IsolateState& state, const Hooks& hooks, Enter enter)
    : state_(state), hooks_(hooks), enter_(std::move(enter)) {
  state_.calls.listener = this;
}

void IsolateCalls::OnHead(OutgoingCall& call, const http::CallResponse& response) {
  const uint32_t id = call.id;
  // Nothing more comes, and nobody asks for it; the app takes it for ended, too.
  const bool empty = !response.has_body || response.length == 0;
  const auto ended = empty ? state_.calls.Take(id) : nullptr;
  v8::Isolate* isolate = nullptr;
  v8::Global<v8::Object> body;
  enter_([&](v8::Local<v8::Context> context) {
    isolate = v8::Isolate::GetCurrent();
    v8::Local<v8::String> headers;
    if (!NewOneByte(isolate, response.headers).ToLocal(&headers)) return;
    v8::Local<v8::Value> holder;
    if (hooks_
            .Call(Hook::kCallHead, context, Number(isolate, id),
                  v8::Integer::New(isolate, response.status).As<v8::Value>(),
                  StatusText(isolate, response.status_text), headers.As<v8::Value>(),
                  v8::Boolean::New(isolate, !empty).As<v8::Value>(),
                  v8::Boolean::New(isolate, response.coded).As<v8::Value>())
            .ToLocal(&holder) &&
        holder->IsObject()) {
      body.Reset(isolate, holder.As<v8::Object>());
    }
  });
  // The app has had its turn with the response. Mostly it has asked for all of it.
  OutgoingCall* const alive = body.IsEmpty() ? nullptr : state_.calls.Find(id);
  if (alive == nullptr || alive->runs_by_itself()) return;
  alive->companion = std::make_unique<Held>(*this, id, isolate, std::move(body));
}

void IsolateCalls::OnBody(OutgoingCall& call, std::string_view part, bool last) {
  const uint32_t id = call.id;
  const bool text = call.amount() == OutgoingCall::Amount::kText;
  const auto ended = last ? state_.calls.Take(id) : nullptr;
  const auto to_value = [&] {
    v8::Isolate* isolate = v8::Isolate::GetCurrent();
    return text ? TextOf(isolate, part) : BufferOf(isolate, part);
  };
  IsolateState::BodyAnswer* const answer = state_.body_answer;
  if (last && answer != nullptr && answer->call == id && to_value().ToLocal(&answer->body)) return;
  enter_([&](v8::Local<v8::Context> context) {
    v8::Isolate* isolate = v8::Isolate::GetCurrent();
    v8::Local<v8::Value> value;
    if (!to_value().ToLocal(&value)) {
      const auto dropped = state_.calls.Take(id);
      (void)hooks_.Call(Hook::kCallFailed, context, Number(isolate, id),
                        Text(isolate, "ERR_BODY_TOO_LARGE"),
                        Text(isolate, "there is no memory left for the response's body"));
      return;
    }
    (void)hooks_.Call(Hook::kCallBody, context, Number(isolate, id), value,
                      v8::Boolean::New(isolate, last).As<v8::Value>());
  });
}

bool IsolateCalls::OnKept(OutgoingCall& call, size_t bytes) {
  if (state_.account == nullptr) return true;
  if (call.kept == nullptr) call.kept = std::make_unique<Kept>(state_.account);
  auto& kept = static_cast<Kept&>(*call.kept);
  if (kept.Take(bytes)) return true;
  // An isolate that is stopped ends its calls before this returns, or when its turn does.
  const uint32_t id = call.id;
  enter_([&](v8::Local<v8::Context>) { kept.Grow(bytes); });
  return !state_.stop.stopped() && state_.calls.Find(id) == &call;
}

bool IsolateCalls::OnDecoded(OutgoingCall& call, uint64_t nanoseconds) {
  // What a turn takes is counted by its ticks.
  if (call.reader == nullptr || current_turn.inside.load(std::memory_order_relaxed) != nullptr) {
    return true;
  }
  constexpr uint64_t kTickNs = uint64_t{kTickMs} * 1'000'000;
  decoding_ns_ += nanoseconds;
  if (decoding_ns_ < kTickNs) return true;
  const auto ticks = static_cast<uint32_t>(decoding_ns_ / kTickNs);
  decoding_ns_ %= kTickNs;
  const uint32_t id = call.id;
  enter_([&](v8::Local<v8::Context>) {
    v8::Isolate* isolate = v8::Isolate::GetCurrent();
    isolate->SetContinuationPreservedEmbedderDataV2(
        static_cast<CallReader&>(*call.reader).request(isolate));
    current_turn.inside.load(std::memory_order_relaxed)->Charge(ticks);
  });
  return !state_.stop.stopped() && state_.calls.Find(id) == &call;
}

void IsolateCalls::OnFailed(OutgoingCall& call, const http::Failure& failure) {
  const uint32_t id = call.id;
  const auto ended = state_.calls.Take(id);
  enter_([&](v8::Local<v8::Context> context) {
    v8::Isolate* isolate = v8::Isolate::GetCurrent();
    (void)hooks_.Call(Hook::kCallFailed, context, Number(isolate, id), Text(isolate, failure.code),
                      Text(isolate, failure.message));
  });
}

void IsolateCalls::OnDrained(OutgoingCall& call) {
  const uint32_t id = call.id;
  enter_([&](v8::Local<v8::Context> context) {
    (void)hooks_.Call(Hook::kCallDrained, context, Number(v8::Isolate::GetCurrent(), id));
  });
}

void IsolateCalls::OnForwarded(OutgoingCall& call, const http::Failure* failure) {
  const uint32_t id = call.id;
  const uint32_t number = call.download_exchange;
  const auto ended = state_.calls.Take(id);
  enter_([&](v8::Local<v8::Context> context) {
    v8::Isolate* isolate = v8::Isolate::GetCurrent();
    (void)hooks_.Call(Hook::kForwarded, context, Number(isolate, id), Number(isolate, number),
                      Text(isolate, failure == nullptr ? "" : failure->code),
                      Text(isolate, failure == nullptr ? "" : failure->message));
  });
  // Last, since that is the end of what the request has here.
  http::Exchange* const exchange = state_.TakeExchange(number);
  if (exchange == nullptr) return;
  if (failure == nullptr) {
    exchange->EndBody();
  } else {
    exchange->Fail();
  }
}

void IsolateCalls::DropCollected() {
  for (const uint32_t id : std::exchange(collected_, {})) {
    OutgoingCall* const call = state_.calls.Find(id);
    if (call == nullptr) continue;
    // For the stream that is still sent with it, and the signal that could abort it.
    OnFailed(*call, {http::FailureKind::kLimit, "ERR_RESPONSE_DROPPED",
                     "the response was dropped unread"});
  }
}

}  // namespace nano::runtime
