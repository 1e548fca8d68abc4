// Ops of the embedder's log, of what the app may have at most, and of the isolate's life: its
// phase, and that a deferred app is loaded. Thread: the isolate's.
#include <limits>
#include <span>
#include <string>

#include "base/check.h"
#include "runtime/isolate/isolate_state.h"
#include "runtime/js/stack_text.h"
#include "runtime/js/values.h"
#include "runtime/limits/current_request.h"
#include "runtime/native/encoding/utf8_encoder.h"
#include "runtime/ops/op.h"

namespace nano::runtime {
namespace {

// Whose request led to what runs, as the log calls it. The name is kept in the request's record: it
// may be asked for when there is no exchange any more.
struct Origin {
  std::string request_id;
  std::string traceparent;

  operator LogOrigin() const { return {request_id, traceparent}; }  // NOLINT: a view of it
};

Origin CurrentOrigin(v8::Isolate* isolate) {
  v8::Local<v8::Object> request;
  if (!CurrentRequest(isolate).ToLocal(&request)) return {};
  return {NameOf(isolate, request), TextOf(isolate, request, "traceparent")};
}

void Log(Arguments info) {
  constexpr int kMostSevere = static_cast<int>(LogLevel::kError);
  v8::Isolate* isolate = info.GetIsolate();
  const int number = info[0].As<v8::Int32>()->Value();
  const auto level =
      static_cast<LogLevel>(number < 0 || number > kMostSevere ? kMostSevere : number);
  LogPort& port = *IsolateState::Of(isolate).embedder.log;
  const auto text = info[1].As<v8::String>();
  const auto length = static_cast<size_t>(text->Length());
  if (length <= LogPort::kLongest) {
    return port.Log(level, Utf8Of(isolate, text), CurrentOrigin(isolate));
  }
  // Not more of it than is needed, and wherever V8 has it: it may be in pieces.
  std::u16string units(LogPort::kLongest, 0);
  text->WriteV2(isolate, 0, LogPort::kLongest, reinterpret_cast<uint16_t*>(units.data()));
  if ((units.back() & 0xFC00) == 0xD800) units.pop_back();  // Half a character.
  std::string beginning(Utf8Length(std::span<const char16_t>(units)), 0);
  EncodeUtf8(std::span<const char16_t>(units), beginning.data());
  port.LogBeginning(level, beginning, length - units.size(), CurrentOrigin(isolate));
}

uint64_t LimitOf(const Limits& limits, Denial::Of of) {
  switch (of) {
    case Denial::Of::kTimer:
      return limits.timers;
    case Denial::Of::kSubrequest:
      return limits.subrequests;
  }
  NANO_CHECK(false);
}

void AppLimit(Arguments info) {
  const IsolateState& state = IsolateState::Of(info.GetIsolate());
  if (state.phase != Phase::kServing) return info.GetReturnValue().Set(0);
  const uint64_t limit =
      LimitOf(state.limits, static_cast<Denial::Of>(info[0].As<v8::Int32>()->Value()));
  info.GetReturnValue().Set(limit == 0 ? std::numeric_limits<double>::infinity()
                                       : static_cast<double>(limit));
}

void Denied(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  IsolateState& state = IsolateState::Of(isolate);
  const auto of = static_cast<Denial::Of>(info[0].As<v8::Int32>()->Value());
  const uint32_t exchange = CurrentExchange(isolate);
  state.embedder.stops->OnDenied({of, LimitOf(state.limits, of), CurrentStack(isolate)},
                                 exchange == 0 ? nullptr : state.exchanges.Find(exchange));
}

// Has the log's name of the request that is being answered kept beyond its end.
void NameRequest(Arguments info) { CurrentOrigin(info.GetIsolate()); }

void PhaseOf(Arguments info) {
  info.GetReturnValue().Set(static_cast<int>(IsolateState::Of(info.GetIsolate()).phase));
}

void Loaded(Arguments info) { IsolateState::Of(info.GetIsolate()).embedder.loading->Loaded(); }

void NotLoaded(Arguments info) {
  IsolateState::Of(info.GetIsolate()).embedder.loading->NotLoaded();
}

constexpr Op kOps[] = {
    {"log", Log},
    {"phase", PhaseOf},
    {"appLimit", AppLimit},
    {"denied", Denied},
    {"nameRequest", NameRequest},
    {"loaded", Loaded},
    {"notLoaded", NotLoaded},
};

}  // namespace

std::span<const Op> EmbedderOps() { return kOps; }

}  // namespace nano::runtime
