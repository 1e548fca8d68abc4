// Ops of the lazy groups (runtime/web/host/lazy-groups.ts): compiling a group's script, and globals
// that are asked for when they are first read.
#include "runtime/isolate/hooks.h"
#include "runtime/isolate/web_scripts.h"
#include "runtime/js/values.h"
#include "runtime/ops/op.h"
#include "runtime/ops/references.h"

namespace nano::runtime {
namespace {

void LazyScript(Arguments info) {
  v8::Isolate* isolate = info.GetIsolate();
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  const std::string group = Utf8Of(isolate, info[0]);
  const WebScript* script = FindWebScript(group);
  if (script == nullptr) return ThrowTypeError(isolate, "there is no such lazy group");
  v8::ScriptOrigin origin(OneByteString(isolate, script->origin));
  v8::Local<v8::String> text;
  v8::Local<v8::Script> compiled;
  v8::Local<v8::Value> function;
  if (!v8::String::NewExternalOneByte(isolate, &script->text).ToLocal(&text)) return;
  v8::ScriptCompiler::Source source(text, origin);
  if (v8::ScriptCompiler::Compile(context, &source).ToLocal(&compiled) &&
      compiled->Run(context).ToLocal(&function)) {
    AddGroupOps(context, info.This(), group);
    info.GetReturnValue().Set(function);
  }
}

// V8 makes the property an ordinary one with the value that this returns. It keeps no data for it:
// what belongs to a context cannot stand beside a native address in a snapshot.
void GetLazyGlobal(v8::Local<v8::Name> name, const v8::PropertyCallbackInfo<v8::Value>& info) {
  v8::Isolate* isolate = info.GetIsolate();
  v8::Local<v8::Value> value;
  if (Hooks::Of(isolate)
          .Call(Hook::kLazyGlobal, isolate->GetCurrentContext(), name.As<v8::Value>())
          .ToLocal(&value)) {
    info.GetReturnValue().Set(value);
  }
}

void ExposeLazily(Arguments info) {
  const v8::Local<v8::Context> context = info.GetIsolate()->GetCurrentContext();
  info[0]
      .As<v8::Object>()
      ->SetLazyDataProperty(context, info[1].As<v8::Name>(), GetLazyGlobal, {}, v8::DontEnum)
      .Check();
}

constexpr Op kOps[] = {
    {"lazyScript", LazyScript},
    {"exposeLazily", ExposeLazily},
};

}  // namespace

std::span<const Op> LazyOps() { return kOps; }

v8::AccessorNameGetterCallback LazyGlobalGetter() { return GetLazyGlobal; }

}  // namespace nano::runtime
