// Ops of calls that leave the isolate: started through the embedder's OutboundPort, known to JS by
// their numbers. A number whose call has ended is passed over in silence, as those of exchanges
// are. Thread: the isolate's.
#include "runtime/isolate/isolate_state.h"
#include "runtime/ops/append_text.h"
#include "runtime/ops/op.h"

namespace nano::runtime {
namespace {

// As runtime/web/host/ops.ts numbers them.
enum class CallBody { kNone = 0, kWhole = 1, kStream = 2, kExchange = 3 };

OutgoingCall* CallOf(Arguments info) {
  return IsolateState::Of(info.GetIsolate()).calls.Find(info[0].As<v8::Uint32>()->Value());
}

void ReturnText(Arguments info, std::string_view text) {
  v8::Local<v8::String> string;
  if (Utf8String(info.GetIsolate(), text).ToLocal(&string)) info.GetReturnValue().Set(string);
}

// The parts of a serialised URL that a request is made of.
struct UrlParts {
  explicit UrlParts(std::string_view url) {
    const size_t colon = url.find(':');
    scheme = url.substr(0, colon);
    url.remove_prefix(std::min(colon + 3, url.size()));
    const size_t end = std::min(url.find_first_of("/?#"), url.size());
    authority = url.substr(0, end);
    const size_t at = authority.rfind('@');
    if (at != std::string_view::npos) authority.remove_prefix(at + 1);
    target = url.substr(end);
    target = target.substr(0, target.find('#'));
    if (target.empty()) target = "/";
  }

  std::string_view scheme, authority, target;
};

// startCall(service, method, url, host, headers, kind, body, depth)
void StartCall(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  IsolateState& state = IsolateState::Of(isolate);
  const std::string service = Utf8Of(isolate, info[0]);
  std::string method, url, host, headers, text;
  AppendLatin1(isolate, info[1], method);
  AppendLatin1(isolate, info[2], url);
  AppendLatin1(isolate, info[3], host);
  AppendLatin1(isolate, info[4], headers);
  const UrlParts parts(url);
  http::CallRequest request{.scheme = parts.scheme,
                            .authority = parts.authority,
                            .host = host,
                            .method = method,
                            .target = parts.target,
                            .headers = headers,
                            .depth = info[7].As<v8::Uint32>()->Value()};
  using Kind = http::CallRequest::Body;
  const auto kind = static_cast<CallBody>(info[5].As<v8::Uint32>()->Value());
  http::Exchange* upload = nullptr;
  uint32_t exchange = 0;
  switch (kind) {
    case CallBody::kNone:
      break;
    case CallBody::kWhole:
      request.body_kind = Kind::kWhole;
      if (info[6]->IsString()) {
        AppendUtf8(isolate, info[6].As<v8::String>(), text);
        request.body = text;
      } else {
        request.body = BytesOf(info[6]);
      }
      break;
    case CallBody::kStream:
      request.body_kind = Kind::kStream;
      break;
    case CallBody::kExchange:
      exchange = info[6].As<v8::Uint32>()->Value();
      upload = state.exchanges.Find(exchange);
      if (upload == nullptr) return ReturnText(info, "the request whose body it is has ended");
      request.body_kind = Kind::kStream;
      request.length = upload->body_length();
      break;
  }
  OutgoingCall* const call = state.calls.Add();
  if (call == nullptr) return ReturnText(info, "the app has 65,536 calls in flight");
  const Result<void> started = call->Start(*state.embedder.outbound, service, request);
  if (!started.ok()) {
    state.calls.Take(call->id);
    return ReturnText(info, started.error().message);
  }
  info.GetReturnValue().Set(call->id);
  if (upload == nullptr) return;
  state.calls.BindUpload(*call, exchange);
  call->Upload(*upload);
}

void WriteCall(Arguments info) {
  OutgoingCall* call = CallOf(info);
  // Nobody takes more, and nobody will say that there is room again.
  if (call == nullptr) return info.GetReturnValue().Set(false);
  if (info.Length() < 2) return info.GetReturnValue().Set(call->Ready());
  info.GetReturnValue().Set(call->Write(BytesOf(info[1])));
}

void EndCall(Arguments info) {
  if (OutgoingCall* call = CallOf(info)) call->EndRequest();
}

void DecodeCall(Arguments info) {
  OutgoingCall* call = CallOf(info);
  if (call == nullptr) return;
  const Result<void> decoded = call->Decode(Utf8Of(info.GetIsolate(), info[1]));
  if (!decoded.ok()) ReturnText(info, decoded.error().message);
}

void ReadCall(Arguments info) {
  using Amount = OutgoingCall::Amount;
  if (OutgoingCall* call = CallOf(info)) {
    call->Read(static_cast<Amount>(info[1].As<v8::Uint32>()->Value()));
  }
}

// forwardCall(id, exchange, status, statusText, headers)
void ForwardCall(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  IsolateState& state = IsolateState::Of(isolate);
  const uint32_t id = info[1].As<v8::Uint32>()->Value();
  OutgoingCall* call = CallOf(info);
  http::Exchange* exchange = state.exchanges.Find(id);
  if (call == nullptr || exchange == nullptr) return;
  std::string status_text, headers;
  AppendLatin1(isolate, info[3], status_text);
  AppendLatin1(isolate, info[4], headers);
  state.calls.BindDownload(*call, id);
  exchange->streams = true;
  exchange->StartBody(
      {.status = info[2].As<v8::Int32>()->Value(), .status_text = status_text, .headers = headers},
      call->length());
  // The client may be found to be gone.
  call = CallOf(info);
  if (call != nullptr && state.exchanges.Find(id) == exchange) call->Forward(*exchange);
}

void DropCall(Arguments info) {
  IsolateState::Of(info.GetIsolate()).calls.Take(info[0].As<v8::Uint32>()->Value());
}

void SubrequestLimit(Arguments info) {
  info.GetReturnValue().Set(IsolateState::Of(info.GetIsolate()).embedder.outbound->subrequests());
}

constexpr Op kOps[] = {
    {"startCall", StartCall}, {"writeCall", WriteCall},
    {"endCall", EndCall},     {"decodeCall", DecodeCall},
    {"readCall", ReadCall},   {"forwardCall", ForwardCall},
    {"dropCall", DropCall},   {"subrequestLimit", SubrequestLimit},
};

}  // namespace

std::span<const Op> OutboundOps() { return kOps; }

}  // namespace nano::runtime
