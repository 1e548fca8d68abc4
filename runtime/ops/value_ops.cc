// Ops of calls between apps, for the lazy group "rpc": what a call is for, and values as bytes:
// what structured clone has, but for what cannot leave an isolate, in the place of which the group
// has other values. The bytes may be anything, as another app is their author: reading them runs no
// script but the group's, and fails by an exception. Thread: the isolate's.
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
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
         v8::Local<v8::Function> pass)
      : context_(context),
        plain_prototype_(plain_prototype),
        pass_(pass),
        serializer_(v8::Isolate::GetCurrent(), this) {}

  v8::ValueSerializer& serializer() { return serializer_; }

  void ThrowDataCloneError(v8::Local<v8::String> message) override { (void)Pass(message); }

  bool HasCustomHostObject(v8::Isolate* isolate) override { return true; }

  // Only objects that are no more than their properties are written as such.
  v8::Maybe<bool> IsHostObject(v8::Isolate* isolate, v8::Local<v8::Object> object) override {
    const v8::Local<v8::Value> prototype = object->GetPrototypeV2();
    return v8::Just(prototype != plain_prototype_ && !prototype->IsNull());
  }

  v8::Maybe<bool> WriteHostObject(v8::Isolate* isolate, v8::Local<v8::Object> object) override {
    v8::Local<v8::Value> passed;
    if (!Pass(object).ToLocal(&passed)) return v8::Nothing<bool>();
    return serializer_.WriteValue(context_, passed);
  }

 private:
  // Throws what the callback throws.
  v8::MaybeLocal<v8::Value> Pass(v8::Local<v8::Value> what) {
    return pass_->Call(context_, v8::Undefined(v8::Isolate::GetCurrent()), 1, &what);
  }

  const v8::Local<v8::Context> context_;
  const v8::Local<v8::Value> plain_prototype_;
  const v8::Local<v8::Function> pass_;
  v8::ValueSerializer serializer_;
};

class Reader final : public v8::ValueDeserializer::Delegate {
 public:
  Reader(v8::Local<v8::Context> context, v8::Local<v8::Function> revive, std::string_view bytes)
      : context_(context),
        revive_(revive),
        deserializer_(v8::Isolate::GetCurrent(), reinterpret_cast<const uint8_t*>(bytes.data()),
                      bytes.size(), this) {}

  v8::MaybeLocal<v8::Value> Read() {
    if (deserializer_.ReadHeader(context_).IsNothing()) return {};
    return deserializer_.ReadValue(context_);
  }

  v8::MaybeLocal<v8::Object> ReadHostObject(v8::Isolate* isolate) override {
    v8::Local<v8::Value> value;
    if (!deserializer_.ReadValue(context_).ToLocal(&value)) return {};
    // V8 lets no script run while it reads, for which nothing is half made here.
    const v8::Isolate::AllowJavascriptExecutionScope allowed(isolate);
    if (!revive_->Call(context_, v8::Undefined(isolate), 1, &value).ToLocal(&value)) return {};
    if (value->IsObject()) return value.As<v8::Object>();
    ThrowTypeError(isolate, "readValue's callback returns an object");
    return {};
  }

 private:
  const v8::Local<v8::Context> context_;
  const v8::Local<v8::Function> revive_;
  v8::ValueDeserializer deserializer_;
};

// writeValue(value, plainPrototype, pass)
void WriteValue(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  if (!info[2]->IsFunction()) return ThrowTypeError(isolate, "writeValue needs its callback");
  Writer writer(context, info[1], info[2].As<v8::Function>());
  v8::ValueSerializer& serializer = writer.serializer();
  serializer.WriteHeader();
  const bool written = !serializer.WriteValue(context, info[0]).IsNothing();
  const auto [data, size] = serializer.Release();
  const std::unique_ptr<uint8_t, void (*)(void*)> owned(data, std::free);
  if (!written) return;
  ReturnBytes(info, size,
              [bytes = data, count = size](char* out) { std::memcpy(out, bytes, count); });
}

// readValue(bytes, revive)
void ReadValue(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  // A copy of its own, which nothing that happens meanwhile can take away.
  const std::string bytes(BytesOf(info[0]));
  if (!info[1]->IsFunction()) return ThrowTypeError(isolate, "readValue needs its callback");
  Reader reader(context, info[1].As<v8::Function>(), bytes);
  v8::Local<v8::Value> value;
  if (reader.Read().ToLocal(&value)) info.GetReturnValue().Set(value);
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
