// Arbitrary JavaScript values: what an app may pass where an API expects anything else.
"use strict";

const numbers = [0, -0, 1, -1, 2, 7, 8, 12, 16, 0.5, -1.5, 127, 128, 255, 256, 65535, 65536, 1e6];
numbers.push(2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, -(2 ** 31), 2 ** 53 - 1, 2 ** 53, 2 ** 63);
numbers.push(NaN, Infinity, -Infinity, 1e308, 5e-324);

const words = ["", " ", "a", "\0", "\n", "a\r\nb", "ü", "€", "😀", "\ud800", "\udc00x", "\ufeff"];
words.push("constructor", "__proto__", "then", "length", "0", "4294967295", "null", "undefined");
words.push(
  "http://a.test/b?c=d&e=%zz#f",
  "https://ü.test:8443/",
  "data:,x",
  "data:text/plain;base64,YQ==",
);
words.push(
  "blob:nano",
  "//x",
  "../y",
  "http://[::1]/",
  "http://999.1.1.1",
  "file:///c|/",
  "a:b",
  "x:/\\",
);
words.push("GET", "post", "TRACE", "content-type", "set-cookie", "x y", "text/plain;charset=utf-8");
words.push(
  "multipart/form-data;boundary=x",
  "--x\r\n\r\n\r\n--x--",
  "a=1&b=%ff+",
  "application/wasm",
);
words.push("utf-8", "utf-16le", "shift_jis", "gb18030", "iso-2022-jp", "x-user-defined", "latin1");
words.push("gzip", "deflate", "deflate-raw", "brotli", "zstd", "bytes", "byob", "half", "cors");
words.push("raw", "jwk", "spki", "pkcs8", "raw-public", "encrypt", "decrypt", "sign", "verify");
words.push(
  "deriveBits",
  "deriveKey",
  "wrapKey",
  "unwrapKey",
  "SHA-1",
  "SHA-256",
  "SHA-512",
  "HMAC",
);
words.push("AES-GCM", "AES-CBC", "AES-CTR", "AES-KW", "RSA-OAEP", "RSA-PSS", "RSASSA-PKCS1-v1_5");
words.push("ECDSA", "ECDH", "Ed25519", "X25519", "HKDF", "PBKDF2", "P-256", "P-521", "oct", "EC");
words.push("message", "error", "abort", "messageerror", "transparent", "native", "mark", "measure");
words.push("YQ==", "YWJj", "Y===", ":id(\\d+)?", "/*", "{/:a}?/b", "%s %d %o %c %%");

const bytesOfEvery = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
];
bytesOfEvery.push(Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array);
if (typeof Float16Array === "function") bytesOfEvery.push(Float16Array);

const sizes = [0, 1, 2, 7, 8, 12, 15, 16, 17, 31, 32, 64, 255, 1000, 4096, 65536, 65537, 1 << 20];

// Buffers that are still of use: callbacks of the app's own take them away at the worst moment.
const buffers = [];

function string() {
  if (once(12)) return pick(words).repeat(1 + below(300));
  if (once(200)) return "x".repeat(1 << 22);
  if (once(6)) return pick(words) + pick(words);
  return pick(words);
}

function buffer() {
  const size = pick(sizes);
  const plain = () => new ArrayBuffer(size);
  const made = oneOf(
    ...[plain, plain, plain, plain, plain, plain, plain, plain],
    () => new ArrayBuffer(size, { maxByteLength: size * 2 }),
    () => new SharedArrayBuffer(size),
    () => new SharedArrayBuffer(size, { maxByteLength: size + 64 }),
    () => new WebAssembly.Memory({ initial: 1, maximum: 4 }).buffer,
  );
  const view = new Uint8Array(made);
  for (let i = 0; i < view.length && i < 64; i++) view[i] = random32();
  if (buffers.length < 40) buffers.push(made);
  else buffers[below(40)] = made;
  return made;
}

/** An ArrayBuffer or a view on one, perhaps detached, perhaps out of bounds by now. */
function bytes() {
  const made = once(4) && buffers.length > 0 ? pick(buffers) : buffer();
  if (once(25)) disturb(made);
  if (once(4)) return made;
  const Class = once(8) ? DataView : once(2) ? Uint8Array : pick(bytesOfEvery);
  const unit = Class.BYTES_PER_ELEMENT ?? 1;
  const view = attempt(() =>
    oneOf(
      () => new Class(made),
      () => new Class(made, unit * below(4)),
      () => new Class(made, 0, below(8)),
    ),
  );
  if (view !== undefined && once(25)) disturb(made);
  return view ?? new Uint8Array(8);
}

