// The registered algorithms (Web Cryptography, section 18.2), by their names without regard to
// case. Filled once, by algorithms.ts, when the group is loaded. Thread: the isolate's.
import { charCodeAt, mapGet, mapSet, toLowerCase } from "../../idl/primordials.ts";
import type { Algorithm } from "./algorithm.ts";

const algorithms = new Map<string, Algorithm>();

export function registerAlgorithm(algorithm: Algorithm): void {
  mapSet(algorithms, toLowerCase(algorithm.name), algorithm);
}

export function findAlgorithm(name: string): Algorithm | undefined {
  // Beyond ASCII, letters such as U+212A (the Kelvin sign) would turn into ASCII's.
  for (let i = 0; i < name.length; i++) {
    if (charCodeAt(name, i) > 0x7f) return undefined;
  }
  return mapGet(algorithms, toLowerCase(name));
}
