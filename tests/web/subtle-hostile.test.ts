// crypto.subtle: whatever it is called with, each call settles, and fails with an error that the
// specification knows. The calls are random, but the same in every run.
import { randomFrom } from "../../tools/harness/random.ts";
import { assert, test } from "./harness.ts";

const { subtle } = crypto;

const random = randomFrom(20260101);
const integer = (below: number) => Math.floor(random() * below);
const pick = <T>(items: readonly T[]): T => items[integer(items.length)]!;

const NAMES = [
  "AES-GCM",
  "AES-CBC",
  "AES-CTR",
  "AES-KW",
  "HMAC",
  "HKDF",
  "PBKDF2",
  "SHA-1",
  "SHA-256",
  "SHA-384",
  "SHA-512",
  "ECDSA",
  "ECDH",
  "Ed25519",
  "X25519",
  "RSA-OAEP",
  "RSA-PSS",
  "RSASSA-PKCS1-v1_5",
];
const USAGES = "encrypt decrypt sign verify deriveKey deriveBits wrapKey unwrapKey".split(" ");

/** Values that are wrong nearly everywhere. */
const odd = (): unknown =>
  pick<() => unknown>([
    () => undefined,
    () => null,
    () => NaN,
    () => -1,
    () => 2 ** 32,
    () => 2 ** 53,
    () => 1n,
    () => "",
    () => "\ud800",
    () => Symbol("odd"),
    () => [],
    () => ({}),
    () => () => {},
    () => Object.create(null) as object,
    () => new Proxy({}, { get: () => integer(300) }),
    () => ({
      get name(): string {
        throw new TypeError("thrown by a getter");
      },
    }),
    () => Object.create(CryptoKey.prototype) as object,
  ])();

const bytes = (): unknown => {
  const size = pick([0, 1, 7, 8, 12, 15, 16, 17, 24, 31, 32, 33, 48, 64, 65, 100, 1000]);
  const content = Uint8Array.from({ length: size }, () => integer(256));
  return pick<() => unknown>([
    () => content,
    () => content.buffer,
    () => new DataView(content.buffer),
    () => new Uint16Array(size >> 1),
    () => content.subarray(size >> 1),
    () => new Uint8Array(new ArrayBuffer(size, { maxByteLength: 2000 })),
    () => new Uint8Array(new SharedArrayBuffer(size)),
    () => {
      structuredClone(content, { transfer: [content.buffer] });
      return content;
    },
  ])();
};

const usually = (value: () => unknown): unknown => (random() < 0.93 ? value() : odd());
const size = () => pick([0, 1, 7, 8, 12, 16, 32, 64, 96, 100, 128, 192, 256, 1000]);

const identifier = (): unknown =>
  random() < 0.15
    ? usually(() => pick(NAMES))
    : {
        name: usually(() => pick(NAMES)),
        hash: usually(() => pick([{ name: "SHA-256" }, "SHA-1", "sha-512", pick(NAMES)])),
        iv: usually(() => pick<() => unknown>([bytes, () => new Uint8Array(16)])()),
        counter: usually(() => pick<() => unknown>([bytes, () => new Uint8Array(16)])()),
        length: usually(size),
        tagLength: pick([undefined, 128, size()]),
        additionalData: pick<() => unknown>([() => undefined, bytes])(),
        salt: usually(bytes),
        info: usually(bytes),
        iterations: usually(() => integer(50)),
        namedCurve: usually(() => pick(["P-256", "P-384", "P-521", "P-1"])),
        label: pick<() => unknown>([() => undefined, bytes])(),
        saltLength: usually(size),
        public: usually(key),
        // Making an RSA key takes a while: these are refused.
        modulusLength: usually(() => pick([0, 1, 128])),
        publicExponent: usually(() => new Uint8Array(pick([[], [0], [1], [2], [1, 0, 1]]))),
      };

