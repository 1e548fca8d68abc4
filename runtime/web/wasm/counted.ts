// WebAssembly's functions that promise a module, in place of the engine's, which they call: what a module
// takes is counted before it is compiled, and for as long as it is there (runtime/isolate/wasm_modules.h).
// compileStreaming and instantiateStreaming besides (WebAssembly Web API, section 4), which the engine
// does not have by itself.
//
// And validate, which counts nothing: the engine looks whether an app is to end where it calls a function
// that is no built-in, as this one. A loop over the engine's own would go on. Thread: the isolate's.
import { load } from "../host/lazy-groups.ts";
import { construct, promiseThen, rejected } from "../idl/primordials.ts";
import { define } from "../idl/webidl.ts";

interface Instantiated {
  readonly module: object;
}

type Compile = (source: unknown, options: unknown) => Promise<object>;
type Instantiate = (source: unknown, imports: unknown, options: unknown) => Promise<Instantiated>;

type Validate = (source: unknown, options: unknown) => boolean;

interface Namespace {
  readonly Module: new () => object;
  validate: Validate;
  compile: Compile;
  instantiate: Instantiate;
  compileStreaming?: unknown;
  instantiateStreaming?: unknown;
}

// The engine's own, since the boot.
let Module: Namespace["Module"];
let engineValidate: Validate;
let engineCompile: Compile;
let engineInstantiate: Instantiate;

/** What `start` promises, counted: `held` bytes until it is there, and then what `moduleOf` finds in it. */
function counted<T>(
  source: unknown,
  start: () => Promise<T>,
  moduleOf: (value: T) => unknown,
): Promise<T> {
  let held: number;
  try {
    held = ops.holdWasm(source);
  } catch (reason) {
    return rejected(reason);
  }
  return promiseThen(
    start(),
    (value: T) => {
      ops.keepWasm(held, moduleOf(value));
      return value;
    },
    (reason) => {
      ops.keepWasm(held);
      throw reason;
    },
  ) as Promise<T>;
}

const functions = {
  validate(source: unknown, options: unknown): boolean {
    return engineValidate(source, options);
  },
  compile(source: unknown, options: unknown): Promise<object> {
    return counted(
      source,
      () => engineCompile(source, options),
      (module) => module,
    );
  },
  instantiate(source: unknown, imports: unknown, options: unknown): Promise<Instantiated> {
    return counted(
      source,
      () => engineInstantiate(source, imports, options),
      ({ module }) => module, // There is none if the source was one.
    );
  },
  compileStreaming(source: unknown, options: unknown): Promise<unknown> {
    return promiseThen(load("wasm").moduleBytes(source), (bytes) =>
      functions.compile(bytes, options),
    );
  },
  instantiateStreaming(source: unknown, imports: unknown, options: unknown): Promise<unknown> {
    return promiseThen(load("wasm").moduleBytes(source), (bytes) =>
      functions.instantiate(bytes, imports, options),
    );
  },
};
for (const name in functions) {
  define(functions[name as keyof typeof functions], "length", { value: 1 });
}

/** Called after each boot, before anything of the app runs. */
export function resumeWasm(): void {
  // Undefined while a snapshot is built.
  const namespace = (globalThis as { WebAssembly?: Namespace }).WebAssembly;
  if (namespace === undefined) return;
  Module = namespace.Module;
  engineValidate = namespace.validate;
  engineCompile = namespace.compile;
  engineInstantiate = namespace.instantiate;
  // Assignments, which each boot pays for, give them the attributes that they are to have.
  namespace.validate = functions.validate;
  namespace.compile = functions.compile;
  namespace.instantiate = functions.instantiate;
  namespace.compileStreaming = functions.compileStreaming;
  namespace.instantiateStreaming = functions.instantiateStreaming;
}

/** RuntimeHooks.constructWasm. */
export function constructWasm(source: unknown, options: unknown): object {
  return construct(Module, [source, options]) as object;
}
