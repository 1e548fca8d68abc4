// The op behind structuredClone: V8's serialiser and deserialiser, in one realm, one after the
// other.
//
// What V8 cannot serialise by itself is set aside while writing and put back by its number while
// reading: clones of platform objects (made by the Web APIs), shared memory, compiled WebAssembly.
// Thread: the isolate's.
#include <cstdlib>
#include <memory>
#include <vector>

#include "runtime/ops/arguments.h"
#include "runtime/ops/op.h"

namespace nano::runtime {
namespace {

// What one call sets aside. Lives on the op's stack, within its handle scope. The lists are JS
// arrays, because V8 calls the delegates within handle scopes of its own.
struct Aside {
  v8::Local<v8::Context> context;
  v8::Local<v8::Value> plain_prototype;
  v8::Local<v8::Function> clone_host;
  v8::Local<v8::Function> data_clone_error;
  v8::Local<v8::Array> hosts;
  v8::Local<v8::Array> shared;
  std::vector<v8::CompiledWasmModule> modules{};

  // Appends a value and gives its number.
  v8::Maybe<uint32_t> Append(v8::Local<v8::Array> list, v8::Local<v8::Object> value) const {
    const uint32_t id = list->Length();
    if (list->CreateDataProperty(context, id, value).IsNothing()) return v8::Nothing<uint32_t>();
    return v8::Just(id);
  }
};

class Writer final : public v8::ValueSerializer::Delegate {
 public:
  explicit Writer(Aside& aside) : aside_(aside) {}

  void ThrowDataCloneError(v8::Local<v8::String> message) override {
    v8::Isolate* isolate = v8::Isolate::GetCurrent();
    v8::Local<v8::Value> argument = message;
    v8::Local<v8::Value> error;
    if (aside_.data_clone_error->Call(aside_.context, v8::Undefined(isolate), 1, &argument)
            .ToLocal(&error)) {
      isolate->ThrowException(error);
    }
  }

  bool HasCustomHostObject(v8::Isolate* isolate) override { return true; }

  v8::Maybe<bool> IsHostObject(v8::Isolate* isolate, v8::Local<v8::Object> object) override {
    // Object literals and the like are the bulk of what is cloned: they cost no call into JS.
    const v8::Local<v8::Value> prototype = object->GetPrototypeV2();
    if (prototype->IsNull() || prototype->StrictEquals(aside_.plain_prototype)) {
      return v8::Just(false);
    }
    v8::Local<v8::Value> argument = object;
    v8::Local<v8::Value> clone;
    if (!aside_.clone_host->Call(aside_.context, v8::Undefined(isolate), 1, &argument)
             .ToLocal(&clone)) {
      return v8::Nothing<bool>();
    }
    if (!clone->IsObject()) return v8::Just(false);
    if (!aside_.Append(aside_.hosts, clone.As<v8::Object>()).To(&last_host_)) {
      return v8::Nothing<bool>();
    }
    return v8::Just(true);
  }

  // Comes right after an IsHostObject() that said yes.
  v8::Maybe<bool> WriteHostObject(v8::Isolate* isolate, v8::Local<v8::Object> object) override {
    serializer->WriteUint32(last_host_);
    return v8::Just(true);
  }

  v8::Maybe<uint32_t> GetSharedArrayBufferId(v8::Isolate* isolate,
                                             v8::Local<v8::SharedArrayBuffer> buffer) override {
    for (uint32_t i = 0; i < aside_.shared->Length(); ++i) {
      v8::Local<v8::Value> known;
      if (!aside_.shared->Get(aside_.context, i).ToLocal(&known)) return v8::Nothing<uint32_t>();
      if (known->StrictEquals(buffer)) return v8::Just(i);
    }
    return aside_.Append(aside_.shared, buffer);
  }

  v8::Maybe<uint32_t> GetWasmModuleTransferId(v8::Isolate* isolate,
                                              v8::Local<v8::WasmModuleObject> module) override {
    aside_.modules.push_back(module->GetCompiledModule());
    return v8::Just(static_cast<uint32_t>(aside_.modules.size() - 1));
  }

