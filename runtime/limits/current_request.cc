// Reads the record. See current_request.h.
#include "runtime/limits/current_request.h"

#include "runtime/js/strings.h"

namespace nano::runtime {

v8::MaybeLocal<v8::Object> CurrentRequest(v8::Isolate* isolate) {
  const v8::Local<v8::Data> current = isolate->GetContinuationPreservedEmbedderDataV2();
  if (!current->IsValue() || !current.As<v8::Value>()->IsObject()) return {};
  return current.As<v8::Value>().As<v8::Object>();
}

uint64_t NumberOf(v8::Isolate* isolate, v8::Local<v8::Object> request, const char* name) {
  const v8::Local<v8::Context> context = request->GetCreationContextChecked(isolate);
  v8::Local<v8::Value> value;
  if (!request->Get(context, OneByteString(isolate, name)).ToLocal(&value) || !value->IsNumber()) {
    return 0;
  }
  return static_cast<uint64_t>(value.As<v8::Number>()->Value());
}

uint32_t CurrentExchange(v8::Isolate* isolate) {
  const v8::HandleScope handles(isolate);
  v8::Local<v8::Object> request;
  if (!CurrentRequest(isolate).ToLocal(&request)) return 0;
  return static_cast<uint32_t>(NumberOf(isolate, request, "id"));
}

std::string TextOf(v8::Isolate* isolate, v8::Local<v8::Object> request, const char* name) {
  const v8::Local<v8::Context> context = request->GetCreationContextChecked(isolate);
  v8::Local<v8::Value> value;
  if (!request->Get(context, OneByteString(isolate, name)).ToLocal(&value) || !value->IsString()) {
    return {};
  }
  return Utf8Of(isolate, value);
}

void TellRequest(v8::Isolate* isolate, Stop& stop) {
  const v8::HandleScope handles(isolate);
  v8::Local<v8::Object> request;
  if (!CurrentRequest(isolate).ToLocal(&request)) return;
  stop.exchange = static_cast<uint32_t>(NumberOf(isolate, request, "id"));
  stop.request_id = TextOf(isolate, request, "requestId");
  stop.traceparent = TextOf(isolate, request, "traceparent");
}

}  // namespace nano::runtime
