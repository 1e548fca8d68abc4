// The base snapshot: the Web APIs' bundle, evaluated once.
#include <string>

#include "runtime/builder/build_session.h"
#include "runtime/isolate/web_scripts.h"
#include "runtime/js/values.h"
#include "runtime/snapshot_builder.h"

namespace nano::runtime {
namespace {

Error BundleError(v8::Isolate* isolate, v8::Local<v8::Context> context,
                  const v8::TryCatch& caught) {
  std::string text = "the Web APIs' bundle failed";
  v8::Local<v8::Value> stack;
  if (caught.StackTrace(context).ToLocal(&stack)) {
    text += ": " + Utf8Of(isolate, stack);
  } else if (caught.HasCaught()) {
    text += ": " + Utf8Of(isolate, caught.Exception());
  }
  return Error{text, "nano:web", ""};
}

// What kLayoutFlags (runtime/process.h) leaves to the embedder. The constructor exists in every
// context; the global object alone lacks it. (v8::Isolate::InstallConditionalFeatures would do, but
// adds to WebAssembly as well what no snapshot can hold.)
bool ExposeSharedArrayBuffer(v8::Local<v8::Context> context) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  v8::Local<v8::Value> constructor;
  return v8::SharedArrayBuffer::New(isolate, 0)
             ->Get(context, OneByteString(isolate, "constructor"))
             .ToLocal(&constructor) &&
         context->Global()
             ->DefineOwnProperty(context, OneByteString(isolate, "SharedArrayBuffer"), constructor,
                                 v8::DontEnum)
             .FromMaybe(false);
}

}  // namespace

Result<std::string> BuildBaseSnapshot() {
  std::string logged;
  BuildSession session({}, {},
                       [&](LogLevel, std::string_view text) { logged.append(text) += '\n'; });
  v8::Isolate* isolate = session.isolate();
  v8::Global<v8::Context> kept;
  {
    const v8::HandleScope handles(isolate);
    const v8::Local<v8::Context> context = v8::Context::New(isolate);
    const v8::Context::Scope scope(context);
    const v8::TryCatch caught(isolate);
    if (!ExposeSharedArrayBuffer(context)) return BundleError(isolate, context, caught);

    const WebScript& core = WebScripts().front();
    v8::ScriptOrigin origin(OneByteString(isolate, core.origin));
    v8::ScriptCompiler::Source source(
        v8::String::NewExternalOneByte(isolate, &core.text).ToLocalChecked(), origin);
    v8::Local<v8::Script> script;
    v8::Local<v8::Value> function;
    v8::Local<v8::Value> ops = MakeOps(context);
    v8::Local<v8::Value> exports;
    if (!v8::ScriptCompiler::Compile(context, &source).ToLocal(&script) ||
        !script->Run(context).ToLocal(&function) || !function->IsFunction() ||
        !function.As<v8::Function>()
             ->Call(context, v8::Undefined(isolate), 1, &ops)
             .ToLocal(&exports) ||
        !exports->IsObject()) {
      return BundleError(isolate, context, caught);
    }
    TRY(session.hooks().Load(context, exports.As<v8::Object>()));
    session.RunUntil(
        context, [] { return false; }, 0);
    if (session.hooks().Call(BuildHook::kPrepareSnapshot, context).IsEmpty()) {
      return BundleError(isolate, context, caught);
    }
    if (!logged.empty()) return Error{"the Web APIs' bundle logged:\n" + logged, "nano:web", ""};
    kept.Reset(isolate, context);
  }
  // What has run so far was setting up; what apps need is compiled again by their warm-up.
  return session.Finish(
      [&] {
        const v8::Local<v8::Context> context = kept.Get(isolate);
        kept.Reset();
        return context;
      },
      BuildSession::CompiledCode::kDrop);
}

}  // namespace nano::runtime
