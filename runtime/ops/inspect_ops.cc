// Inspection ops: what console shows of a value that script cannot see, or could see only by
// running the app's code (proxies' traps, getters). None of these runs any script. Thread: the
// isolate's.
#include <v8.h>

#include "runtime/js/values.h"
#include "runtime/ops/op.h"

namespace nano::runtime {
namespace {

// As runtime/web/host/ops.ts numbers them, here and below.
enum class ObjectKind {
  kOrdinary,
  kFunction,
  kArray,
  kArguments,
  kProxy,
  kPromise,
  kMap,
  kSet,
  kMapIterator,
  kSetIterator,
  kWeakMap,
  kWeakSet,
  kWeakRef,
  kDate,
  kRegExp,
  kError,
  kNumber,
  kString,
  kBoolean,
  kSymbol,
  kBigInt,
  kArrayBuffer,
  kSharedArrayBuffer,
  kTypedArray,
  kDataView,
  kGenerator,
  kModule,
  kExternal,
};

ObjectKind KindOf(v8::Local<v8::Value> value) {
  if (value->IsProxy()) return ObjectKind::kProxy;  // Of functions, too.
  if (value->IsFunction()) return ObjectKind::kFunction;
  if (value->IsArray()) return ObjectKind::kArray;
  if (value->IsNativeError()) return ObjectKind::kError;
  if (value->IsMap()) return ObjectKind::kMap;
  if (value->IsSet()) return ObjectKind::kSet;
  if (value->IsPromise()) return ObjectKind::kPromise;
  if (value->IsDate()) return ObjectKind::kDate;
  if (value->IsRegExp()) return ObjectKind::kRegExp;
  if (value->IsTypedArray()) return ObjectKind::kTypedArray;
  if (value->IsArrayBuffer()) return ObjectKind::kArrayBuffer;
  if (value->IsSharedArrayBuffer()) return ObjectKind::kSharedArrayBuffer;
  if (value->IsDataView()) return ObjectKind::kDataView;
  if (value->IsMapIterator()) return ObjectKind::kMapIterator;
  if (value->IsSetIterator()) return ObjectKind::kSetIterator;
  if (value->IsWeakMap()) return ObjectKind::kWeakMap;
  if (value->IsWeakSet()) return ObjectKind::kWeakSet;
  if (value->IsWeakRef()) return ObjectKind::kWeakRef;
  if (value->IsGeneratorObject()) return ObjectKind::kGenerator;
  if (value->IsArgumentsObject()) return ObjectKind::kArguments;
  if (value->IsModuleNamespaceObject()) return ObjectKind::kModule;
  if (value->IsNumberObject()) return ObjectKind::kNumber;
  if (value->IsStringObject()) return ObjectKind::kString;
  if (value->IsBooleanObject()) return ObjectKind::kBoolean;
  if (value->IsSymbolObject()) return ObjectKind::kSymbol;
  if (value->IsBigIntObject()) return ObjectKind::kBigInt;
  if (value->IsExternal()) return ObjectKind::kExternal;
  return ObjectKind::kOrdinary;
}

// objectKind(value)
void KindOfObject(Arguments arguments) {
  arguments.GetReturnValue().Set(static_cast<int>(KindOf(arguments[0])));
}

// isProxy(value)
void IsProxy(Arguments arguments) { arguments.GetReturnValue().Set(arguments[0]->IsProxy()); }

// functionFlags(function)
void FunctionFlags(Arguments arguments) {
  const bool async = arguments[0]->IsAsyncFunction();
  const bool generator = arguments[0]->IsGeneratorFunction();
  arguments.GetReturnValue().Set((async ? 1 : 0) | (generator ? 2 : 0));
}

enum class PromiseState { kPending, kFulfilled, kRejected };

PromiseState StateOf(v8::Local<v8::Promise> promise) {
  const v8::Promise::PromiseState state = promise->State();
  if (state == v8::Promise::kPending) return PromiseState::kPending;
  return state == v8::Promise::kFulfilled ? PromiseState::kFulfilled : PromiseState::kRejected;
}

// promiseState(promise): its PromiseState
void GetPromiseState(Arguments arguments) {
  if (!arguments[0]->IsPromise()) return;
  arguments.GetReturnValue().Set(static_cast<int>(StateOf(arguments[0].As<v8::Promise>())));
}

// promiseResult(promise): the value or reason of a settled one
void PromiseResult(Arguments arguments) {
  if (!arguments[0]->IsPromise()) return;
  const auto promise = arguments[0].As<v8::Promise>();
  if (promise->State() == v8::Promise::kPending) return;
  arguments.GetReturnValue().Set(promise->Result());
}

// proxyTarget(proxy), proxyHandler(proxy): null if it is revoked
void ProxyTarget(Arguments arguments) {
  if (!arguments[0]->IsProxy()) return;
  arguments.GetReturnValue().Set(arguments[0].As<v8::Proxy>()->GetTarget());
}

void ProxyHandler(Arguments arguments) {
  if (!arguments[0]->IsProxy()) return;
  arguments.GetReturnValue().Set(arguments[0].As<v8::Proxy>()->GetHandler());
}

// previewEntries(collection): [entries, keyed]
void PreviewEntries(Arguments arguments) {
  v8::Isolate* isolate = arguments.GetIsolate();
  if (!arguments[0]->IsObject()) return;
  bool keyed = false;
  v8::Local<v8::Array> entries;
  if (!arguments[0].As<v8::Object>()->PreviewEntries(&keyed).ToLocal(&entries)) return;
  v8::Local<v8::Value> result[] = {entries, v8::Boolean::New(isolate, keyed)};
  arguments.GetReturnValue().Set(v8::Array::New(isolate, result, 2));
}

// namedKeys(value, onlyEnumerable)
void NamedKeys(Arguments arguments) {
  v8::Isolate* isolate = arguments.GetIsolate();
  // A proxy would answer by its traps.
  if (!arguments[0]->IsObject() || arguments[0]->IsProxy()) return;
  const auto filter =
      arguments[1]->IsTrue() ? v8::PropertyFilter::ONLY_ENUMERABLE : v8::ALL_PROPERTIES;
  v8::Local<v8::Array> keys;
  if (arguments[0]
          .As<v8::Object>()
          ->GetPropertyNames(isolate->GetCurrentContext(), v8::KeyCollectionMode::kOwnOnly, filter,
                             v8::IndexFilter::kSkipIndices)
          .ToLocal(&keys)) {
    arguments.GetReturnValue().Set(keys);
  }
}

constexpr Op kOps[] = {
    {"objectKind", KindOfObject},
    {"functionFlags", FunctionFlags},
    {"promiseState", GetPromiseState},
    {"promiseResult", PromiseResult},
    {"proxyTarget", ProxyTarget},
    {"proxyHandler", ProxyHandler},
    {"previewEntries", PreviewEntries},
    {"namedKeys", NamedKeys},
    {"isProxy", IsProxy},
};

}  // namespace

std::span<const Op> InspectOps() { return kOps; }

}  // namespace nano::runtime
