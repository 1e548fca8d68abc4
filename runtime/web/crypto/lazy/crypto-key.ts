// CryptoKey (Web Cryptography, section 13): a handle of a key, whose material no script sees but by
// exporting it. Structured-cloneable. Thread: the isolate's.
import {
  INTERNAL,
  copyBytes,
  defineInterface,
  illegalConstructor,
  interfaceType,
} from "../../idl/webidl.ts";
import type { KeyAlgorithm, KeySlots, KeyType } from "./algorithm.ts";
import { usageNames } from "./usages.ts";

/** A key with new material. */
export let createKey: (slots: KeySlots) => CryptoKey;
export let keySlots: (key: CryptoKey) => KeySlots;
export let isCryptoKey: (value: object) => value is CryptoKey;

let lastId = 0;

/** What the attribute `algorithm` gives: the members in the order of the dictionary's. */
function publicAlgorithm(algorithm: KeyAlgorithm): object {
  const { name, modulusLength, publicExponent, hash, length, namedCurve } = algorithm;
  const shown: Record<string, unknown> = { name };
  if (modulusLength !== undefined) shown["modulusLength"] = modulusLength;
  if (publicExponent !== undefined) shown["publicExponent"] = copyBytes(publicExponent);
  if (hash !== undefined) shown["hash"] = { name: hash };
  if (length !== undefined) shown["length"] = length;
  if (namedCurve !== undefined) shown["namedCurve"] = namedCurve;
  return shown;
}

export class CryptoKey {
  readonly #slots: KeySlots;
  // [[algorithm_cached]] and [[usages_cached]]: scripts may change these objects, not the key.
  #algorithm: object | undefined;
  #usages: object | undefined;

  constructor(key?: unknown, slots?: KeySlots) {
    illegalConstructor(key);
    this.#slots = slots!;
  }

  get type(): KeyType {
    return this.#slots.type;
  }

  get extractable(): boolean {
    return this.#slots.extractable;
  }

  get algorithm(): object {
    return (this.#algorithm ??= publicAlgorithm(this.#slots.algorithm));
  }

  get usages(): object {
    return (this.#usages ??= usageNames(this.#slots.usages));
  }

  static {
    createKey = (slots) => new CryptoKey(INTERNAL, { ...slots, id: ++lastId });
    keySlots = (key) => key.#slots;
    isCryptoKey = (value): value is CryptoKey => #slots in value;
  }
}

defineInterface(CryptoKey, "CryptoKey", {
  shows: ["type", "extractable", "algorithm", "usages"],
  length: 0,
  is: isCryptoKey,
  // All that a key is lies in its slots, which never change: both may have the same.
  clone: (key) => new CryptoKey(INTERNAL, keySlots(key as CryptoKey)),
});

export const toCryptoKey = interfaceType("CryptoKey", isCryptoKey);
