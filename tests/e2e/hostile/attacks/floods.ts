// Attacks by numbers and by waiting: lines, fields, timers, calls, responses that never end.

import { CUT, type Attacks } from "./attack.ts";

const RSA = `const rsa = (modulusLength) => crypto.subtle.generateKey(
  { name: "RSA-OAEP", modulusLength, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" },
  true, ["encrypt", "decrypt"]);`;

export const FLOODS: Attacks = {
  "a promise that nobody resolves": {
    code: `await new Promise(() => {});`,
    expect: ["first-byte-limit"],
    together: 10,
  },
  "a million timers": {
    code: `for (let i = 0; i < 1e6; i++) setTimeout(() => {}, 1e6);`,
    expect: [500, "cpu-limit"],
  },
  "flood of lines": {
    code: `for (let i = 0; i < 1e5; i++) console.log("x".repeat(100));`,
    expect: [200, "cpu-limit"],
  },
  "a line that is long": {
    code: `console.log("x".repeat(3e7)); console.log(new Array(1e6).fill({}));`,
    expect: [200, "cpu-limit"],
  },
  "flood of fields": {
    code: `const headers = new Headers();
      for (let i = 0; i < 2e4; i++) headers.append("x-" + i, "v".repeat(100));
      return new Response("", { headers });`,
    expect: ["fields-limit", "cpu-limit"],
  },
  "a field that is long": {
    code: `return new Response("", { headers: { x: "v".repeat(5e7) } });`,
    expect: ["fields-limit", "cpu-limit", "memory-limit"],
  },
  "flood of calls": {
    code: `for (let i = 0; i < 2000; i++) await fetch(env.ORIGIN + "/");`,
    expect: [500, "cpu-limit", "first-byte-limit"],
  },
  "flood of calls at once": {
    code: `await Promise.all(Array.from({ length: 2000 }, () => fetch(env.ORIGIN + "/")));`,
    expect: [500, "cpu-limit", "first-byte-limit"],
  },
  "a response that never ends": {
    code: `const part = new Uint8Array(65_536);
      return new Response(new ReadableStream({ pull: (c) => c.enqueue(part.slice()) }));`,
    expect: [CUT],
  },
  "a response that drips": {
    code: `return new Response(new ReadableStream({ async pull(c) {
      await new Promise((done) => setTimeout(done, 20));
      c.enqueue(new Uint8Array(1));
    } }));`,
    expect: [CUT],
    together: 10,
  },
  "an answer that is passed on and never ends": {
    code: `return fetch(env.ORIGIN + "/endless");`,
    expect: [CUT],
    together: 10,
  },
  "waiting for memory": {
    code: `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`,
    expect: [500],
  },
  "flood of keys": {
    code: `${RSA} for (let i = 0; i < 20; i++) rsa(2048);`,
    expect: [200],
  },
};

/** They spoil their isolate, or go on in it when they have been answered. */
export const LASTING: Attacks = {
  "endless keys": {
    code: `${RSA} for (;;) await Promise.all([rsa(2048), rsa(2048), rsa(2048), rsa(2048)]);`,
    expect: ["first-byte-limit"],
  },
  "keys that take minutes": {
    code: `${RSA} await Promise.all([rsa(16_384), rsa(16_384), rsa(16_384), rsa(16_384)]);`,
    expect: ["first-byte-limit"],
  },
  "endless timers": {
    code: `const again = () => setTimeout(again, 0); for (let i = 0; i < 100; i++) again();
      await new Promise(() => {});`,
    expect: ["cpu-limit", "first-byte-limit"],
  },
  "polluted prototypes": {
    code: `Object.prototype.then = 1;
      Array.prototype[Symbol.iterator] = Promise.prototype.then = Object.prototype.get = null;
      Map.prototype.get = Function.prototype.call = Function.prototype.apply = () => { for (;;); };`,
    expect: [200, 500, "cpu-limit", "first-byte-limit"],
  },
};
