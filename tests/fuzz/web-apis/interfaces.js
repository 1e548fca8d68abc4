// Instances of every interface, and arguments with which calls get past their first checks.
"use strict";

/** Platform objects, and what calls on them returned. */
const pool = [];
const POOL_SIZE = 60;

function keep(object) {
  if (!isObject(object)) return;
  if (pool.length < POOL_SIZE) pool.push(object);
  else pool[below(POOL_SIZE)] = object;
}

const allOfClass = (Class) => pool.filter((each) => attempt(() => each instanceof Class, false));
const ofClass = (Class) => pick(allOfClass(Class));
const key = () => ofClass(CryptoKey);
const readable = () => ofClass(ReadableStream) ?? new ReadableStream({ pull: callback() });
const writable = () => ofClass(WritableStream) ?? new WritableStream();
const pair = () => ofClass(TransformStream) ?? new TransformStream();
const words1 = () => [string];
const init =
  (...wanted) =>
  () =>
    dictionary(1, wanted);
const algorithm =
  (...wanted) =>
  () =>
    dictionary(0, ["name", ...wanted]);

const keyFormat = () => pick(["raw", "jwk", "spki", "pkcs8", "raw-secret", "x"]);
const usages = () => [
  pick(["encrypt", "sign", "deriveBits", "wrapKey"]),
  pick(["decrypt", "verify", "unwrapKey"]),
];

/** A parameter of an algorithm, with the members that all of its operations ask for. */
const anyAlgorithm = () =>
  oneOf(
    () => ({
      name: "AES-GCM",
      length: 256,
      ...dictionary(0, ["iv", "additionalData", "tagLength"]),
    }),
    () => ({ name: "AES-CBC", length: 128, ...dictionary(0, ["iv"]) }),
    () => ({ name: "AES-CTR", length: 64, ...dictionary(0, ["counter"]) }),
    () => ({ name: "HMAC", ...dictionary(0, ["hash"]) }),
    () => ({ name: pick(["ECDSA", "ECDH"]), ...dictionary(0, ["namedCurve", "hash", "public"]) }),
    () => ({ name: pick(["Ed25519", "X25519"]), ...dictionary(0, ["public", "context"]) }),
    () => ({ name: "HKDF", ...dictionary(0, ["hash", "salt", "info"]) }),
    () => ({ name: "PBKDF2", ...dictionary(0, ["hash", "salt", "iterations"]) }),
    () => ({
      name: pick(["RSA-OAEP", "RSA-PSS", "RSASSA-PKCS1-v1_5"]),
      ...dictionary(0, ["hash", "modulusLength", "publicExponent", "label", "saltLength"]),
    }),
    algorithm("hash"),
    string,
  );

