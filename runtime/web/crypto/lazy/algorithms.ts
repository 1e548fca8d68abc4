// Registers every algorithm of the group. Imported for its effect. Thread: the isolate's.
import { aesCbc, aesCtr, aesGcm, aesKw } from "./aes.ts";
import type { Algorithm } from "./algorithm.ts";
import { hkdf, pbkdf2 } from "./derivation.ts";
import { ecdh } from "./ecdh.ts";
import { ecdsa } from "./ecdsa.ts";
import { ed25519, ed448 } from "./eddsa.ts";
import { sha1, sha256, sha384, sha512 } from "./hashes.ts";
import { hmac } from "./hmac.ts";
import { registerAlgorithm } from "./registry.ts";
import { rsaOaep } from "./rsa-oaep.ts";
import { rsaPss, rsassaPkcs1 } from "./rsa-signatures.ts";
import { x25519, x448 } from "./x25519.ts";

const algorithms: Algorithm[] = [
  sha1,
  sha256,
  sha384,
  sha512,
  hmac,
  aesCtr,
  aesCbc,
  aesGcm,
  aesKw,
  hkdf,
  pbkdf2,
  rsassaPkcs1,
  rsaPss,
  rsaOaep,
  ecdsa,
  ecdh,
  ed25519,
  x25519,
  ed448,
  x448,
];

for (let i = 0; i < algorithms.length; i++) registerAlgorithm(algorithms[i]!);
