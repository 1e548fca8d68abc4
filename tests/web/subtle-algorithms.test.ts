// crypto.subtle: how arguments are converted and algorithms normalized, and which error comes
// first.
import { assert, test } from "./harness.ts";
import { ascii, toHex } from "./hex.ts";

const { subtle } = crypto;

const aesUsages: KeyUsage[] = ["encrypt", "decrypt", "wrapKey", "unwrapKey"];

function importAes(name = "AES-GCM", usages = aesUsages): Promise<CryptoKey> {
  return subtle.importKey("raw", new Uint8Array(16), name, true, usages);
}

/** An object that notes which of its members are read. */
function observed(members: Record<string, unknown>, log: string[]): never {
  return new Proxy(members, {
    get(target, key) {
      log.push(String(key));
      return Reflect.get(target, key);
    },
  }) as never;
}

test("normalization reads a name, then the members of the dictionary in order", async () => {
  const aes = await importAes();
  let log: string[] = [];
  const gcm = {
    tagLength: 128,
    iv: new Uint8Array(12),
    name: "aes-gcm",
    additionalData: undefined,
  };
  await subtle.encrypt(observed(gcm, log), aes, ascii("text"));
  assert.deepEqual(log, ["name", "name", "additionalData", "iv", "tagLength"]);

  log = [];
  const hash = observed({ name: "sha-1" }, log);
  const secret = await subtle.importKey("raw", ascii("x"), "PBKDF2", false, ["deriveBits"]);
  const pbkdf2 = { name: "PBKDF2", salt: ascii("salt"), iterations: 1, hash };
  await subtle.deriveBits(observed(pbkdf2, log), secret, 8);
  assert.deepEqual(log, ["name", "name", "hash", "iterations", "salt", "name", "name"]);

  log = [];
  const jwk = { kty: "oct", k: "AAAAAAAAAAAAAAAAAAAAAA" };
  await subtle.importKey("jwk", observed(jwk, log), "AES-CBC", true, ["encrypt"]);
  assert.equal(log.join(), "alg,crv,d,dp,dq,e,ext,k,key_ops,kty,n,oth,p,q,qi,use,x,y");
});

test("names have no case, but ASCII's only", async () => {
  const aes = await importAes("aEs-gCm");
  assert.equal((aes.algorithm as AesKeyAlgorithm).name, "AES-GCM");
  for (const name of ["HKDF".replace("K", "\u212a"), "ſHA-1", "AES-GCM ", "", "AES", "__proto__"]) {
    await assert.rejects(subtle.importKey("raw", new Uint8Array(16), name, false, ["encrypt"]), {
      name: "NotSupportedError",
    });
    await assert.rejects(subtle.digest(name, new Uint8Array()), { name: "NotSupportedError" });
  }
});

test("identifiers that are neither names nor dictionaries are TypeErrors", async () => {
  const data = new Uint8Array();
  for (const bad of [{}, [], { name: undefined }, Symbol("SHA-1")]) {
    await assert.rejects(subtle.digest(bad as never, data), TypeError);
  }
  // Web IDL makes strings of these.
  for (const name of [undefined, null, 1, true]) {
    await assert.rejects(subtle.digest(name as never, data), { name: "NotSupportedError" });
  }
  assert.equal(
    (await subtle.digest({ name: { toString: () => "SHA-1" } } as never, data)).byteLength,
    20,
  );
});

test("what is in Object.prototype is no parameter of an algorithm that was given as a name", async () => {
  const prototype = Object.prototype as { iv?: unknown; length?: unknown };
  const aes = await importAes();
  prototype.iv = new Uint8Array(12);
  prototype.length = 128;
  try {
    await assert.rejects(subtle.encrypt("AES-GCM", aes, new Uint8Array()), TypeError);
    await assert.rejects(subtle.generateKey("AES-GCM", true, ["encrypt"]), TypeError);
  } finally {
    delete prototype.iv;
    delete prototype.length;
  }
});

test("data are read after the algorithm is normalized, parameters when it is", async () => {
  const data = ascii("abc");
  const algorithm = {
    get name() {
      data[0] = "x".charCodeAt(0);
      return "SHA-1";
    },
  };
  assert.equal(
    toHex(await subtle.digest(algorithm, data)),
    toHex(await subtle.digest("SHA-1", ascii("xbc"))),
  );

  const aes = await importAes("AES-CBC");
  const iv = new Uint8Array(16);
  const buffer = new ArrayBuffer(16);
  const detaching = {
    name: "AES-CBC",
    get iv() {
      if (!buffer.detached) structuredClone(buffer, { transfer: [buffer] });
      return iv;
    },
  };
  const encrypted = await subtle.encrypt(detaching, aes, buffer);
  assert.equal(
    toHex(encrypted),
    toHex(await subtle.encrypt({ name: "AES-CBC", iv }, aes, ascii(""))),
  );
});

test("parameters in a detached buffer have no bytes", async () => {
  const aes = await importAes();
  const buffer = new ArrayBuffer(20);
  const views = [buffer, new Uint8Array(buffer), new DataView(buffer), new DataView(buffer, 4, 8)];
  structuredClone(buffer, { transfer: [buffer] });
  const iv = new Uint8Array(12);
  const without = await subtle.encrypt({ name: "AES-GCM", iv }, aes, ascii("text"));
  for (const additionalData of views) {
    const algorithm = { name: "AES-GCM", iv, additionalData };
    assert.equal(toHex(await subtle.encrypt(algorithm, aes, ascii("text"))), toHex(without));
  }
});