/** Makers of arguments: of constructors by the interface's name, of operations by "Interface.name". */
const plausible = {
  Blob: [
    () => Array.from({ length: below(4) }, () => oneOf(string, bytes, () => ofClass(Blob))),
    init("type", "endings"),
  ],
  File: [() => [bytes(), string()], string, init("type", "lastModified")],
  "Blob.slice": [small, small, string],
  CompressionStream: [() => pick(["gzip", "deflate", "deflate-raw", "brotli", "zstd"])],
  DecompressionStream: [() => pick(["gzip", "deflate", "deflate-raw", "brotli", "zstd"])],
  CustomEvent: [string, init("bubbles", "detail")],
  ErrorEvent: [string, init("message", "error")],
  Event: [string, init("bubbles")],
  "EventTarget.addEventListener": [string, callback, init("once", "passive", "capture", "signal")],
  "EventTarget.removeEventListener": [string, callback],
  "EventTarget.dispatchEvent": [
    () =>
      oneOf(
        () => new Event(string()),
        () => ofClass(Event),
      ),
  ],
  MessageEvent: [string, init("data", "origin", "ports")],
  "MessagePort.postMessage": [value, () => oneOf(members.transfer, init("transfer"))],
  PromiseRejectionEvent: [string, init("promise", "reason")],
  DOMException: [string, string],
  Headers: [members.headers],
  "Headers.append": [string, string],
  "Headers.set": [string, string],
  Request: [
    () =>
      oneOf(
        () => "http://a.test/",
        string,
        () => ofClass(Request),
      ),
    init("method", "body", "headers", "duplex"),
  ],
  Response: [members.body, init("status", "headers")],
  "Response.json": [value, init("status", "headers")],
  "Response.redirect": [string, () => pick([301, 302, 200])],
  "FormData.append": [string, () => oneOf(string, () => ofClass(Blob)), string],
  "FormData.set": [string, () => oneOf(string, () => ofClass(Blob)), string],
  ReadableStream: [
    init("start", "pull", "cancel", "type", "autoAllocateChunkSize"),
    init("highWaterMark", "size"),
  ],
  WritableStream: [init("start", "write", "close", "abort"), init("highWaterMark", "size")],
  TransformStream: [
    init("start", "transform", "flush", "cancel"),
    init("highWaterMark"),
    init("highWaterMark"),
  ],
  "ReadableStream.from": [() => iterable(1)],
  "ReadableStream.getReader": [() => (once(2) ? undefined : { mode: "byob" })],
  "ReadableStream.pipeTo": [writable, init("preventClose", "preventAbort", "signal")],
  "ReadableStream.pipeThrough": [pair, init("preventCancel", "signal")],
  ReadableStreamBYOBReader: [readable],
  ReadableStreamDefaultReader: [readable],
  WritableStreamDefaultWriter: [writable],
  "ReadableStreamBYOBReader.read": [bytes, init("min")],
  "ReadableStreamBYOBRequest.respond": [small],
  "ReadableStreamBYOBRequest.respondWithNewView": [bytes],
  "ReadableByteStreamController.enqueue": [bytes],
  "WritableStreamDefaultWriter.write": [bytes],
  TextDecoder: [() => pick(words), init("fatal", "ignoreBOM")],
  "TextDecoder.decode": [bytes, init("stream")],
  "TextEncoder.encodeInto": [string, bytes],
  TextDecoderStream: [() => pick(words), init("fatal")],
  URL: [string, string],
  URLPattern: [
    () => oneOf(init("protocol", "hostname", "pathname", "search", "baseURL"), string),
    string,
  ],
  "URLPattern.exec": [() => oneOf(init("pathname", "search"), string), string],
  "URLPattern.test": [() => oneOf(init("pathname", "search"), string), string],
  URLSearchParams: [
    () =>
      oneOf(
        string,
        () => iterable(1),
        () => ({ [string()]: string() }),
      ),
  ],
  "Crypto.getRandomValues": [bytes],
  "Crypto.timingSafeEqual": [bytes, bytes],
  "SubtleCrypto.timingSafeEqual": [bytes, bytes],
  "SubtleCrypto.digest": [hash, bytes],
  "SubtleCrypto.generateKey": [anyAlgorithm, flag, usages],
  "SubtleCrypto.importKey": [
    keyFormat,
    () => oneOf(bytes, init("kty", "crv", "k", "x", "y", "d", "n", "e")),
    anyAlgorithm,
    flag,
    usages,
  ],
  "SubtleCrypto.exportKey": [keyFormat, key],
  "SubtleCrypto.encrypt": [anyAlgorithm, key, bytes],
  "SubtleCrypto.decrypt": [anyAlgorithm, key, bytes],
  "SubtleCrypto.sign": [anyAlgorithm, key, bytes],
  "SubtleCrypto.verify": [anyAlgorithm, key, bytes, bytes],
  "SubtleCrypto.deriveBits": [anyAlgorithm, key, members.length],
  "SubtleCrypto.deriveKey": [anyAlgorithm, key, anyAlgorithm, flag, usages],
  "SubtleCrypto.wrapKey": [keyFormat, key, key, anyAlgorithm],
  "SubtleCrypto.unwrapKey": [keyFormat, bytes, key, anyAlgorithm, anyAlgorithm, flag, usages],
  "Performance.mark": [string, init("startTime", "detail")],
  "Performance.measure": [string, init("start", "end", "duration", "detail")],
  PerformanceObserver: [callback],
  "PerformanceObserver.observe": [init("entryTypes", "type", "buffered")],
  "AbortSignal.any": [() => [AbortSignal.timeout(1), ofClass(AbortSignal)]],
  "AbortSignal.timeout": [small],
  atob: words1(),
  btoa: words1(),
  fetch: [() => oneOf(string, () => ofClass(Request)), init("method", "body", "signal")],
  structuredClone: [value, init("transfer")],
  setTimeout: [callback, small, value],
  setInterval: [callback, () => 5, value],
  queueMicrotask: [callback],
};

/** Keys of every kind, so that operations of crypto.subtle have something to work with. */
async function makeKeys() {
  const { subtle } = crypto;
  const raw = (name, size, uses) =>
    subtle.importKey("raw", new Uint8Array(size), name, flag(), uses);
  const made = await Promise.allSettled([
    raw("AES-GCM", 32, ["encrypt", "decrypt", "wrapKey"]),
    raw("AES-CBC", 16, ["encrypt", "decrypt", "unwrapKey"]),
    raw("AES-CTR", 16, ["encrypt", "decrypt"]),
    raw("AES-KW", 16, ["wrapKey", "unwrapKey"]),
    raw({ name: "HMAC", hash: "SHA-256" }, 8, ["sign", "verify"]),
    raw("HKDF", 8, ["deriveBits", "deriveKey"]),
    raw("PBKDF2", 8, ["deriveBits", "deriveKey"]),
    subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]),
    subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits", "deriveKey"]),
    subtle.generateKey("Ed25519", flag(), ["sign", "verify"]),
    subtle.generateKey("X25519", flag(), ["deriveBits"]),
  ]);
  for (const { value: result } of made) {
    for (const each of result?.privateKey ? [result.privateKey, result.publicKey] : [result])
      keep(each);
  }
}
