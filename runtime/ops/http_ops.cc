// Ops of requests and responses: they carry what the app answers to the exchange in flight.
// A number whose exchange has ended (the client went away, the response was sent) is passed over in
// silence: that is an everyday race, not an error.
#include "runtime/isolate/isolate_state.h"
#include "runtime/limits/current_request.h"
#include "runtime/limits/watch.h"
#include "runtime/ops/append_text.h"
#include "runtime/ops/charged_text.h"
#include "runtime/ops/op.h"

namespace nano::runtime {
namespace {

uint32_t IdOf(Arguments info) { return info[0].As<v8::Uint32>()->Value(); }

// The views of a ResponseHead whose text lies at the beginning of the scratch string.
struct HeadText {
  size_t status_text_length = 0;
  size_t headers_length = 0;
};

// arguments: id, status, statusText, headers
HeadText WriteHead(Arguments info, std::string& scratch) {
  v8::Isolate* isolate = info.GetIsolate();
  HeadText text;
  scratch.clear();
  text.status_text_length = AppendLatin1(isolate, info[2], scratch);
  text.headers_length = AppendLatin1(isolate, info[3], scratch);
  return text;
}

// Only once everything is in the scratch string: appending moves it.
http::ResponseHead HeadOf(Arguments info, const HeadText& text, const std::string& scratch) {
  const std::string_view all = scratch;
  return {.status = info[1].As<v8::Int32>()->Value(),
          .status_text = all.substr(0, text.status_text_length),
          .headers = all.substr(text.status_text_length, text.headers_length)};
}

// What the log calls a request, if anybody has asked, is kept beyond its end: what it has led to
// may be told of then.
void KeepName(v8::Isolate* isolate, uint32_t id) {
  v8::Local<v8::Object> request;
  if (!CurrentRequest(isolate).ToLocal(&request)) return;
  if (NumberOf(isolate, request, "id") == id) NameOf(isolate, request);
}

// Ops know nothing of an exchange from now on, of which `open` is what they have known; null: it
// had ended. Returns it.
http::Exchange* Take(v8::Isolate* isolate, const http::Exchange* open, uint32_t id) {
  if (open != nullptr && open->request_id != 0) [[unlikely]] {
    KeepName(isolate, id);
  }
  return IsolateState::Of(isolate).TakeExchange(id);
}

// The one that an op ends.
http::Exchange* End(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const uint32_t id = IdOf(info);
  return Take(isolate, IsolateState::Of(isolate).exchanges.Find(id), id);
}

void Respond(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  IsolateState& state = IsolateState::Of(isolate);
  const uint32_t id = IdOf(info);
  http::Exchange* exchange = state.exchanges.Find(id);
  if (exchange == nullptr) return;
  const ChargedText charged(state, info[4]);
  if (!charged.fits()) return;
  // The exchange may start the connection's next request before it returns.
  ScratchText borrowed(state);
  std::string& scratch = *borrowed;
  const HeadText text = WriteHead(info, scratch);
  const size_t head_length = scratch.size();
  std::string_view bytes;
  if (info[4]->IsString()) {
    AppendUtf8(isolate, info[4].As<v8::String>(), scratch);
    bytes = std::string_view(scratch).substr(head_length);
  } else {
    bytes = BytesOf(info[4]);
  }
  CountTurn();
  Take(isolate, exchange, id);
  exchange->Respond(HeadOf(info, text, scratch), bytes);
}

void StartBody(Arguments info) {
  IsolateState& state = IsolateState::Of(info.GetIsolate());
  http::Exchange* exchange = state.exchanges.Find(IdOf(info));
  if (exchange == nullptr) return;
  std::string scratch;
  const HeadText text = WriteHead(info, scratch);
  const double length = info[4].As<v8::Number>()->Value();
  exchange->streams = true;
  exchange->StartBody(HeadOf(info, text, scratch),
                      length < 0 ? std::nullopt : std::optional(static_cast<uint64_t>(length)));
}

void WriteBody(Arguments info) {
  http::Exchange* exchange = IsolateState::Of(info.GetIsolate()).exchanges.Find(IdOf(info));
  // Nobody takes more, and nobody will say that there is room again.
  if (exchange == nullptr) return info.GetReturnValue().Set(false);
  info.GetReturnValue().Set(exchange->WriteBody(BytesOf(info[1])));
}

void EndBody(Arguments info) {
  CountTurn();
  if (http::Exchange* const exchange = End(info)) exchange->EndBody();
}

void FailExchange(Arguments info) {
  if (http::Exchange* const exchange = End(info)) exchange->Fail();
}

void ReadBody(Arguments info) {
  http::Exchange* exchange = IsolateState::Of(info.GetIsolate()).exchanges.Find(IdOf(info));
  if (exchange != nullptr) exchange->ReadBody(info[1]->IsTrue());
}

void DeferJobs(Arguments info) {
  const IsolateState& state = IsolateState::Of(info.GetIsolate());
  if (state.jobs != nullptr) state.jobs->Defer(IdOf(info));
}

void CountPending(Arguments info) {
  IsolateState& state = IsolateState::Of(info.GetIsolate());
  if (info[0].As<v8::Int32>()->Value() > 0) {
    ++state.pending_promises;
  } else if (state.pending_promises > 0) {
    --state.pending_promises;
  }
}

void VisitorOf(Arguments info) {
  const IsolateState& state = IsolateState::Of(info.GetIsolate());
  v8::Local<v8::String> text;
  const std::string told = state.embedder.visitors->VisitorOf(state.exchanges.Find(IdOf(info)));
  if (Utf8String(info.GetIsolate(), told).ToLocal(&text)) info.GetReturnValue().Set(text);
}

constexpr Op kOps[] = {
    {"respond", Respond},     {"startBody", StartBody},       {"writeBody", WriteBody},
    {"endBody", EndBody},     {"failExchange", FailExchange}, {"readBody", ReadBody},
    {"deferJobs", DeferJobs}, {"countPending", CountPending}, {"visitorOf", VisitorOf},
};

}  // namespace

std::span<const Op> HttpOps() { return kOps; }

}  // namespace nano::runtime