  v8::ValueSerializer* serializer = nullptr;

 private:
  Aside& aside_;
  uint32_t last_host_ = 0;
};

class Reader final : public v8::ValueDeserializer::Delegate {
 public:
  explicit Reader(Aside& aside) : aside_(aside) {}

  v8::MaybeLocal<v8::Object> ReadHostObject(v8::Isolate* isolate) override {
    uint32_t id = 0;
    v8::Local<v8::Value> host;
    if (!deserializer->ReadUint32(&id) || !aside_.hosts->Get(aside_.context, id).ToLocal(&host)) {
      return {};
    }
    return host.As<v8::Object>();
  }

  v8::MaybeLocal<v8::SharedArrayBuffer> GetSharedArrayBufferFromId(v8::Isolate* isolate,
                                                                   uint32_t id) override {
    v8::Local<v8::Value> shared;
    if (!aside_.shared->Get(aside_.context, id).ToLocal(&shared)) return {};
    return v8::SharedArrayBuffer::New(isolate,
                                      shared.As<v8::SharedArrayBuffer>()->GetBackingStore());
  }

  v8::MaybeLocal<v8::WasmModuleObject> GetWasmModuleFromId(v8::Isolate* isolate,
                                                           uint32_t id) override {
    if (id >= aside_.modules.size()) return {};
    return v8::WasmModuleObject::FromCompiledModule(isolate, aside_.modules[id]);
  }

  v8::ValueDeserializer* deserializer = nullptr;

 private:
  Aside& aside_;
};

struct Free {
  void operator()(uint8_t* bytes) const { std::free(bytes); }
};

// structuredClone(value, transfer, plainPrototype, cloneHost, dataCloneError)
void StructuredClone(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  Aside aside{context,
              info[2],
              info[3].As<v8::Function>(),
              info[4].As<v8::Function>(),
              v8::Array::New(isolate),
              v8::Array::New(isolate)};

  std::vector<v8::Local<v8::ArrayBuffer>> transferred;
  const auto list = info[1].As<v8::Array>();
  for (uint32_t i = 0; i < list->Length(); ++i) {
    v8::Local<v8::Value> buffer;
    if (!list->Get(context, i).ToLocal(&buffer)) return;
    transferred.push_back(buffer.As<v8::ArrayBuffer>());
  }

  Writer writer(aside);
  v8::ValueSerializer serializer(isolate, &writer);
  writer.serializer = &serializer;
  for (uint32_t i = 0; i < transferred.size(); ++i) {
    serializer.TransferArrayBuffer(i, transferred[i]);
  }
  serializer.WriteHeader();
  if (serializer.WriteValue(context, info[0]).IsNothing()) return;
  const auto [data, size] = serializer.Release();
  const std::unique_ptr<uint8_t, Free> bytes(data);

  Reader reader(aside);
  v8::ValueDeserializer deserializer(isolate, data, size, &reader);
  reader.deserializer = &deserializer;
  for (uint32_t i = 0; i < transferred.size(); ++i) {
    // A getter may have detached it while the value was serialised.
    if (transferred[i]->WasDetached()) {
      return writer.ThrowDataCloneError(v8::String::NewFromUtf8Literal(
          isolate, "An ArrayBuffer of the transfer list was detached meanwhile."));
    }
    const std::shared_ptr<v8::BackingStore> store = transferred[i]->GetBackingStore();
    // Throws a TypeError for what cannot be detached, a WebAssembly memory's buffer.
    if (transferred[i]->Detach({}).IsNothing()) return;
    deserializer.TransferArrayBuffer(i, v8::ArrayBuffer::New(isolate, store));
  }
  v8::Local<v8::Value> clone;
  if (deserializer.ReadHeader(context).IsNothing() ||
      !deserializer.ReadValue(context).ToLocal(&clone)) {
    return;  // Out of memory: V8 has thrown.
  }
  info.GetReturnValue().Set(clone);
}

constexpr Op kOps[] = {{"structuredClone", StructuredClone}};

}  // namespace

std::span<const Op> CloneOps() { return kOps; }

}  // namespace nano::runtime
