// Boots apps and carries requests into them.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "runtime/boot/app_isolate_impl.h"
#include "runtime/js/values.h"

namespace nano::runtime {
namespace {

// What counts the calls of all apps that answer one client's request (the op makeTally), as this
// isolate sees it; undefined for that request itself. What counts in another process goes on from
// here for those that this one leads to.
v8::Local<v8::Value> TallyOf(v8::Isolate* isolate, const http::Exchange& exchange) {
  if (exchange.depth == 0) [[likely]] {
    return v8::Undefined(isolate);
  }
  auto store = std::static_pointer_cast<v8::BackingStore>(exchange.tally());
  if (store != nullptr) {
    return v8::Uint32Array::New(v8::SharedArrayBuffer::New(isolate, std::move(store)), 0, 1);
  }
  if (exchange.calls == 0) return v8::Undefined(isolate);
  const auto buffer = v8::SharedArrayBuffer::New(isolate, sizeof(uint32_t));
  *static_cast<uint32_t*>(buffer->Data()) = exchange.calls;
  return v8::Uint32Array::New(buffer, 0, 1);
}

// Below 0: the op serviceAim tells what the call is for.
int32_t DepthOf(const http::Exchange& exchange) {
  const auto depth = static_cast<int32_t>(exchange.depth);
  return exchange.aim == nullptr ? depth : -depth;
}

// The trace that the client's request is part of; undefined if there is none.
v8::Local<v8::Value> TraceOf(v8::Isolate* isolate, const http::RequestHead& head) {
  if (head.traceparent.empty()) [[likely]] {
    return v8::Undefined(isolate);
  }
  return OneByteString(isolate, head.traceparent);
}

// For what the app does with the request after that.
v8::Local<v8::Value> VisitorOf(v8::Isolate* isolate, VisitorPort& port, http::Exchange& exchange) {
  v8::Local<v8::String> text;
  if (!Utf8String(isolate, port.VisitorOf(&exchange)).ToLocal(&text)) return v8::Undefined(isolate);
  return text;
}

// Undefined for the many apps that have none.
v8::Local<v8::Value> KvNames(v8::Isolate* isolate, const std::vector<std::string>& names) {
  if (names.empty()) return v8::Undefined(isolate);
  std::vector<v8::Local<v8::Value>> list;
  for (const std::string& name : names) list.push_back(OneByteString(isolate, name));
  return v8::Array::New(isolate, list.data(), list.size());
}

}  // namespace

void AppIsolate::Impl::OnTurnFailed(const v8::TryCatch& caught) {
  if (state.stop.stopped()) {
    // A stopped isolate may be called again before it is thrown away; that is no news.
    if (!std::exchange(reported, true)) {
      cpu_limit.Settle();
      const Stop& stop = state.stop.stop();
      http::Exchange* const guilty =
          stop.exchange == 0 ? nullptr : state.exchanges.Find(stop.exchange);
      state.embedder.stops->OnStopped(stop, guilty);
    }
    // Its promises will never settle; whoever waits for an answer is told now.
    EndAll();
    return;
  }
  // Hooks catch what apps throw, so this is the runtime's own failure (or a stack overflow at its
  // edge). The request that caused it must not hang.
  state.embedder.log->Log(LogLevel::kError,
                          "internal error: " + Utf8Of(isolate, caught.Exception()), {});
}

void AppIsolate::Impl::EndAll() {
  if (recording) {
    recording.reset();
    std::exchange(recording_gone, nullptr)();
  }
  TakeAll([this](http::Exchange& exchange) { End(exchange); });
}

void AppIsolate::Impl::TakeAll(FunctionRef<void(http::Exchange&)> take) {
  state.calls.Clear();
  while (const uint32_t id = state.exchanges.First()) take(*state.exchanges.Take(id));
}

void AppIsolate::Impl::End(http::Exchange& exchange) {
  if (state.stop.stopped()) return state.embedder.stops->EndStopped(exchange, state.stop.stop());
  exchange.Fail();
}

v8::Local<v8::String> AppIsolate::Impl::MethodString(std::string_view method) {
  for (size_t i = 0; i < std::size(kMethods); ++i) {
    if (method != kMethods[i]) continue;
    if (methods[i].IsEmpty()) methods[i].Set(isolate, OneByteString(isolate, method));
    return methods[i].Get(isolate);
  }
  return OneByteString(isolate, method);
}

AppIsolate::AppIsolate(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<AppIsolate>> AppIsolate::Boot(const Options& options) {
  NANO_CHECK(CurrentPlatform() != nullptr);
  std::unique_ptr<AppIsolate> app(
      new AppIsolate(std::make_unique<Impl>(*options.image, options.embedder, options.limits)));
  Impl& self = *app->impl_;
  v8::Isolate* isolate = self.isolate;
  self.cpu_limit.SumIn(options.cpu_ticks);
  self.cpu_limit.ChargeTo([&exchanges = self.state.exchanges](uint32_t id, uint32_t ticks) {
    if (http::Exchange* const exchange = exchanges.Find(id)) exchange->cpu_ticks += ticks;
  });
  // Not watched: nothing of the app runs, and a stop would be a snapshot that does not boot.
  const CurrentIsolate current(isolate);
  const v8::HandleScope handles(isolate);
  const v8::Local<v8::Context> context = TRY(self.Restore());
  const v8::Context::Scope context_scope(context);

  const v8::TryCatch caught(isolate);
  std::vector<v8::Local<v8::Value>> pairs;
  pairs.reserve(2 * options.env.size());
  for (const auto& [name, value] : options.env) {
    for (const std::string* text : {&name, &value}) {
      v8::Local<v8::String> string;
      if (!Utf8String(isolate, *text).ToLocal(&string)) {
        return Error{"the variable '" + name + "' is too long for the engine", options.image->name,
                     ""};
      }
      pairs.push_back(string);
    }
    const auto& json = options.json_env;
    if (std::find(json.begin(), json.end(), name) == json.end()) continue;
    v8::Local<v8::Value> parsed;
    if (!v8::JSON::Parse(context, pairs.back().As<v8::String>()).ToLocal(&parsed)) {
      return Error{"the variable '" + name + "' is not JSON", options.image->name, ""};
    }
    pairs.back() = parsed;
  }
  const auto list = v8::Array::New(isolate, pairs.data(), pairs.size());
  std::vector<v8::Local<v8::Value>> names;
  for (const std::string& name : options.services) names.push_back(OneByteString(isolate, name));
  const auto services = v8::Array::New(isolate, names.data(), names.size());
  if (self.hooks
          .Call(Hook::kSetEnv, context, list.As<v8::Value>(), services.As<v8::Value>(),
                OneByteString(isolate, options.assets).As<v8::Value>(),
                KvNames(isolate, options.kv))
          .IsEmpty() ||
      self.hooks.Call(Hook::kResume, context).IsEmpty()) {
    return Error{"the app could not be resumed: " + Utf8Of(isolate, caught.Exception()),
                 options.image->name, ""};
  }
  FinishTurn(context);
  return app;
}

AppIsolate::~AppIsolate() {
  const CurrentIsolate current(impl_->isolate);
  impl_->EndAll();
}

bool AppIsolate::Load() {
  bool begun = false;
  impl_->Enter([&](v8::Local<v8::Context> context) {
    v8::Local<v8::Value> loads;
    begun = impl_->hooks.Call(Hook::kLoadApp, context).ToLocal(&loads) && loads->IsTrue();
  });
  return begun;
}

void AppIsolate::Dispatch(http::Exchange& exchange, const http::RequestHead& head) {
  const std::string_view url = impl_->urls.Build(head.scheme, head.authority, head.target);
  if (url.empty()) {
    exchange.Respond({.status = 400, .status_text = {}, .headers = "content-type: text/plain\r\n"},
                     "The request's target is not a valid URL.\n");
    return;
  }
  Impl& self = *impl_;
  const uint32_t id = self.state.stop.stopped() ? 0 : self.state.exchanges.Add(&exchange);
  if (id == 0) return self.End(exchange);
  exchange.handle = id;
  bool entered = false;
  self.Enter([&](v8::Local<v8::Context> context) {
    v8::Isolate* isolate = self.isolate;
    entered = !self.hooks
                   .Call(Hook::kDispatch, context,
                         v8::Integer::NewFromUnsigned(isolate, id).As<v8::Value>(),
                         self.MethodString(head.method).As<v8::Value>(),
                         OneByteString(isolate, url).As<v8::Value>(),
                         OneByteString(isolate, head.headers).As<v8::Value>(),
                         v8::Boolean::New(isolate, head.has_body).As<v8::Value>(),
                         v8::Integer::New(isolate, DepthOf(exchange)).As<v8::Value>(),
                         TallyOf(isolate, exchange), TraceOf(isolate, head))
                   .IsEmpty();
  });
  if (!entered) [[unlikely]] {
    if (http::Exchange* failed = self.state.exchanges.Take(id)) self.End(*failed);
  }
}

void AppIsolate::OnBody(http::Exchange& exchange, std::string_view part, bool last) {
  OutgoingCalls& calls = impl_->state.calls;
  if (OutgoingCall* call = calls.UploadOf(exchange.handle)) [[unlikely]] {
    if (last) calls.UnbindUpload(*call);
    return call->OnUpload(part, last);
  }
  impl_->Enter([&](v8::Local<v8::Context> context) {
    v8::Isolate* isolate = impl_->isolate;
    v8::Local<v8::ArrayBuffer> buffer;
    if (!v8::ArrayBuffer::MaybeNew(isolate, part.size(),
                                   v8::BackingStoreInitializationMode::kUninitialized)
             .ToLocal(&buffer)) {
      return OnBodyError(exchange, "there is no memory left for the request's body");
    }
    if (!part.empty()) std::memcpy(buffer->Data(), part.data(), part.size());
    (void)impl_->hooks.Call(Hook::kBodyPart, context,
                            v8::Integer::NewFromUnsigned(isolate, exchange.handle).As<v8::Value>(),
                            buffer.As<v8::Value>(),
                            v8::Boolean::New(isolate, last).As<v8::Value>());
  });
}

void AppIsolate::OnBodyError(http::Exchange& exchange, std::string_view reason) {
  OutgoingCalls& calls = impl_->state.calls;
  if (OutgoingCall* call = calls.UploadOf(exchange.handle)) [[unlikely]] {
    calls.UnbindUpload(*call);
    call->OnUploadFailed(reason);
  }
  impl_->Enter([&](v8::Local<v8::Context> context) {
    v8::Isolate* isolate = impl_->isolate;
    (void)impl_->hooks.Call(Hook::kBodyError, context,
                            v8::Integer::NewFromUnsigned(isolate, exchange.handle).As<v8::Value>(),
                            OneByteString(isolate, reason).As<v8::Value>());
  });
}

void AppIsolate::OnDrain(http::Exchange& exchange) {
  if (OutgoingCall* call = impl_->state.calls.DownloadOf(exchange.handle)) {
    return call->OnForwardDrained();
  }
  impl_->Enter([&](v8::Local<v8::Context> context) {
    (void)impl_->hooks.Call(
        Hook::kDrained, context,
        v8::Integer::NewFromUnsigned(impl_->isolate, exchange.handle).As<v8::Value>());
  });
}

void AppIsolate::OnAborted(http::Exchange& exchange) {
  impl_->Abort(exchange.handle,
               exchange.refusal == nullptr ? AbortCause::kGone : AbortCause::kEnded);
}

http::Exchange* AppIsolate::Expire(uint32_t handle, AbortCause cause) {
  return impl_->Abort(handle, cause);
}

http::Exchange* AppIsolate::Impl::Abort(uint32_t id, AbortCause cause) {
  // First the call whose response it gets, if there is one: it may have its request from there too,
  // whose end would be a failure of the response's. The app learns of it by the exchange.
  if (const OutgoingCall* call = state.calls.DownloadOf(id)) state.calls.Take(call->id);
  // From here on ops do not find the exchange any more, whatever the app still does with it.
  http::Exchange* const exchange = state.TakeExchange(id);
  if (exchange == nullptr) return nullptr;
  Enter([&](v8::Local<v8::Context> context) {
    (void)hooks.Call(Hook::kAborted, context,
                     v8::Integer::NewFromUnsigned(isolate, id).As<v8::Value>(),
                     v8::Integer::New(isolate, static_cast<int>(cause)).As<v8::Value>(),
                     OneByteString(isolate, state.embedder.log->NameOf(*exchange)).As<v8::Value>(),
                     VisitorOf(isolate, *state.embedder.visitors, *exchange));
  });
  return exchange;
}

void AppIsolate::EachExchange(FunctionRef<void(const http::Exchange&)> visit) const {
  impl_->state.exchanges.Each(visit);
}

size_t AppIsolate::requests() const { return impl_->state.exchanges.size(); }

http::Exchange* AppIsolate::Find(uint32_t handle) const {
  return impl_->state.exchanges.Find(handle);
}

void AppIsolate::TakeExchanges(FunctionRef<void(http::Exchange&)> take) {
  const CurrentIsolate current(impl_->isolate);
  impl_->TakeAll(take);
}

void AppIsolate::OnStored(uint32_t call, const Result<std::string_view>& answer) {
  impl_->Enter([&](v8::Local<v8::Context> context) {
    if (impl_->state.stores != nullptr) impl_->state.stores->Settle(context, call, answer);
  });
}

void AppIsolate::FireTimers() {
  impl_->Enter(
      [&](v8::Local<v8::Context> context) { (void)impl_->hooks.Call(Hook::kRunTasks, context); });
}

void AppIsolate::RunTasks() {
  impl_->Enter(
      [&](v8::Local<v8::Context>) { impl_->tasks->RunAll([this] { return !stopped(); }); });
  impl_->calls.DropCollected();
}

size_t AppIsolate::pending() const {
  return impl_->state.exchanges.size() + impl_->state.pending_promises;
}

bool AppIsolate::stopped() const { return impl_->state.stop.stopped(); }

}  // namespace nano::runtime
