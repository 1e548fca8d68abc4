// crypto.getRandomValues and crypto.randomUUID.
import { assert, test } from "./harness.ts";

// While this module is evaluated a snapshot may be under construction: then randomness is refused.
let advice = "";
try {
  crypto.randomUUID();
} catch (error) {
  advice = (error as Error).message;
}

test("crypto: refused at the top level, with advice", () => {
  assert.ok(/inside fetch\(\)/.test(advice), advice);
});

test("crypto.getRandomValues: fills and returns the array", () => {
  const bytes = new Uint8Array(64);
  assert.equal(crypto.getRandomValues(bytes), bytes);
  assert.ok(new Set(bytes).size > 10);
  const view = new Uint8Array(100).subarray(10, 90);
  crypto.getRandomValues(view);
  assert.ok(view.some((byte) => byte !== 0));
  const whole = new Uint8Array(view.buffer);
  assert.ok(
    whole.subarray(0, 10).every((byte) => byte === 0),
    "bytes before the view",
  );
  assert.ok(
    whole.subarray(90).every((byte) => byte === 0),
    "bytes after the view",
  );
});

test("crypto.getRandomValues: integer arrays of every kind", () => {
  const arrays = [
    new Int8Array(8),
    new Uint8ClampedArray(8),
    new Int16Array(8),
    new Uint16Array(8),
    new Int32Array(8),
    new Uint32Array(8),
    new BigInt64Array(8),
    new BigUint64Array(8),
  ];
  for (const array of arrays) crypto.getRandomValues(array);
  crypto.getRandomValues(new Uint8Array(0));
});

test("crypto.getRandomValues: the limit is 65536 bytes", () => {
  const most = crypto.getRandomValues(new Uint8Array(65536));
  assert.ok(most.subarray(65000).some((byte) => byte !== 0));
  assert.throws(() => crypto.getRandomValues(new Uint8Array(65537)), {
    name: "QuotaExceededError",
  });
  assert.throws(() => crypto.getRandomValues(new Uint32Array(16385)), {
    name: "QuotaExceededError",
  });
});

test("crypto.getRandomValues: other types are refused", () => {
  for (const bad of [new Float32Array(1), new Float64Array(1), new DataView(new ArrayBuffer(1))]) {
    assert.throws(() => crypto.getRandomValues(bad as never), { name: "TypeMismatchError" });
  }
  assert.throws(() => crypto.getRandomValues(new ArrayBuffer(1) as never), TypeError);
  assert.throws(() => crypto.getRandomValues([1] as never), TypeError);
});

test("crypto.randomUUID: version 4, all different", () => {
  const seen = new Set<string>();
  for (let i = 0; i < 1000; i++) {
    const uuid = crypto.randomUUID();
    assert.ok(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(uuid),
      uuid,
    );
    seen.add(uuid);
  }
  assert.equal(seen.size, 1000);
});

test("crypto: the interface", () => {
  assert.ok(crypto instanceof Crypto);
  assert.throws(() => new Crypto(), /Illegal constructor/);
  assert.throws(() => Crypto.prototype.randomUUID.call({} as Crypto), TypeError);
  assert.equal(typeof Object.getOwnPropertyDescriptor(globalThis, "crypto")!.get, "function");
  assert.equal(navigator.userAgent, "NANO");
});
