// Native ops: what the Web APIs' TypeScript cannot do by itself.
//
// An op is a free function with V8's callback signature. Each file of this folder declares its ops
// in one constexpr table and shows it to the list of references (runtime/ops/references.cc);
// the installation into the base snapshot and the list of external references that every snapshot
// is restored with are both made from the same tables, in the same order. Ops are handed to the Web
// APIs' bundle as its `ops` argument and are out of reach for apps. Thread: the isolate's.
#pragma once

#include <v8.h>

#include <span>

namespace nano::runtime {

struct Op {
  const char* name;  // As runtime/web/host/ops.ts types it: lowerCamelCase.
  v8::FunctionCallback callback;
};

// Every table, in the order of the external references. To add a file of ops, declare its table's
// accessor here and add it to kTables in runtime/ops/references.cc.
std::span<const Op> HttpOps();          // http_ops.cc: answers, bodies
std::span<const Op> EventLoopOps();     // event_loop_ops.cc: timers, time, microtasks
std::span<const Op> EmbedderOps();      // embedder_ops.cc: log, phase
std::span<const Op> OutboundOps();      // outbound_ops.cc: requests that leave
std::span<const Op> UrlOps();           // url_ops.cc
std::span<const Op> TextOps();          // text_ops.cc: strings to UTF-8, Latin-1 and base64
std::span<const Op> DecodeOps();        // decode_ops.cc: bytes of any encoding to strings
std::span<const Op> CompressionOps();   // compression_ops.cc
std::span<const Op> CloneOps();         // clone_ops.cc: structured clone
std::span<const Op> ValueOps();         // value_ops.cc: what calls between apps are for and carry
std::span<const Op> KvOps();            // kv_ops.cc: namespaces of the store
std::span<const Op> CryptoOps();        // crypto_ops.cc: random values
std::span<const Op> SubtleAgreeOps();   // subtle_agree.cc: key agreement, RSA-OAEP
std::span<const Op> SubtleCurveOps();   // subtle_curve.cc: keys on elliptic curves
std::span<const Op> SubtleRsaOps();     // subtle_rsa.cc: RSA keys
std::span<const Op> SubtleSignOps();    // subtle_sign.cc: signatures of RSA, ECDSA, EdDSA
std::span<const Op> SubtleAesOps();     // subtle_aes.cc
std::span<const Op> SubtleBytesOps();   // subtle_bytes.cc: random keys, base64url
std::span<const Op> SubtleDeriveOps();  // subtle_derive.cc: HKDF, PBKDF2
std::span<const Op> SubtleDigestOps();  // subtle_digest.cc: SHA, HMAC
std::span<const Op> InspectOps();       // inspect_ops.cc: what console needs to see of a value
std::span<const Op> ObservationOps();   // observation_ops.cc: what a rehearsal finds
std::span<const Op> WasmOps();          // wasm_ops.cc: what modules take
std::span<const Op> LazyOps();  // lazy_ops.cc: parts of the Web APIs that are loaded when needed

// The one native callback that is no op: the getter of lazy globals.
v8::AccessorNameGetterCallback LazyGlobalGetter();

}  // namespace nano::runtime
