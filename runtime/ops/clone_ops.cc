// The op behind structuredClone: V8's serialiser and deserialiser, in one realm, one after the
// other.
//
// What V8 cannot serialise by itself is set aside while writing and put back by its number while
// reading: clones of platform objects (made by the Web APIs), objects that are transferred, shared
// memory, compiled WebAssembly. Thread: the isolate's.
#include <cstdlib>
#include <utility>
#include <vector>

#include "runtime/isolate/isolate_state.h"
#include "runtime/js/values.h"
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

// The memory that values are serialised into. One piece is kept for the next call: fresh memory of
// that size would cost page faults each time.
class Buffer {
 public:
  Buffer() = default;
  ~Buffer() {
    if (capacity_ > kept_.capacity && capacity_ <= kMostKept) {
      std::swap(data_, kept_.data);
      std::swap(capacity_, kept_.capacity);
    }
    std::free(data_);
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  // Null if there is no memory left; what there was stays.
  void* Grow(size_t size, size_t* capacity) {
    if (data_ == nullptr && kept_.capacity >= size) {
      data_ = std::exchange(kept_.data, nullptr);
      capacity_ = std::exchange(kept_.capacity, 0);
    } else if (void* grown = std::realloc(data_, size)) {
      data_ = grown;
      capacity_ = size;
    } else {
      return nullptr;
    }
    *capacity = capacity_;
    return data_;
  }

 private:
  static constexpr size_t kMostKept = 256u << 10;
  struct Kept {
    ~Kept() { std::free(data); }
    void* data = nullptr;
    size_t capacity = 0;
  };
  static thread_local Kept kept_;

  void* data_ = nullptr;
  size_t capacity_ = 0;
};

thread_local Buffer::Kept Buffer::kept_;

class Writer final : public v8::ValueSerializer::Delegate {
 public:
  explicit Writer(Aside& aside) : aside_(aside) {}

  void* ReallocateBufferMemory(void* old, size_t size, size_t* capacity) override {
    return buffer_.Grow(size, capacity);
  }
  void FreeBufferMemory(void* memory) override {}  // It is buffer_'s.

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
    // Object literals and the like are the bulk of what is cloned: they cost no call into JS. What
    // has an app's own prototype costs one for a row of them.
    const v8::Local<v8::Value> prototype = object->GetPrototypeV2();
    if (prototype == aside_.plain_prototype || prototype->IsNull() ||
        prototype == ordinary_prototype_) {
      return v8::Just(false);
    }
    v8::Local<v8::Value> argument = object;
    v8::Local<v8::Value> clone;
    if (!aside_.clone_host->Call(aside_.context, v8::Undefined(isolate), 1, &argument)
             .ToLocal(&clone)) {
      return v8::Nothing<bool>();
    }
    if (clone->IsUndefined()) ordinary_prototype_.Reset(isolate, prototype);
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
  Buffer buffer_;
  uint32_t last_host_ = 0;
  // The last prototype of which cloneHost said that its objects are ordinary ones.
  v8::Global<v8::Value> ordinary_prototype_;
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
    v8::Local<v8::WasmModuleObject> module;
    if (!v8::WasmModuleObject::FromCompiledModule(isolate, aside_.modules[id]).ToLocal(&module)) {
      return {};
    }
    IsolateState::Of(isolate).wasm_modules.Keep(isolate, module);
    return module;
  }

  v8::ValueDeserializer* deserializer = nullptr;

 private:
  Aside& aside_;
};

// An item of the list of buffers; throws if it is something else.
v8::MaybeLocal<v8::ArrayBuffer> BufferAt(v8::Local<v8::Context> context, v8::Local<v8::Array> list,
                                         uint32_t index) {
  v8::Local<v8::Value> item;
  if (!list->Get(context, index).ToLocal(&item)) return {};
  if (item->IsArrayBuffer()) return item.As<v8::ArrayBuffer>();
  ThrowTypeError(v8::Isolate::GetCurrent(), "structuredClone transfers ArrayBuffers only");
  return {};
}

// structuredClone(value, plainPrototype, cloneHost, dataCloneError, buffers?, receive?)
void StructuredClone(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  const bool transfers = info[4]->IsArray();
  if (!info[2]->IsFunction() || !info[3]->IsFunction() || (transfers && !info[5]->IsFunction())) {
    return ThrowTypeError(isolate, "structuredClone needs its callbacks");
  }
  Aside aside{context,
              info[1],
              info[2].As<v8::Function>(),
              info[3].As<v8::Function>(),
              v8::Array::New(isolate),
              v8::Array::New(isolate)};

  Writer writer(aside);
  v8::ValueSerializer serializer(isolate, &writer);
  writer.serializer = &serializer;
  const uint32_t buffers = transfers ? info[4].As<v8::Array>()->Length() : 0;
  for (uint32_t i = 0; i < buffers; ++i) {
    v8::Local<v8::ArrayBuffer> buffer;
    if (!BufferAt(context, info[4].As<v8::Array>(), i).ToLocal(&buffer)) return;
    serializer.TransferArrayBuffer(i, buffer);
  }
  serializer.WriteHeader();
  if (serializer.WriteValue(context, info[0]).IsNothing()) return;
  const auto [data, size] = serializer.Release();  // Valid while `writer` is.

  if (transfers) {
    v8::Local<v8::Value> hosts = aside.hosts;
    if (info[5].As<v8::Function>()->Call(context, v8::Undefined(isolate), 1, &hosts).IsEmpty()) {
      return;
    }
  }
  Reader reader(aside);
  v8::ValueDeserializer deserializer(isolate, data, size, &reader);
  reader.deserializer = &deserializer;
  for (uint32_t i = 0; i < buffers; ++i) {
    v8::Local<v8::ArrayBuffer> received;
    if (!BufferAt(context, info[4].As<v8::Array>(), i).ToLocal(&received)) return;
    deserializer.TransferArrayBuffer(i, received);
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