const usages = (): unknown => usually(() => USAGES.filter(() => random() < 0.4));
const format = (): unknown => usually(() => pick(["raw", "spki", "pkcs8", "jwk"]));
const jwk = (): unknown => ({
  kty: usually(() => pick(["oct", "EC", "OKP", "RSA"])),
  k: usually(() => pick(["", "AAAA", "A", "AAAAAAAAAAAAAAAAAAAAAA", "\u0100"])),
  crv: usually(() => pick(["P-256", "Ed25519", "X25519", undefined])),
  x: usually(() => pick(["AA", "", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"])),
  d: pick<() => unknown>([() => undefined, () => "AAAA", odd])(),
  n: pick(["AQAB", "", undefined]),
  e: pick(["AQAB", "AA", undefined]),
});

const keys: CryptoKey[] = [];
const key = (): unknown => usually(() => pick(keys));

type Method = (...values: unknown[]) => Promise<unknown>;

function call(): [name: string, promise: Promise<unknown>] {
  const data = () => usually(bytes);
  const keyData = () => usually(() => pick([bytes, jwk])());
  const calls: Record<string, () => unknown[]> = {
    encrypt: () => [identifier(), key(), data()],
    decrypt: () => [identifier(), key(), data()],
    sign: () => [identifier(), key(), data()],
    verify: () => [identifier(), key(), data(), data()],
    digest: () => [identifier(), data()],
    generateKey: () => [identifier(), random() < 0.8, usages()],
    deriveKey: () => [identifier(), key(), identifier(), random() < 0.8, usages()],
    deriveBits: () => [identifier(), key(), usually(size)],
    importKey: () => [format(), keyData(), identifier(), random() < 0.8, usages()],
    exportKey: () => [format(), key()],
    wrapKey: () => [format(), key(), key(), identifier()],
    unwrapKey: () => [format(), data(), key(), identifier(), identifier(), true, usages()],
  };
  const name = pick(Object.keys(calls));
  const method = (subtle as unknown as Record<string, Method>)[name]!;
  return [name, method.apply(subtle, calls[name]!())];
}

const ERRORS = [
  "TypeError",
  "NotSupportedError",
  "SyntaxError",
  "InvalidAccessError",
  "DataError",
  "OperationError",
];

test("hostile: random calls settle, with the specification's errors", async () => {
  const gcm = { name: "AES-GCM", length: 128 };
  keys.push(
    (await subtle.generateKey(gcm, true, [
      "encrypt",
      "decrypt",
      "wrapKey",
      "unwrapKey",
    ])) as CryptoKey,
  );
  const hmac = { name: "HMAC", hash: "SHA-256" };
  keys.push((await subtle.generateKey(hmac, true, ["sign", "verify"])) as CryptoKey);
  let fulfilled = 0;
  const failures = new Map<string, number>();
  for (let round = 0; round < 100; round++) {
    const pending = Array.from({ length: 60 }, call);
    const settled = await Promise.allSettled(pending.map(([, promise]) => promise));
    for (let i = 0; i < settled.length; i++) {
      const outcome = settled[i]!;
      const [method] = pending[i]!;
      if (outcome.status === "rejected") {
        const error = outcome.reason as Error;
        assert.ok(ERRORS.includes(error.name), `${method}: ${error.name}: ${error.message}`);
        failures.set(error.name, (failures.get(error.name) ?? 0) + 1);
        continue;
      }
      fulfilled++;
      const { value } = outcome;
      if (value instanceof CryptoKey) keys.push(value);
      const pair = value as Partial<CryptoKeyPair>;
      if (pair.privateKey !== undefined) keys.push(pair.privateKey, pair.publicKey!);
    }
    if (keys.length > 60) keys.splice(2, keys.length - 60);
  }
  // The calls are not all refused at the door.
  assert.ok(fulfilled > 100, `${fulfilled} calls succeeded`);
  for (const name of ERRORS) assert.ok(failures.has(name), `no call failed with ${name}`);
});

test("hostile: an app that patches the lengths of arrays breaks only itself", async () => {
  const aes = (name: string) =>
    subtle.importKey("raw", new Uint8Array(16), name, true, ["encrypt", "decrypt"]);
  const ctr = await aes("AES-CTR");
  const cbc = await aes("AES-CBC");
  const prototype = Object.getPrototypeOf(Uint8Array.prototype) as object;
  const original = Object.getOwnPropertyDescriptor(prototype, "length")!;
  const short = new Uint8Array(3);
  const promises: Promise<unknown>[] = [];
  Object.defineProperty(prototype, "length", { get: () => 16, configurable: true });
  try {
    promises.push(
      subtle.encrypt({ name: "AES-CTR", counter: short, length: 64 }, ctr, short),
      subtle.encrypt({ name: "AES-CBC", iv: short }, cbc, short),
      subtle.importKey("raw", short, "AES-CBC", true, ["encrypt"]).then((key) => {
        return subtle.encrypt({ name: "AES-CBC", iv: new Uint8Array(16) }, key, short);
      }),
    );
  } finally {
    Object.defineProperty(prototype, "length", original);
  }
  for (const promise of promises) await assert.rejects(promise, { name: "OperationError" });
});
