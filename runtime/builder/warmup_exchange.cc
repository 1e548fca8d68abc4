// Warm-up requests: from nano.yaml's words to a call of the app.
#include "runtime/builder/warmup_exchange.h"

#include <cstring>

#include "runtime/js/values.h"
#include "runtime/native/url/request_url.h"

namespace nano::runtime {
namespace {

// Values may hold characters beyond Latin-1 in nano.yaml; on the wire they would be UTF-8 bytes.
void AppendHeader(std::string& block, std::string_view name, std::string_view value) {
  for (const char c : name) block += static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
  block += '\n';
  block += value;
  block += '\n';
}

}  // namespace

void WarmupExchange::Start(v8::Local<v8::Context> context, uint32_t id) {
  id_ = id;
  std::string headers;
  AppendHeader(headers, "host", request_.authority);
  for (const auto& [name, value] : request_.headers) AppendHeader(headers, name, value);
  const std::string url = RequestUrl("http", request_.authority, request_.target);
  (void)hooks_.Call(
      Hook::kDispatch, context, v8::Integer::NewFromUnsigned(isolate_, id).As<v8::Value>(),
      OneByteString(isolate_, request_.method).As<v8::Value>(),
      OneByteString(isolate_, url).As<v8::Value>(),
      OneByteString(isolate_, headers).As<v8::Value>(),
      v8::Boolean::New(isolate_, !request_.body.empty()).As<v8::Value>(),
      v8::Integer::New(isolate_, 0).As<v8::Value>(), v8::Undefined(isolate_).As<v8::Value>());
}

void WarmupExchange::ReadBody(bool) {
  const v8::HandleScope handles(isolate_);
  const v8::Local<v8::ArrayBuffer> body = v8::ArrayBuffer::New(isolate_, request_.body.size());
  if (!request_.body.empty()) {
    std::memcpy(body->Data(), request_.body.data(), request_.body.size());
  }
  (void)hooks_.Call(Hook::kBodyPart, isolate_->GetCurrentContext(),
                    v8::Integer::NewFromUnsigned(isolate_, id_).As<v8::Value>(),
                    body.As<v8::Value>(), v8::True(isolate_).As<v8::Value>());
}

void WarmupExchange::Respond(const http::ResponseHead& head, std::string_view) {
  status_ = head.status;
  ended_ = true;
}

void WarmupExchange::StartBody(const http::ResponseHead& head, std::optional<uint64_t>) {
  status_ = head.status;
}

void WarmupExchange::Fail() {
  status_ = 0;
  ended_ = true;
}

}  // namespace nano::runtime
