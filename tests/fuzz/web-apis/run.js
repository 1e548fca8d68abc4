// One round: makes instances, calls some hundred times, waits for a moment, and is done.
"use strict";

const CALLS = 250;
const PATIENCE = 25; // Milliseconds.

/** An app that has patched the language must only break itself. */
function patchTheLanguage() {
  const anything = () => effect();
  const targets = [
    [
      Object.prototype,
      ["get", "value", "then", "done", "type", "signal", "toString", "length", "0"],
    ],
    [Array.prototype, [Symbol.iterator, "push", "map", "join", "then", "0", "length"]],
    [Promise.prototype, ["then", "catch", "constructor"]],
    [Promise, ["resolve", "reject", Symbol.species]],
    [Function.prototype, ["call", "apply", "bind", Symbol.hasInstance]],
    [String.prototype, ["toString", "slice", "charCodeAt", Symbol.iterator, "toLowerCase"]],
    [
      prototypeOf(Uint8Array.prototype),
      ["set", "subarray", "buffer", "byteLength", Symbol.iterator],
    ],
    [Uint8Array, [Symbol.species, "from"]],
    [ArrayBuffer.prototype, ["byteLength", "slice", "transfer", "constructor"]],
    [Map.prototype, ["get", "set", "has", Symbol.iterator]],
    [JSON, ["parse", "stringify"]],
    [Error, ["captureStackTrace", "stackTraceLimit", "prepareStackTrace"]],
    [globalThis, ["Promise", "Uint8Array", "Error", "queueMicrotask", "ReadableStream", "Headers"]],
  ];
  for (let i = 1 + below(4); i > 0; i--) {
    const [target, keys] = pick(targets);
    const property = once(2)
      ? { get: anything, set: anything, configurable: true }
      : { value: once(2) ? anything : value(1), configurable: true, writable: true };
    attempt(() => Object.defineProperty(target, pick(keys), property));
  }
}

/** With what the language had at first: patches do not reach it. */
const { allSettled, race } = Promise;
const settleAll = allSettled.bind(Promise);
const raceOf = race.bind(Promise);
const later = setTimeout;
const sleep = (ms) => new Promise((resolve) => later(resolve, ms));

const hostile = fuzzSeed % 4 === 3;

/** A call whose arguments may fail while they are made: by what callbacks throw, by revoked proxies. */
function step() {
  try {
    performCall();
  } catch (exception) {
    if (!hostile && !(exception instanceof Thrown) && !/revoked/.test(exception.message))
      throw exception;
  }
}

/** Scenarios fail where a step gave nothing to go on with; what the APIs throw has been judged. */
function forgive(reason) {
  const own = !(reason instanceof Error) || /\n    at .*nano:web/.test(reason.stack);
  if (!hostile && !own && !(reason instanceof TypeError)) throw reason;
}

async function round() {
  for (const name of interfaces) {
    attempt(() =>
      keep(
        construct(
          globalThis[name],
          (plausible[name] ?? []).map((make) => make()),
        ),
      ),
    );
  }
  attempt(() => {
    const { port1, port2 } = new MessageChannel();
    keep(port1);
    keep(port2);
  });
  if (once(3)) await makeKeys();
  if (hostile) patchTheLanguage();
  for (let i = 0; i < CALLS; i++) {
    step();
    if (once(25)) await undefined;
    if (once(12)) await raceOf([pick(scenarios)().catch(forgive), sleep(PATIENCE)]);
  }
  await raceOf([settleAll(pending), sleep(PATIENCE)]);
}

// A patched Promise may settle nothing any more. No timer fires before all calls have been made.
if (hostile) later(() => fuzzDone(), PATIENCE);
round().then(
  () => fuzzDone(),
  (error) => (hostile ? fuzzDone() : fuzzFail(String(error?.stack ?? error))),
);
