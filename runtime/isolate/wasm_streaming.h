// WebAssembly.compileStreaming and instantiateStreaming (WebAssembly Web API): V8 has both as soon
// as an isolate knows this callback, and asks it for the bytes. Thread: the isolate's.
#pragma once

#include <v8.h>

namespace nano::runtime {

// Called with what the source promised. Hands it to the hook `streamWasm`, together with functions
// that give V8 bytes, the end or an error.
void OnWasmStreaming(const v8::FunctionCallbackInfo<v8::Value>& info);

}  // namespace nano::runtime
