// The functions that the hook gets carry V8's own handle of the stream as their data, so that
// nothing native is left to be freed.
#include "runtime/isolate/wasm_streaming.h"

#include "runtime/isolate/hooks.h"
#include "runtime/js/values.h"

namespace nano::runtime {
namespace {

// push(view)
void Push(Arguments info) {
  const std::string_view bytes = BytesOf(info[0]);
  v8::WasmStreaming::Unpack(info.GetIsolate(), info.Data())
      ->OnBytesReceived(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

// finish()
void Finish(Arguments info) {
  v8::WasmStreaming::Unpack(info.GetIsolate(), info.Data())->Finish({});
}

// abort(reason)
void Abort(Arguments info) {
  v8::WasmStreaming::Unpack(info.GetIsolate(), info.Data())->Abort(info[0]);
}

}  // namespace

void OnWasmStreaming(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  v8::Local<v8::Value> functions[3];
  constexpr v8::FunctionCallback kCallbacks[] = {Push, Finish, Abort};
  for (size_t i = 0; i < std::size(functions); ++i) {
    v8::Local<v8::Function> function;
    if (!v8::Function::New(context, kCallbacks[i], info.Data(), 1, v8::ConstructorBehavior::kThrow)
             .ToLocal(&function)) {
      return;
    }
    functions[i] = function;
  }
  // Empty only if the isolate is being terminated.
  (void)Hooks::Of(isolate).Call(Hook::kStreamWasm, context, info[0], functions[0], functions[1],
                                functions[2]);
}

}  // namespace nano::runtime
