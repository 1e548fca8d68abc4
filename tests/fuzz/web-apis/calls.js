// Calls: picks an interface, a member and arguments, and judges what comes out of it.
"use strict";

/** The globals that are Web APIs: everything but the language's own. */
const language = new Set(
  (
    "globalThis Object Function Array Number parseFloat parseInt Infinity NaN undefined Boolean String " +
    "Symbol Date Promise RegExp Error AggregateError EvalError RangeError ReferenceError SyntaxError " +
    "TypeError URIError SuppressedError JSON Math Intl ArrayBuffer Atomics Uint8Array Int8Array " +
    "Uint16Array Int16Array Uint32Array Int32Array BigUint64Array BigInt64Array Uint8ClampedArray " +
    "Float16Array Float32Array Float64Array DataView Map BigInt Set Iterator WeakMap WeakSet WeakRef " +
    "Proxy Reflect FinalizationRegistry decodeURI decodeURIComponent encodeURI encodeURIComponent " +
    "escape unescape eval isFinite isNaN SharedArrayBuffer Temporal DisposableStack " +
    "AsyncDisposableStack self"
  ).split(" "),
);
const globalNames = fuzzGlobals.filter((name) => typeof name === "string" && !language.has(name));
const isInterface = (name) =>
  name !== "WebAssembly" && typeof globalThis[name] === "function" && /^[A-Z]/.test(name);
const interfaces = globalNames.filter(isInterface);
const functions = globalNames.filter(
  (name) => typeof globalThis[name] === "function" && !isInterface(name),
);
const streaming = [WebAssembly.compileStreaming, WebAssembly.instantiateStreaming];

/** "Headers" of a Headers object: the constructor that its prototype names. */
function interfaceOf(object) {
  return attempt(() => `${prototypeOf(object).constructor.name}`, "?");
}

function argumentsFor(where) {
  const makers = plausible[where];
  if (makers === undefined || once(15)) {
    return Array.from({ length: below(5) }, () => value());
  }
  const args = makers.map((make) =>
    once(9) && where !== "SubtleCrypto.deriveBits" ? value() : make(),
  );
  if (once(12)) args.length = below(args.length + 1);
  return args;
}

// What the engine says of a mistake in the runtime's own code. An app's mistakes have other words.
const mistakes =
  /^(Cannot (read|set) propert|Cannot destructure|Cannot convert undefined|Invalid array length|.* is not (defined|iterable|a function|a constructor)$)/;

const ofTheSpecifications = new Set([TypeError, RangeError, SyntaxError, WebAssembly.CompileError]);
ofTheSpecifications.add(WebAssembly.LinkError).add(WebAssembly.RuntimeError);

/** An exception that a specification cannot have asked for. */
function judge(exception, what, receiver) {
  if (!(exception instanceof Error) || hostile || exception instanceof DOMException) return;
  const { message, stack } = exception;
  const top = typeof stack === "string" ? /\n    at .*/.exec(stack)?.[0] : undefined;
  if (top === undefined || !top.includes("nano:web")) return;
  const kind = exception.constructor;
  const known = ofTheSpecifications.has(kind);
  // A failed brand check names a private field, or a class if there is no receiver at all.
  const brandCheck = message.includes("'#") || receiver === NOTHING;
  if (!known || (mistakes.test(message) && !brandCheck)) {
    fuzzSuspect(`${exception.name}: ${message}${top.replace("\n", "")} (${what})`);
  }
}

/** Stands for a receiver that is undefined or null. */
const NOTHING = Symbol("nothing");
const receiverOf = (receiver) => receiver ?? NOTHING;

const pending = [];

function settle(result, what, receiver) {
  keep(result);
  if (!(result instanceof Promise)) return;
  const settled = result.then(keep, (reason) => judge(reason, what, receiver));
  if (pending.length < 500) pending.push(settled);
}

/** Calls at the end of the stack, where every further call may be the one too many. */
function atTheEdge(run) {
  let left = 1 + below(12);
  const deeper = () => {
    try {
      deeper();
    } catch (exception) {
      if (left-- > 0) attempt(run);
      throw exception;
    }
  };
  attempt(deeper);
}

let calls = 0;

function perform(what, run, receiver) {
  fuzzTrace(`${calls++} ${what}`);
  if (once(60)) return atTheEdge(run);
  try {
    settle(run(), what, receiver);
  } catch (exception) {
    judge(exception, what, receiver);
  }
}

function callMember(target, receiver, where) {
  // From the object itself up its chain.
  let holder = target;
  for (let up = below(4); up > 0; up--) holder = attempt(() => prototypeOf(holder), null) ?? holder;
  // What every object has is the language's; its __proto__ would be the end of all subclasses.
  if (holder === Object.prototype || holder === Function.prototype) return;
  const name = pick(attempt(() => names(holder), []));
  if (name === undefined || name === "constructor") return;
  const descriptor = attempt(() => descriptorOf(holder, name));
  if (descriptor === undefined) return;
  const what = `${where}.${String(name)}`;
  if (typeof descriptor.value === "function") {
    const args = argumentsFor(what);
    perform(what, () => apply(descriptor.value, receiver, args), receiverOf(receiver));
  } else if (descriptor.set !== undefined && once(2)) {
    const given = once(2) ? callback() : value();
    perform(`${what} =`, () => apply(descriptor.set, receiver, [given]), receiverOf(receiver));
  } else if (descriptor.get !== undefined) {
    perform(what, () => apply(descriptor.get, receiver, []), receiverOf(receiver));
  }
}

function callConstructor(name) {
  const Class = globalThis[name];
  const args = argumentsFor(name);
  if (once(20)) perform(`${name}()`, () => apply(Class, value(1), args));
  else if (once(20))
    perform(`new ${name} as`, () =>
      construct(
        Class,
        args,
        oneOf(
          () => class {},
          () => proxy(class {}),
        ),
      ),
    );
  else perform(`new ${name}`, () => construct(Class, args));
}

function callFunction() {
  const name = once(20) ? "streaming" : pick(functions);
  const run = name === "streaming" ? pick(streaming) : globalThis[name];
  const args = argumentsFor(name);
  perform(name, () => apply(run, once(10) ? value(1) : undefined, args));
}

function performCall(depth = 0) {
  if (depth > 0 && once(depth)) return;
  switch (below(10)) {
    case 0:
    case 1:
      return callConstructor(pick(interfaces));
    case 2:
      return callFunction();
    case 3: {
      const name = pick(interfaces);
      return callMember(globalThis[name], globalThis[name], name);
    }
    case 4: {
      const where = pick(["crypto", "performance", "console", "navigator", "subtle"]);
      const target = where === "subtle" ? crypto.subtle : globalThis[where];
      return callMember(target, target, interfaceOf(target));
    }
    case 5: {
      // A method of one interface with anything as its receiver.
      const name = pick(interfaces);
      return callMember(globalThis[name].prototype, value(1), name);
    }
    default: {
      const target = pick(pool);
      if (target !== undefined) callMember(target, target, interfaceOf(target));
    }
  }
}
