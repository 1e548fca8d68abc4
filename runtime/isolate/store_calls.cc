// From an answer to the promise that waits for it. See store_calls.h for ownership and threads.
#include "runtime/isolate/store_calls.h"

#include <utility>

#include "runtime/isolate/isolate_state.h"
#include "runtime/js/values.h"

namespace nano::runtime {
namespace {

// What is shorter is of no account: it is gone in a moment.
constexpr size_t kLeastCharged = 4 * 1024;

v8::Local<v8::Value> ErrorOf(v8::Isolate* isolate, std::string_view message) {
  return v8::Exception::Error(Utf8String(isolate, message).ToLocalChecked());
}

}  // namespace

StoreCalls::~StoreCalls() {
  for (const auto& [call, waiting] : waiting_) Release(waiting.charged);
}

void StoreCalls::Release(size_t bytes) {
  const auto& account = IsolateState::Of(isolate_).account;
  if (bytes != 0 && account != nullptr) account->Release(bytes);
}

v8::MaybeLocal<v8::Promise> StoreCalls::Start(v8::Local<v8::Context> context, StoreKind kind,
                                              std::string message, ToValue to_value,
                                              uint32_t detail) {
  IsolateState& state = IsolateState::Of(isolate_);
  v8::Local<v8::Promise::Resolver> resolver;
  if (!v8::Promise::Resolver::New(context).ToLocal(&resolver)) return {};
  const size_t charged = message.size() < kLeastCharged ? 0 : message.size();
  if (charged != 0 && state.account != nullptr && !state.account->Take(charged)) {
    ThrowRangeError(isolate_, "There is not enough memory for the value.");
    return {};
  }
  const uint32_t call = ++last_call_;
  waiting_[call] = {v8::Global<v8::Promise::Resolver>(isolate_, resolver), to_value, detail,
                    charged};
  ++state.pending_promises;
  const ::nano::Result<void> started =
      state.embedder.store->StartStored(call, kind, std::move(message));
  if (!started.ok()) Settle(context, call, started.error());
  return resolver->GetPromise();
}

void StoreCalls::Settle(v8::Local<v8::Context> context, uint32_t call,
                        const ::nano::Result<std::string_view>& answer) {
  const auto entry = waiting_.extract(call);
  if (entry.empty()) return;
  const Waiting& waiting = entry.mapped();
  const v8::Local<v8::Promise::Resolver> resolver = waiting.resolver.Get(isolate_);
  --IsolateState::Of(isolate_).pending_promises;
  Release(waiting.charged);
  const v8::TryCatch caught(isolate_);
  if (!answer.ok()) {
    resolver->Reject(context, ErrorOf(isolate_, answer.error().message)).FromMaybe(false);
    return;
  }
  v8::Local<v8::Value> result;
  if (waiting.to_value(isolate_, *answer, waiting.detail).ToLocal(&result)) {
    resolver->Resolve(context, result).FromMaybe(false);
  } else if (!caught.HasTerminated()) {
    resolver->Reject(context, caught.Exception()).FromMaybe(false);
  }
}

}  // namespace nano::runtime