/** Detaches, shrinks or grows a buffer. */
function disturb(target) {
  attempt(() =>
    oneOf(
      () => structuredClone(target, { transfer: [target] }),
      () => target.transfer(),
      () => target.resize(below(target.maxByteLength)),
      () => target.grow(target.maxByteLength),
    ),
  );
}

/** What a callback, a getter or a trap does. */
function effect() {
  switch (below(8)) {
    case 0:
      throw new Thrown();
    case 1:
      if (buffers.length > 0) disturb(pick(buffers));
      break;
    case 2:
      attempt(() => performCall(2));
      break;
    case 3:
      if (once(20)) fuzzCollect();
  }
  return once(3) ? value(1) : undefined;
}

function callback() {
  return oneOf(
    () => () => {},
    () => effect,
    () => async () => effect(),
    () => () => value(1),
    () =>
      function* () {
        yield value(1);
        effect();
      },
    () =>
      async function* () {
        yield value(1);
        effect();
      },
    () => class {},
  );
}

/** An object whose conversion to a primitive has side effects. */
function evilPrimitive() {
  const result = once(2) ? pick(numbers) : string();
  const convert = () => {
    effect();
    return once(10) ? {} : result;
  };
  return oneOf(
    () => ({ valueOf: convert, toString: convert }),
    () => ({ [Symbol.toPrimitive]: convert }),
    () => ({ toString: convert, length: pick(numbers) }),
  );
}

function proxy(target) {
  const evil = {};
  for (const trap of [
    "get",
    "has",
    "ownKeys",
    "getOwnPropertyDescriptor",
    "getPrototypeOf",
    "apply",
  ]) {
    if (!once(3)) continue;
    evil[trap] = (...args) => {
      if (once(3)) effect();
      return Reflect[trap](...args);
    };
  }
  if (once(5)) {
    const { proxy, revoke } = Proxy.revocable(target, evil);
    revoke();
    return proxy;
  }
  return new Proxy(target, evil);
}

function iterable(depth) {
  let left = below(5);
  const next = () => {
    if (once(6)) effect();
    return once(20) ? value(0) : { done: left-- <= 0, value: value(depth - 1) };
  };
  const iterator = { next, return: () => (once(3) ? effect() : {}) };
  return oneOf(
    () => ({ [Symbol.iterator]: () => iterator }),
    () => ({ [Symbol.asyncIterator]: () => iterator }),
    () => ({ [Symbol.iterator]: pick([null, 1, effect]) }),
    () => ({ then: once(2) ? effect : (resolve) => resolve(value(depth - 1)) }),
  );
}

function cyclic() {
  const made = { list: [], map: new Map() };
  made.self = made;
  made.list.push(made, made.list);
  made.map.set(made, made.map);
  made.error = new Error("x", { cause: made });
  return made;
}

function exotic(depth) {
  return oneOf(
    () => new Date(pick(numbers)),
    () => /a(b)/giu,
    () => new Map([[value(depth - 1), value(depth - 1)]]),
    () => new Set([value(depth - 1)]),
    () => new WeakMap(),
    () => new Error(string(), { cause: value(depth - 1) }),
    () => new AggregateError([new TypeError("t")], string()),
    () => Object(pick([1, "s", true, 1n, Symbol("s")])),
    () => Promise.resolve(value(depth - 1)),
    () => new Promise(() => {}),
    () => {
      const rejected = Promise.reject(new Thrown());
      rejected.catch(() => {});
      return rejected;
    },
    () => (function* () {})(),
    () => [1, , 3],
    () => Object.freeze({ a: 1 }),
    () => Object.create(null, { a: { get: effect, enumerable: true } }),
    () => new WebAssembly.Memory({ initial: 0 }),
    () => new Intl.NumberFormat("en"),
    () => (typeof Temporal === "object" ? Temporal.Now.instant() : null),
    () => globalThis,
    cyclic,
  );
}

/** Any value; objects in it are nested at most `depth` deep. */
function value(depth = 2) {
  switch (below(depth > 0 ? 15 : 5)) {
    case 0:
      return pick([undefined, null, true, false]);
    case 1:
      return pick(numbers);
    case 2:
    case 3:
      return string();
    case 4:
      return pick([0n, -1n, 2n ** 64n, Symbol("s"), Symbol.iterator]);
    case 5:
    case 6:
      return pool.length > 0 ? pick(pool) : bytes();
    case 7:
      return bytes();
    case 8:
      return callback();
    case 9:
      return evilPrimitive();
    case 10:
      return Array.from({ length: below(4) }, () => value(depth - 1));
    case 11:
      return dictionary(depth - 1);
    case 12:
      return iterable(depth);
    case 13:
      return proxy(once(2) ? dictionary(depth - 1) : callback());
    default:
      return exotic(depth);
  }
}
