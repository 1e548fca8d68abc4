// Objects with the members that the APIs' dictionaries have, and values that are nearly right.
"use strict";

const small = () => pick([0, 1, 2, 8, 16, 64, 100, 1000, -1, 0.5, NaN, Infinity]);
const flag = () => once(2);
const hash = () =>
  oneOf(
    () => pick(["SHA-1", "SHA-256", "SHA-384", "SHA-512", "MD5"]),
    () => ({ name: "SHA-256" }),
  );
const stream = () => ofClass(ReadableStream) ?? new ReadableStream();

/** Members by name, each with a maker of plausible values. */
const members = {
  // Fetch
  body: () =>
    oneOf(
      string,
      bytes,
      stream,
      () => null,
      () => pick(pool),
    ),
  headers: () =>
    oneOf(
      () => ({ [string()]: string() }),
      () => [[string(), string()]],
      () => new Headers(),
    ),
  method: () => pick(["GET", "POST", "put", "CONNECT", "x", ""]),
  mode: () => pick(["cors", "no-cors", "navigate", "same-origin", "x"]),
  cache: () => pick(["default", "only-if-cached", "x"]),
  credentials: () => pick(["omit", "include"]),
  redirect: () => pick(["follow", "manual"]),
  referrer: string,
  duplex: () => pick(["half", "full"]),
  keepalive: flag,
  signal: () =>
    oneOf(
      () => AbortSignal.timeout(1),
      () => AbortSignal.abort(),
      () => null,
    ),
  status: () => pick([200, 204, 101, 199, 600, 404]),
  statusText: string,
  // Blob, File
  type: () => pick(["text/plain", "bytes", "TEXT/x", "\u0001", "a/b;c=d"]),
  endings: () => pick(["transparent", "native"]),
  lastModified: small,
  // Streams
  highWaterMark: small,
  size: callback,
  start: callback,
  pull: callback,
  cancel: callback,
  write: callback,
  close: callback,
  abort: callback,
  transform: callback,
  flush: callback,
  autoAllocateChunkSize: small,
  min: small,
  preventClose: flag,
  preventAbort: flag,
  preventCancel: flag,
  // Encoding, compression
  fatal: flag,
  ignoreBOM: flag,
  stream: flag,
  // Events
  bubbles: flag,
  detail: value,
  data: value,
  origin: string,
  ports: () => allOfClass(MessagePort).slice(0, below(3)),
  message: string,
  error: value,
  promise: () => Promise.resolve(),
  reason: value,
  once: flag,
  passive: flag,
  capture: flag,
  handleEvent: callback,
  transfer: () => Array.from({ length: below(3) }, () => (once(2) ? buffer() : pick(pool))),
  // URLPattern
  protocol: string,
  hostname: string,
  pathname: () => pick([":a/:b", "/x/*", "(", "/{a}?", "/:id(\\d+)"]),
  search: string,
  baseURL: () => "http://a.test",
  ignoreCase: flag,
  // Performance
  startTime: small,
  duration: small,
  end: small,
  entryTypes: () => ["mark", "measure"],
  buffered: flag,
  // Web Crypto. Costs are bounded: nothing stops a derivation of 2^31 iterations.
  name: () => pick(words),
  hash,
  iv: () =>
    oneOf(
      () => new Uint8Array(12),
      () => new Uint8Array(16),
      bytes,
    ),
  counter: () => oneOf(() => new Uint8Array(16), bytes),
  additionalData: bytes,
  tagLength: () => pick([128, 96, 32, 7, 0]),
  length: () => pick([128, 192, 256, 64, 0, 1, 7, 8, 129, 512]),
  namedCurve: () => pick(["P-256", "P-384", "P-521", "K-256", ""]),
  modulusLength: () => pick([1024, 512, 256, 255, 0, 1, 2048]),
  publicExponent: () =>
    oneOf(
      () => new Uint8Array([1, 0, 1]),
      () => new Uint8Array([3]),
      () => new Uint8Array(0),
    ),
  public: () => pick(pool),
  salt: bytes,
  info: bytes,
  label: bytes,
  context: bytes,
  iterations: () => pick([1, 2, 10, 0, -1, 100]),
  saltLength: () => pick([0, 1, 20, 32, 64, 1000]),
  kty: () => pick(["oct", "EC", "RSA", "OKP"]),
  crv: () => pick(["P-256", "Ed25519", "X25519"]),
  k: () => pick(["AAAA", "", "!", "A".repeat(43)]),
  x: () => "A".repeat(43),
  y: () => "A".repeat(43),
  d: () => "A".repeat(43),
  n: () => "AQAB",
  e: () => "AQAB",
  ext: flag,
  key_ops: () => ["sign", "verify"],
};
const memberNames = Object.keys(members);
/** What arbitrary numbers would make expensive beyond all bounds. */
const costly = new Set(["iterations", "modulusLength", "length"]);

function setMember(target, name, depth) {
  const made = once(7) && !costly.has(name) ? value(depth) : members[name]();
  if (once(10)) {
    const get = () => {
      effect();
      return made;
    };
    Object.defineProperty(target, name, { get, enumerable: !once(4), configurable: true });
  } else {
    Object.defineProperty(target, name, {
      value: made,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
}

/** An object with some members of dictionaries; those of `wanted`, if given, and hardly any others. */
function dictionary(depth = 1, wanted = undefined) {
  const made = once(10) ? Object.create(null) : {};
  if (wanted !== undefined) {
    for (const name of wanted) if (!once(12)) setMember(made, name, depth);
    if (!once(10)) return made;
  }
  for (let i = below(5); i > 0; i--) setMember(made, pick(memberNames), depth);
  return made;
}
