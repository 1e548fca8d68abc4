// Scenarios of crypto.subtle: keys of every algorithm are made, used, exported, changed and imported.
"use strict";

/** Keys by the name of their algorithm. */
const keyring = {};

const secrets = {
  "AES-GCM": ["encrypt", "decrypt", "wrapKey", "unwrapKey"],
  "AES-CBC": ["encrypt", "decrypt", "wrapKey", "unwrapKey"],
  "AES-CTR": ["encrypt", "decrypt", "wrapKey", "unwrapKey"],
  "AES-KW": ["wrapKey", "unwrapKey"],
  HMAC: ["sign", "verify"],
  HKDF: ["deriveBits", "deriveKey"],
  PBKDF2: ["deriveBits", "deriveKey"],
};
const pairs = {
  ECDSA: ["sign", "verify"],
  ECDH: ["deriveBits", "deriveKey"],
  Ed25519: ["sign", "verify"],
  X25519: ["deriveBits", "deriveKey"],
  "RSA-PSS": ["sign", "verify"],
  "RSASSA-PKCS1-v1_5": ["sign", "verify"],
  "RSA-OAEP": ["encrypt", "decrypt", "wrapKey", "unwrapKey"],
};
const curve = () => pick(["P-256", "P-256", "P-384", "P-521"]);

/** Key generation's parameters. */
function generation(name) {
  const made = { name, hash: pick(["SHA-1", "SHA-256", "SHA-512"]), length: pick([128, 192, 256]) };
  if (name.startsWith("EC")) made.namedCurve = curve();
  if (name.startsWith("RSA")) {
    made.modulusLength = pick([512, 1024, 1024, 1024, 0, 257]);
    made.publicExponent = once(9) ? bytes() : new Uint8Array([1, 0, 1]);
  }
  return made;
}

/** What an operation of the key's algorithm needs. */
function parameters(name, partner) {
  return {
    name,
    hash: pick(["SHA-1", "SHA-256", "SHA-384", "SHA-512"]),
    iv: once(5) ? bytes() : new Uint8Array(name === "AES-CBC" ? 16 : 12),
    counter: once(5) ? bytes() : crypto.getRandomValues(new Uint8Array(16)),
    length: pick([64, 1, 128, 8, 32, 0]),
    tagLength: maybe(pick([128, 96, 104, 32, 1])),
    additionalData: once(2) ? bytes() : undefined,
    public: or(partner),
    namedCurve: curve(),
    saltLength: pick([0, 20, 32, 64, 200]),
    label: once(2) ? bytes() : undefined,
    salt: bytes(),
    info: bytes(),
    iterations: pick([1, 10, 0]),
  };
}

async function makeKey() {
  const { subtle } = crypto;
  const isSecret = once(2);
  const name = pick(names(isSecret ? secrets : pairs));
  const uses = (isSecret ? secrets : pairs)[name];
  const extractable = !once(4);
  const derives = name === "HKDF" || name === "PBKDF2";
  const made = derives
    ? await use("importKey", () => subtle.importKey("raw", bytes(), name, false, uses))
    : await use("generateKey", () => subtle.generateKey(generation(name), extractable, uses));
  if (made === undefined) return;
  const ring = (keyring[name] ??= []);
  ring[ring.length < 4 ? ring.length : below(4)] = made.privateKey
    ? made
    : { privateKey: made, publicKey: made };
}

async function useKey() {
  const { subtle } = crypto;
  if (names(keyring).length < 2 || once(6)) await makeKey();
  const name = pick(names(keyring));
  if (name === undefined) return;
  const { privateKey, publicKey } = pick(keyring[name]);
  const partner = pick(keyring[name]).publicKey;
  const algorithm = parameters(name, partner);
  const data = bytes();
  const { usages: uses } = privateKey;
  switch (pick([...uses, "export", "import"])) {
    case "encrypt":
    case "decrypt": {
      const sealed = await use("encrypt", () => subtle.encrypt(algorithm, or(publicKey), data));
      const damaged = once(3) ? bytes() : sealed;
      return use("decrypt", () => subtle.decrypt(algorithm, or(privateKey), damaged));
    }
    case "sign":
    case "verify": {
      const signature = await use("sign", () => subtle.sign(algorithm, or(privateKey), data));
      return use("verify", () =>
        subtle.verify(algorithm, publicKey, once(3) ? bytes() : signature, or(data)),
      );
    }
    case "deriveBits":
      return use("deriveBits", () =>
        subtle.deriveBits(
          algorithm,
          privateKey,
          pick([null, undefined, 0, 1, 8, 128, 256, 520, 4096]),
        ),
      );
    case "deriveKey": {
      const derived = generation(pick(names(secrets)));
      return use("deriveKey", () =>
        subtle.deriveKey(
          algorithm,
          privateKey,
          derived,
          flag(),
          ["sign", "encrypt"].slice(below(2)),
        ),
      );
    }
    case "wrapKey":
    case "unwrapKey": {
      const other = pick(keyring[pick(names(keyring))]).privateKey;
      const format = pick(["raw", "jwk", "pkcs8"]);
      const wrapped = await use("wrapKey", () =>
        subtle.wrapKey(format, or(other), publicKey, algorithm),
      );
      const unwrapped = generation(other.algorithm.name);
      return use("unwrapKey", () =>
        subtle.unwrapKey(
          format,
          once(4) ? bytes() : wrapped,
          privateKey,
          algorithm,
          unwrapped,
          flag(),
          other.usages,
        ),
      );
    }
    default: {
      const exported = once(2) ? privateKey : publicKey;
      const format = pick(["raw", "jwk", "pkcs8", "spki"]);
      const out = await use("exportKey", () => subtle.exportKey(format, exported));
      if (out === undefined) return undefined;
      if (out instanceof ArrayBuffer && once(2) && out.byteLength > 0)
        new Uint8Array(out)[below(out.byteLength)] ^= 1 << below(8);
      else if (format === "jwk" && once(2))
        setMember(out, pick(["k", "x", "d", "n", "kty", "crv", "key_ops"]), 1);
      const algorithmOf = { ...generation(name), ...(once(4) ? dictionary(1) : {}) };
      const imported = await use("importKey", () =>
        subtle.importKey(format, out, algorithmOf, flag(), exported.usages),
      );
      if (imported && once(2)) structuredClone(imported);
      return imported;
    }
  }
}
