// What the ops of asymmetric keys have in common: key arguments, and results. Thread: the
// isolate's.
#pragma once

#include <v8.h>

#include <memory>
#include <optional>

#include "runtime/js/values.h"
#include "runtime/native/crypto/curve.h"
#include "runtime/native/crypto/parsed_key.h"
#include "runtime/ops/subtle_work.h"

namespace nano::runtime {

// KeyKind of runtime/web/host/subtle-ops.ts: a curve, or none for RSA. The numbers come from the
// Web APIs, never from an app.
std::optional<Curve> KindArgument(v8::Local<v8::Value> number);
Curve CurveArgument(v8::Local<v8::Value> number);

// A key to use: [id, material] from two arguments. It is parsed when it is needed, and kept for the
// next time, unless `id` is undefined.
std::shared_ptr<const ParsedKey> KeyArgument(v8::Isolate* isolate, const KeyForm& form,
                                             v8::Local<v8::Value> id,
                                             v8::Local<v8::Value> material);

// Of a signature, of RSA-OAEP (with a key, on so many bytes), and of a multiplication of a point,
// which is what key agreement and the import of a private key come down to.
Cost CostOf(v8::Isolate* isolate, const ParsedKey& key, size_t data_size);
Cost CostOfMultiplication(v8::Isolate* isolate, Curve curve);

v8::Local<v8::ArrayBuffer> ToArrayBuffer(v8::Isolate* isolate, Bytes bytes);
v8::Local<v8::Uint8Array> ToUint8Array(v8::Isolate* isolate, Bytes bytes);

}  // namespace nano::runtime
