// One list of op tables makes the external references, their names and the `ops` object.
#include "runtime/ops/references.h"

#include <span>
#include <utility>

#include "base/check.h"
#include "runtime/isolate/web_scripts.h"
#include "runtime/js/values.h"
#include "runtime/ops/op.h"

namespace nano::runtime {
namespace {

using Table = std::span<const Op> (*)();
constexpr Table kTables[] = {
    HttpOps,        EventLoopOps,   EmbedderOps,  OutboundOps,   UrlOps,          TextOps,
    DecodeOps,      CompressionOps, CloneOps,     CryptoOps,     SubtleAesOps,    SubtleAgreeOps,
    SubtleBytesOps, SubtleCurveOps, SubtleRsaOps, SubtleSignOps, SubtleDeriveOps, SubtleDigestOps,
    InspectOps,     ObservationOps, WasmOps,      LazyOps};

// Ops that one lazy group alone uses: they are made when that is loaded, since each function in the
// base snapshot is paid for at every boot.
constexpr std::pair<std::string_view, Table> kGroupTables[] = {{"kv", KvOps}, {"rpc", ValueOps}};

// Ops that the engine has built in, by the names of its extras.
constexpr std::pair<const char*, const char*> kEngineOps[] = {
    {"getContinuation", "getContinuationPreservedEmbedderData"},
    {"setContinuation", "setContinuationPreservedEmbedderData"},
};

}  // namespace

std::vector<intptr_t> ExternalReferences(const AppSource* app_source) {
  std::vector<intptr_t> references;
  for (const Table table : kTables) {
    for (const Op& op : table()) references.push_back(reinterpret_cast<intptr_t>(op.callback));
  }
  for (const auto& [group, table] : kGroupTables) {
    for (const Op& op : table()) references.push_back(reinterpret_cast<intptr_t>(op.callback));
  }
  references.push_back(reinterpret_cast<intptr_t>(LazyGlobalGetter()));
  for (const WebScript& script : WebScripts()) {
    references.push_back(reinterpret_cast<intptr_t>(&script.text));
  }
  // The list must be as long with and without an app; no snapshot refers to the stand-in.
  static const AppSource none({});
  references.push_back((app_source == nullptr ? none : *app_source).reference());
  references.push_back(0);
  return references;
}

std::string ReferenceNames() {
  std::string names;
  for (const Table table : kTables) {
    for (const Op& op : table()) names.append(op.name).push_back('\n');
  }
  for (const auto& [group, table] : kGroupTables) {
    for (const Op& op : table()) names.append(op.name).push_back('\n');
  }
  names += "(lazy globals)\n";
  for (const WebScript& script : WebScripts()) names.append(script.origin).push_back('\n');
  return names + "(app script)\n";
}

namespace {

void AddTable(v8::Local<v8::Context> context, v8::Local<v8::Object> ops, Table table) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  for (const Op& op : table()) {
    const auto function =
        v8::Function::New(context, op.callback, {}, 0, v8::ConstructorBehavior::kThrow)
            .ToLocalChecked();
    ops->CreateDataProperty(context, OneByteString(isolate, op.name), function).Check();
  }
}

}  // namespace

void AddGroupOps(v8::Local<v8::Context> context, v8::Local<v8::Object> ops,
                 std::string_view group) {
  for (const auto& [name, table] : kGroupTables) {
    if (name == group) AddTable(context, ops, table);
  }
}

v8::Local<v8::Object> MakeOps(v8::Local<v8::Context> context) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  const auto ops = v8::Object::New(isolate);
  for (const Table table : kTables) AddTable(context, ops, table);
  // Not callbacks, but the engine's own: the value that goes along with promises and awaits.
  for (const auto& [name, builtin] : kEngineOps) {
    const auto function = context->GetExtrasBindingObject()
                              ->Get(context, OneByteString(isolate, builtin))
                              .ToLocalChecked();
    NANO_CHECK(function->IsFunction());
    ops->CreateDataProperty(context, OneByteString(isolate, name), function).Check();
  }
  return ops;
}

}  // namespace nano::runtime
