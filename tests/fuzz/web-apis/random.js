// Seeded randomness, and what the fuzzer keeps of the language before anything is patched.
"use strict";

// The generator is 'mulberry32': 32 bits of state, the same on every machine.
let state = fuzzSeed;
function random32() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return (t ^ (t >>> 14)) >>> 0;
}

/** An integer from 0 to limit - 1. */
const below = (limit) => (limit <= 0 ? 0 : random32() % limit);
/** True once in `n` times. */
const once = (n) => below(n) === 0;
const pick = (list) => list[below(list.length)];
/** Calls one of the functions. */
const oneOf = (...makers) => pick(makers)();

const names = Reflect.ownKeys;
const descriptorOf = Reflect.getOwnPropertyDescriptor;
const prototypeOf = Reflect.getPrototypeOf;
const { apply, construct } = Reflect;
const isObject = (value) =>
  (typeof value === "object" && value !== null) || typeof value === "function";

/** What evil callbacks throw: an exception that comes out of an API unchanged is none of its own. */
class Thrown {}

function attempt(run, otherwise = undefined) {
  try {
    return run();
  } catch {
    return otherwise;
  }
}
