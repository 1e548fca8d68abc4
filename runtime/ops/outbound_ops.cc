// Ops of calls that leave the isolate: started through the embedder's OutboundPort, known to JS by
// their numbers. A number whose call has ended is passed over in silence, as those of exchanges
// are. Thread: the isolate's.
#include "runtime/isolate/call_reader.h"
#include "runtime/limits/current_request.h"
#include "runtime/ops/append_text.h"
#include "runtime/ops/charged_text.h"
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
    // A web URL's path begins with a slash, and nothing before it has one.
    const size_t end = std::min(url.find('/'), url.size());
    authority = url.substr(0, end);
    const size_t at = authority.rfind('@');
    if (at != std::string_view::npos) authority.remove_prefix(at + 1);
    target = url.substr(end);
    target = target.substr(0, target.find('#'));
    if (target.empty()) target = "/";
  }

  std::string_view scheme, authority, target;
};

// Consecutive parts of a text, by their lengths.
class Parts {
 public:
  explicit Parts(std::string_view text) : rest_(text) {}
  std::string_view Next(size_t length) {
    const std::string_view part = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return part;
  }

 private:
  std::string_view rest_;
};

// [entrypoint, props, method], all of them texts.
std::shared_ptr<const http::ServiceAim> AimOf(v8::Local<v8::Array> list) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  std::string texts[3];
  for (uint32_t i = 0; i < 3; ++i) {
    v8::Local<v8::Value> text;
    if (!list->Get(isolate->GetCurrentContext(), i).ToLocal(&text)) return nullptr;
    texts[i] = Utf8Of(isolate, text);
  }
  return std::make_shared<const http::ServiceAim>(
      http::ServiceAim{std::move(texts[0]), std::move(texts[1]), std::move(texts[2])});
}

// A number that several isolates of the process count on, in a buffer that they share.
void MakeTally(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const auto buffer = v8::SharedArrayBuffer::New(isolate, sizeof(uint32_t));
  const auto tally = v8::Uint32Array::New(buffer, 0, 1);
  *static_cast<uint32_t*>(buffer->Data()) = info[0].As<v8::Uint32>()->Value();
  info.GetReturnValue().Set(tally);
}

