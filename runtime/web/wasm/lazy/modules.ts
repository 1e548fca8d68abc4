// Modules of `.wasm` files that an app imports. There is no WebAssembly while its snapshot is built, so the
// import gives a stand-in: an object that looks like a WebAssembly.Module after each boot, and is
// compiled when it is first used. V8 recognises modules by an internal slot, which a stand-in cannot
// have; so the functions that take modules are wrapped, in apps with such imports only.
// Thread: the isolate's.
import { registerInterface } from "../../idl/platform-objects.ts";
import {
  ProxyConstructor,
  construct,
  functionText,
  indexOf,
  lastIndexOf,
  mapGet,
  mapSet,
  rejected,
  setPrototypeOf,
  slice,
  uncurryThis,
} from "../../idl/primordials.ts";
import { define, isObject } from "../../idl/webidl.ts";

/** A stand-in and a function in whose source text the module is, as nanoc writes it. */
export type WasmImport = readonly [standIn: object, text: () => void];

interface WasmModule {
  readonly prototype: object;
  new (bytes: Uint8Array): object;
  exports(module: unknown): unknown;
  imports(module: unknown): unknown;
  customSections(module: unknown, name: unknown): unknown;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

interface WasmNamespace {
  Module: WasmModule;
  Instance: new (module: unknown, imports?: unknown) => object;
  instantiate: Method;
}

const imports: WasmImport[] = [];
const compiled = new Map<object, object | null>();

/** Registers an app's imports, while its snapshot is built. */
export function registerModules(list: readonly WasmImport[]): void {
  for (let i = 0; i < list.length; i++) {
    const entry = list[i]!;
    imports[imports.length] = entry;
    mapSet(compiled, entry[0], null);
  }
}

/** Makes the stand-ins usable; called after each boot. */
export function installModules(): void {
  // Undefined while a snapshot is built.
  const namespace = (globalThis as { WebAssembly?: WasmNamespace }).WebAssembly;
  if (namespace === undefined) return;
  const { Module } = namespace;
  for (let i = 0; i < imports.length; i++) setPrototypeOf(imports[i]![0], Module.prototype);

  /** The module that a stand-in stands for; any other value itself. Throws a CompileError. */
  const moduleOf = (value: unknown): unknown => {
    if (!isObject(value)) return value;
    const module = mapGet(compiled, value);
    return module === null ? compile(Module, value) : (module ?? value);
  };
  const isStandIn = (object: object): boolean => mapGet(compiled, object) !== undefined;
  const clone = (standIn: object): object => moduleOf(standIn) as object;
  registerInterface(Module.prototype, clone, undefined, isStandIn);
  wrapInstance(namespace, moduleOf);
  wrapInstantiate(namespace, moduleOf);
  wrapStatics(Module, moduleOf);
}

function compile(Module: WasmModule, standIn: object): object {
  let i = 0;
  while (imports[i]![0] !== standIn) i++;
  const source = functionText(imports[i]![1]);
  const text = slice(source, indexOf(source, "/*") + 2, lastIndexOf(source, "*/"));
  const module = new Module(ops.encodeLatin1(ops.decodeBase64(text)!));
  mapSet(compiled, standIn, module);
  return module;
}

type Unwrap = (value: unknown) => unknown;

/** Replaces a method, whose attributes and length stay as they are. */
function replaceMethod(target: object, name: string, wrap: (native: Method) => Method): void {
  const native = (target as Record<string, Method>)[name]!;
  const method = wrap(native);
  define(method, "name", { value: name });
  define(method, "length", { value: native.length });
  define(target, name, { value: method });
}

function wrapInstance(namespace: WasmNamespace, moduleOf: Unwrap): void {
  const Instance = new ProxyConstructor(namespace.Instance, {
    __proto__: null,
    construct(native: new () => object, args: unknown[], newTarget: new () => object): object {
      if (args.length > 0) args[0] = moduleOf(args[0]);
      return construct(native, args, newTarget === Instance ? native : newTarget) as object;
    },
  } as never) as unknown as new () => object;
  define(namespace, "Instance", { value: Instance });
  define(Instance.prototype, "constructor", { value: Instance });
}

function wrapInstantiate(namespace: WasmNamespace, moduleOf: Unwrap): void {
  replaceMethod(namespace, "instantiate", (native) => {
    const call = uncurryThis(native);
    return {
      instantiate(this: unknown, source: unknown, importObject: unknown): unknown {
        if (arguments.length === 0) return call(this);
        let module: unknown;
        try {
          module = moduleOf(source);
        } catch (reason) {
          return rejected(reason);
        }
        return call(this, module, importObject);
      },
    }.instantiate as Method;
  });
}

function wrapStatics(Module: WasmModule, moduleOf: Unwrap): void {
  for (let i = 0; i < 3; i++) {
    const name = i === 0 ? "exports" : i === 1 ? "imports" : "customSections";
    replaceMethod(Module, name, (native) => {
      const call = uncurryThis(native);
      return {
        method(this: unknown, module: unknown, section: unknown): unknown {
          if (arguments.length < 2) return call(this, moduleOf(module));
          return call(this, moduleOf(module), section);
        },
      }.method as Method;
    });
  }
}
