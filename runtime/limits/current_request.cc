// Reads the record. See current_request.h.
#include "runtime/limits/current_request.h"

#include "runtime/js/strings.h"

namespace nano::runtime {
namespace {

constexpr uint32_t kSlot = 3;  // Of the isolate's data.

}  // namespace

void NameRequestsBy(v8::Isolate* isolate, RequestNames& names) { isolate->SetData(kSlot, &names); }

v8::MaybeLocal<v8::Object> CurrentRequest(v8::Isolate* isolate) {
  const v8::Local<v8::Data> current = isolate->GetContinuationPreservedEmbedderDataV2();
  if (!current->IsValue() || !current.As<v8::Value>()->IsObject()) return {};
  const auto object = current.As<v8::Value>().As<v8::Object>();
  // What withEnv() puts around it (runtime/web/app/platform). An own property: an app may have put
  // one of that name on Object.prototype.
  const v8::Local<v8::Context> context = object->GetCreationContextChecked(isolate);
  const v8::Local<v8::String> key = OneByteString(isolate, "exchange");
  if (!object->HasOwnProperty(context, key).FromMaybe(false)) return object;
  v8::Local<v8::Value> request;
  if (!object->Get(context, key).ToLocal(&request) || !request->IsObject()) return {};
  return request.As<v8::Object>();
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

std::string NameOf(v8::Isolate* isolate, v8::Local<v8::Object> request) {
  constexpr const char* kName = "requestId";
  std::string name = TextOf(isolate, request, kName);
  auto* const names = static_cast<RequestNames*>(isolate->GetData(kSlot));
  if (!name.empty() || names == nullptr) return name;
  name = names->NameOf(static_cast<uint32_t>(NumberOf(isolate, request, "id")));
  if (name.empty()) return name;
  // The record has the property: this sets what is there.
  (void)request
      ->Set(request->GetCreationContextChecked(isolate), OneByteString(isolate, kName),
            OneByteString(isolate, name))
      .IsNothing();
  return name;
}

void TellRequest(v8::Isolate* isolate, Stop& stop) {
  const v8::HandleScope handles(isolate);
  v8::Local<v8::Object> request;
  if (!CurrentRequest(isolate).ToLocal(&request)) return;
  stop.exchange = static_cast<uint32_t>(NumberOf(isolate, request, "id"));
  stop.request_id = NameOf(isolate, request);
  stop.traceparent = TextOf(isolate, request, "traceparent");
}

}  // namespace nano::runtime