// startCall(service, method, url, host, headers, kind, body, depth, tally, aim?, cf?)
void StartCall(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  IsolateState& state = IsolateState::Of(isolate);
  const ChargedText charged(state, info[6]);
  if (!charged.fits()) return;
  ScratchText scratch(state);
  std::string& text = *scratch;
  const size_t service = AppendUtf8(isolate, info[0].As<v8::String>(), text);
  const size_t method = AppendLatin1(isolate, info[1], text);
  const size_t url = AppendLatin1(isolate, info[2], text);
  const size_t host = AppendLatin1(isolate, info[3], text);
  const size_t headers = AppendLatin1(isolate, info[4], text);
  const size_t body = info[6]->IsString() ? AppendUtf8(isolate, info[6].As<v8::String>(), text) : 0;
  Parts parts(text);
  const std::string_view service_name = parts.Next(service);
  http::CallRequest request{.method = parts.Next(method)};
  const UrlParts url_parts(parts.Next(url));
  request.scheme = url_parts.scheme;
  request.authority = url_parts.authority;
  request.target = url_parts.target;
  request.host = parts.Next(host);
  request.headers = parts.Next(headers);
  // Of who is called it is the same request; strangers have nothing to do with its name.
  std::string request_id;
  if (v8::Local<v8::Object> current;
      !service_name.empty() && CurrentRequest(isolate).ToLocal(&current)) {
    request_id = NameOf(isolate, current);
    request.request_id = request_id;
  }
  request.depth = info[7].As<v8::Uint32>()->Value();
  if (info[8]->IsUint32Array()) {
    const v8::Local<v8::Value> buffer = info[8].As<v8::Uint32Array>()->Buffer();
    auto store = buffer.As<v8::SharedArrayBuffer>()->GetBackingStore();
    request.calls = *static_cast<const uint32_t*>(store->Data());
    request.tally = std::move(store);
  }
  if (info[9]->IsArray()) request.aim = AimOf(info[9].As<v8::Array>());
  std::string cf;
  if (info[10]->IsString()) {
    cf = Utf8Of(isolate, info[10]);
    request.cf = cf;
  }
  using Kind = http::CallRequest::Body;
  const auto kind = static_cast<CallBody>(info[5].As<v8::Uint32>()->Value());
  http::Exchange* upload = nullptr;
  uint32_t exchange = 0;
  switch (kind) {
    case CallBody::kNone:
      break;
    case CallBody::kWhole:
      request.body_kind = Kind::kWhole;
      request.body = info[6]->IsString() ? parts.Next(body) : BytesOf(info[6]);
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
  const Result<void> started = call->Start(*state.embedder.outbound, service_name, request);
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
  OutgoingCall* call = CallOf(info);
  if (call == nullptr) return;
  IsolateState& state = IsolateState::Of(info.GetIsolate());
  IsolateState::BodyAnswer answer{call->id, {}};
  IsolateState::BodyAnswer* const outer = std::exchange(state.body_answer, &answer);
  if (call->decodes() && call->reader == nullptr) {
    call->reader = std::make_unique<CallReader>(info.GetIsolate());
  }
  call->Read(static_cast<Amount>(info[1].As<v8::Uint32>()->Value()));
  state.body_answer = outer;
  if (!answer.body.IsEmpty()) info.GetReturnValue().Set(answer.body);
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

// findKept(cache, url, headers): [status, statusText, headers, body]
void FindKept(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  IsolateState& state = IsolateState::Of(isolate);
  ScratchText scratch(state);
  std::string& text = *scratch;
  const size_t cache = AppendUtf8(isolate, info[0].As<v8::String>(), text);
  const size_t url = AppendLatin1(isolate, info[1], text);
  const size_t fields = AppendLatin1(isolate, info[2], text);
  Parts parts(text);
  const std::string_view name = parts.Next(cache);
  const std::string_view key = parts.Next(url);
  const auto kept = state.embedder.outbound->FindKept(name, key, parts.Next(fields));
  if (!kept) return;
  v8::Local<v8::String> headers;
  if (!NewOneByte(isolate, kept->fields).ToLocal(&headers)) return;
  v8::Local<v8::Value> body = v8::Null(isolate);
  if (kept->has_body) {
    v8::Local<v8::ArrayBuffer> buffer;
    // There is no room for it here; a call may say so.
    if (!v8::ArrayBuffer::MaybeNew(isolate, kept->body.size(),
                                   v8::BackingStoreInitializationMode::kUninitialized)
             .ToLocal(&buffer)) {
      return;
    }
    if (!kept->body.empty()) std::memcpy(buffer->Data(), kept->body.data(), kept->body.size());
    body = v8::Uint8Array::New(buffer, 0, kept->body.size());
  }
  v8::Local<v8::Value> items[] = {v8::Integer::New(isolate, kept->status),
                                  OneByteString(isolate, kept->status_text), headers, body};
  info.GetReturnValue().Set(v8::Array::New(isolate, items, std::size(items)));
}

void IsTraced(Arguments info) {
  info.GetReturnValue().Set(IsolateState::Of(info.GetIsolate()).embedder.outbound->traced());
}

constexpr Op kOps[] = {
    {"startCall", StartCall},   {"writeCall", WriteCall}, {"endCall", EndCall},
    {"decodeCall", DecodeCall}, {"readCall", ReadCall},   {"forwardCall", ForwardCall},
    {"dropCall", DropCall},     {"makeTally", MakeTally}, {"isTraced", IsTraced},
    {"findKept", FindKept},
};

}  // namespace

std::span<const Op> OutboundOps() { return kOps; }

}  // namespace nano::runtime
