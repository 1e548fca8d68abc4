// Sets of key usages (Web Cryptography, section 13). Thread: the isolate's.
import { enumeration, sequence } from "../../idl/webidl.ts";
import { Usage } from "./algorithm.ts";
import { usagesError } from "./errors.ts";

/** KeyUsage, in the specification's order: the bits of Usage. */
const NAMES = [
  "encrypt",
  "decrypt",
  "sign",
  "verify",
  "deriveKey",
  "deriveBits",
  "wrapKey",
  "unwrapKey",
] as const;

export type KeyUsage = (typeof NAMES)[number];

const toKeyUsages = sequence(enumeration("KeyUsage", NAMES));

function usageBit(name: string): number {
  for (let i = 0; i < NAMES.length; i++) {
    if (NAMES[i] === name) return 1 << i;
  }
  return Usage.None;
}

/** sequence<KeyUsage>. */
export function toUsages(value: unknown, where?: string): number {
  const names = toKeyUsages(value, where);
  let set = Usage.None as number;
  for (let i = 0; i < names.length; i++) set |= usageBit(names[i]!);
  return set;
}

/** The names of a set, in the specification's order: what CryptoKey.usages and `key_ops` show. */
export function usageNames(set: number): KeyUsage[] {
  const names: KeyUsage[] = [];
  for (let i = 0; i < NAMES.length; i++) {
    if ((set & (1 << i)) !== 0) names[names.length] = NAMES[i]!;
  }
  return names;
}

/**
 * Names of no usage are passed over: `key_ops` may have others. Undefined if one is there twice.
 */
export function usagesOfNames(names: readonly string[]): number | undefined {
  let set = Usage.None as number;
  for (let i = 0; i < names.length; i++) {
    for (let j = 0; j < i; j++) {
      if (names[j] === names[i]) return undefined;
    }
    set |= usageBit(names[i]!);
  }
  return set;
}

/** A SyntaxError if `usages` holds one that is not in `allowed`. */
export function requireUsages(usages: number, allowed: number, algorithm: string): void {
  const wrong = usages & ~allowed;
  if (wrong === 0) return;
  throw usagesError(`A key for ${algorithm} cannot have the usage '${usageNames(wrong)[0]}' here.`);
}
