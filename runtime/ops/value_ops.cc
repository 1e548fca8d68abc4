// Ops of calls between apps, for the lazy group "rpc": what a call is for, and values as bytes:
// what structured clone has, but for what cannot leave an isolate. The bytes may be anything, as
// another app is their author: reading them runs no script, and fails by an exception. Thread: the
// isolate's.
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "runtime/isolate/isolate_state.h"
#include "runtime/js/bytes.h"
#include "runtime/js/values.h"
#include "runtime/ops/op.h"

namespace nano::runtime {
namespace {

class Writer final : public v8::ValueSerializer::Delegate {
 public:
  Writer(v8::Local<v8::Context> context, v8::Local<v8::Value> plain_prototype,
         v8::Local<v8::Function> refuse)
      : context_(context), plain_prototype_(plain_prototype), refuse_(refuse) {}

  void ThrowDataCloneError(v8::Local<v8::String> message) override { (void)Refuse(message); }

  bool HasCustomHostObject(v8::Isolate* isolate) override { return true; }

  // Only objects that are no more than their properties are written.
  v8::Maybe<bool> IsHostObject(v8::Isolate* isolate, v8::Local<v8::Object> object) override {
    const v8::Local<v8::Value> prototype = object->GetPrototypeV2();
    if (prototype == plain_prototype_ || prototype->IsNull() || object->IsNativeError()) {
      return v8::Just(false);
    }
    (void)Refuse(object);
    return v8::Nothing<bool>();
  }

 private:
  // Throws what the callback throws.
  v8::MaybeLocal<v8::Value> Refuse(v8::Local<v8::Value> what) {
    return refuse_->Call(context_, v8::Undefined(v8::Isolate::GetCurrent()), 1, &what);
  }

  const v8::Local<v8::Context> context_;
  const v8::Local<v8::Value> plain_prototype_;
  const v8::Local<v8::Function> refuse_;
};

// writeValue(value, plainPrototype, refuse)
void WriteValue(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  if (!info[2]->IsFunction()) return ThrowTypeError(isolate, "writeValue needs its callback");
  Writer writer(context, info[1], info[2].As<v8::Function>());
  v8::ValueSerializer serializer(isolate, &writer);
  serializer.WriteHeader();
  const bool written = !serializer.WriteValue(context, info[0]).IsNothing();
  const auto [data, size] = serializer.Release();
  const std::unique_ptr<uint8_t, void (*)(void*)> owned(data, std::free);
  if (!written) return;
  ReturnBytes(info, size,
              [bytes = data, count = size](char* out) { std::memcpy(out, bytes, count); });
}

// readValue(bytes)
void ReadValue(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  // A copy of its own, which nothing that happens meanwhile can take away.
  const std::string bytes(BytesOf(info[0]));
  v8::ValueDeserializer::Delegate none;
  v8::ValueDeserializer reader(isolate, reinterpret_cast<const uint8_t*>(bytes.data()),
                               bytes.size(), &none);
  v8::Local<v8::Value> value;
  if (reader.ReadHeader(context).IsNothing() || !reader.ReadValue(context).ToLocal(&value)) return;
  info.GetReturnValue().Set(value);
}

// What the call of this exchange is for: [entrypoint, props, method, scheduled]; undefined: the
// app's `fetch`.
void ServiceAim(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const http::Exchange* exchange =
      IsolateState::Of(isolate).exchanges.Find(info[0].As<v8::Uint32>()->Value());
  if (exchange == nullptr || exchange->aim == nullptr) return;
  std::vector<v8::Local<v8::Value>> texts;
  for (const std::string* text : {&exchange->aim->entrypoint, &exchange->aim->props,
                                  &exchange->aim->method, &exchange->aim->scheduled}) {
    v8::Local<v8::String> string;
    if (!Utf8String(isolate, *text).ToLocal(&string)) return;
    texts.push_back(string);
  }
  info.GetReturnValue().Set(v8::Array::New(isolate, texts.data(), texts.size()));
}

constexpr Op kOps[] = {
    {"serviceAim", ServiceAim},
    {"writeValue", WriteValue},
    {"readValue", ReadValue},
};

}  // namespace

std::span<const Op> ValueOps() { return kOps; }

}  // namespace nano::runtime