test("errors come in the specification's order", async () => {
  const other = await importAes("AES-CBC", ["encrypt"]);
  const data = new Uint8Array(1);
  const iv = new Uint8Array(12);
  // Arguments are converted first, all of them,
  await assert.rejects(subtle.encrypt("no such thing", {} as never, data), TypeError);
  await assert.rejects(subtle.encrypt("no such thing", other, 1 as never), TypeError);
  // then the algorithm is normalized,
  await assert.rejects(subtle.encrypt("no such thing", other, data), { name: "NotSupportedError" });
  await assert.rejects(subtle.encrypt({ name: "AES-GCM" }, other, data), TypeError);
  // then the key is looked at,
  await assert.rejects(
    subtle.encrypt({ name: "AES-GCM", iv: new Uint8Array() } as never, other, data),
    {
      name: "InvalidAccessError",
    },
  );
  await assert.rejects(subtle.decrypt({ name: "AES-CBC", iv } as never, other, data), {
    name: "InvalidAccessError",
  });
  // and at last the operation is done.
  await assert.rejects(subtle.encrypt({ name: "AES-CBC", iv }, other, data), {
    name: "OperationError",
  });
  await assert.rejects(
    subtle.generateKey({ name: "AES-GCM", length: 1 }, true, ["sign"]),
    { name: "SyntaxError" },
    "usages before the length",
  );
  await assert.rejects(
    subtle.generateKey({ name: "AES-GCM", length: 1 }, true, []),
    { name: "OperationError" },
    "the length before usages that are missing",
  );
  await assert.rejects(subtle.generateKey({ name: "AES-GCM", length: 128 }, true, []), {
    name: "SyntaxError",
  });
  await assert.rejects(subtle.generateKey("AES-GCM", true, ["fly" as never]), TypeError);
});

test("every failure is a rejected promise, also of methods of nothing", async () => {
  const prototype = Object.getPrototypeOf(subtle) as Record<string, () => Promise<unknown>>;
  const names = Object.keys(prototype).filter((name) => name !== "timingSafeEqual");
  assert.equal(names.length, 12);
  for (const name of names) {
    const promise = prototype[name]!.call(null as never);
    assert.ok(promise instanceof Promise, name);
    await assert.rejects(promise, TypeError);
    await assert.rejects(prototype[name]!.call({} as never), TypeError);
    await assert.rejects((subtle as never as typeof prototype)[name]!(), TypeError);
  }
  assert.throws(() => new (SubtleCrypto as never as new () => unknown)(), TypeError);
});

test("the format and the key data have to belong together", async () => {
  const bytes = new Uint8Array(16);
  const jwk = { kty: "oct", k: "AAAAAAAAAAAAAAAAAAAAAA" };
  for (const format of ["raw", "spki", "pkcs8"] as const) {
    await assert.rejects(
      subtle.importKey(format, jwk as never, "AES-GCM", true, ["encrypt"]),
      TypeError,
    );
  }
  await assert.rejects(
    subtle.importKey("jwk", bytes as never, "AES-GCM", true, ["encrypt"]),
    TypeError,
  );
  await assert.rejects(
    subtle.importKey("der" as never, bytes, "AES-GCM", true, ["encrypt"]),
    TypeError,
  );
  await assert.rejects(subtle.importKey("jwk", null as never, "AES-GCM", true, ["encrypt"]), {
    name: "DataError",
  });
});

test("importKey copies the bytes it is given, exportKey those it gives", async () => {
  const bytes = new Uint8Array(32).fill(1);
  const key = await subtle.importKey("raw", bytes.subarray(16), "AES-GCM", true, ["encrypt"]);
  bytes.fill(2);
  const exported = new Uint8Array((await subtle.exportKey("raw", key)) as ArrayBuffer);
  assert.equal(toHex(exported), "01".repeat(16));
  exported.fill(3);
  assert.equal(toHex((await subtle.exportKey("raw", key)) as ArrayBuffer), "01".repeat(16));
});

test("timingSafeEqual compares bytes, of any buffers", () => {
  const extended = subtle as unknown as Record<string, (a: unknown, b: unknown) => boolean>;
  const onCrypto = crypto as unknown as typeof extended;
  for (const target of [extended, onCrypto]) {
    const equal = (a: unknown, b: unknown) => target["timingSafeEqual"]!(a, b);
    assert.equal(equal(ascii("same"), ascii("same")), true);
    assert.equal(equal(ascii("same"), ascii("sama")), false);
    assert.equal(equal(new ArrayBuffer(8), new Float64Array(1)), true);
    assert.equal(equal(new Uint16Array([1]), new DataView(Uint8Array.of(1, 0).buffer)), true);
    assert.equal(equal(new Uint8Array(), new ArrayBuffer(0)), true);
    assert.equal(equal(new Uint8Array(70_000), new Uint8Array(70_000)), true);
    assert.throws(() => equal(ascii("same"), ascii("longer")), TypeError);
    assert.throws(() => equal("same", "same"), TypeError);
    assert.throws(() => (target["timingSafeEqual"] as unknown as () => void)(), TypeError);
    assert.throws(() => target["timingSafeEqual"]!.call({}, ascii(""), ascii("")), TypeError);
  }
});
