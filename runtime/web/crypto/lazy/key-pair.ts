// What all algorithms with public and private keys have in common. Thread: the isolate's.
import { copyBytes, viewBuffer } from "../../idl/webidl.ts";
import type { Jwk, KeyAlgorithm, KeyFormat, KeyPairSlots, KeySlots, KeyType } from "./algorithm.ts";
import { accessError, dataError, notSupported, operationError, usagesError } from "./errors.ts";
import { requireUsages } from "./usages.ts";

/** KeySlots.data: all of a buffer of its own. */
export type Material = Uint8Array<ArrayBuffer>;

/** What the keys of an algorithm are for. */
export interface KeyUses {
  /** Sets of Usage bits. */
  readonly public: number;
  readonly private: number;
  /** `use` of a JWK. */
  readonly jwk: "sig" | "enc";
}

/**
 * The check of usages that key generation begins with. Keys without any for the private key are refused by
 * requirePrivateUsages(), after the parameters have been checked.
 */
export function requirePairUsages(usages: number, uses: KeyUses, name: string): void {
  requireUsages(usages, uses.public | uses.private, name);
}

/** What would be refused when the key is ready is refused before the work. */
export function requirePrivateUsages(usages: number, uses: KeyUses): void {
  if ((usages & uses.private) === 0) throw usagesError("A private key needs usages.");
}

/** The usages that an imported key may have. */
export function requireImportUsages(
  isPrivate: boolean,
  usages: number,
  uses: KeyUses,
  name: string,
): void {
  requireUsages(usages, isPrivate ? uses.private : uses.public, name);
}

export function importedKey(
  isPrivate: boolean,
  algorithm: KeyAlgorithm,
  data: Material,
  extractable: boolean,
  usages: number,
): KeySlots {
  return { type: isPrivate ? "private" : "public", extractable, algorithm, usages, data };
}

/** Each key has those of the usages that are its own; public keys can always be exported. */
export function keyPair(
  algorithm: KeyAlgorithm,
  publicData: Material,
  privateData: Material,
  extractable: boolean,
  usages: number,
  uses: KeyUses,
): KeyPairSlots {
  return {
    publicKey: importedKey(false, algorithm, publicData, true, usages & uses.public),
    privateKey: importedKey(true, algorithm, privateData, extractable, usages & uses.private),
  };
}

/** What an import has given, or a DataError with the reason why it failed. */
export function imported<T extends object>(result: T | string): T {
  if (typeof result === "string") throw dataError(result);
  return result;
}

/** What the generation of a key has given. */
export function generated<T>(result: T | undefined): T {
  if (result === undefined) throw operationError("The key could not be generated.");
  return result;
}

/** What an operation with a key has given. */
export function done<T>(result: T | undefined, problem: string): T {
  if (result === undefined) throw operationError(problem);
  return result;
}

/** The type of key that an operation takes: else an InvalidAccessError. */
export function requireKeyType(key: KeySlots, type: KeyType): void {
  if (key.type !== type) throw accessError(`The key is a ${key.type} key, not a ${type} one.`);
}

/** Each format but jwk belongs to one type of key: else an InvalidAccessError. */
export function requireType(key: KeySlots, type: KeyType, format: KeyFormat): void {
  if (key.type === type) return;
  throw accessError(`A ${key.type} key has no format '${format}'.`);
}

export function requireJwkAlg(jwk: Jwk, alg: string): void {
  if (jwk.alg !== undefined && jwk.alg !== alg) {
    throw dataError(`The JWK's member 'alg' is not '${alg}'.`);
  }
}

export function unsupportedFormat(format: KeyFormat, name: string) {
  return notSupported(`Keys for ${name} have no format '${format}'.`);
}

/** A part of a key's material, without a copy. */
export function part(data: Material, from: number, to: number): Material {
  return new Uint8Array(viewBuffer(data) as ArrayBuffer, from, to - from);
}

/** The bytes of a public key for scripts. */
export function rawBytes(data: Material): ArrayBuffer {
  return viewBuffer(copyBytes(data)) as ArrayBuffer;
}
