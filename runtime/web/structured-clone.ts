// structuredClone (HTML, sections 2.7 and 8.7): V8's serialiser does the work (ops/clone_ops.cc); it
// shows us what is no plain object, and we say how platform objects are cloned. Thread: the isolate's.
import { DOMException } from "./dom-exception.ts";
import { isArrayBuffer } from "./webidl/buffers.ts";
import { dictionary, sequence } from "./webidl/containers.ts";
import { isObject, requireArguments, toObject } from "./webidl/convert.ts";
import { clonerOf } from "./webidl/define.ts";

const plainPrototype = Object.prototype;

const toOptions = dictionary("StructuredSerializeOptions", {
  transfer: { convert: sequence(toObject), default: undefined },
});

function dataCloneError(message: string): DOMException {
  return new DOMException(message, "DataCloneError");
}

function cloneHost(object: object): object | undefined {
  const cloner = clonerOf(object);
  if (cloner === undefined) return undefined;
  if (cloner === null) {
    const name = (object as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
    throw dataCloneError(`An object of type ${String(name)} cannot be cloned.`);
  }
  return cloner(object);
}

/** The transfer list: ArrayBuffers only, each once, none of them detached. */
function toTransferList(objects: object[]): ArrayBuffer[] {
  const seen = new Set<object>();
  const buffers: ArrayBuffer[] = [];
  for (let i = 0; i < objects.length; i++) {
    const object = objects[i]!;
    if (!isArrayBuffer(object)) {
      throw dataCloneError(`Item ${i} of the transfer list is not a transferable object.`);
    }
    if (seen.has(object)) {
      throw dataCloneError(`Item ${i} of the transfer list is in it already.`);
    }
    if (object.detached) throw dataCloneError(`Item ${i} of the transfer list is detached.`);
    seen.add(object);
    buffers[i] = object;
  }
  return buffers;
}

export const { structuredClone } = {
  structuredClone<T>(value: T, options: { transfer?: object[] } = {}): T {
    requireArguments(arguments.length, 1, "Failed to execute 'structuredClone'");
    const { transfer } = toOptions(options, "Failed to execute 'structuredClone': The options");
    const buffers = transfer === undefined ? [] : toTransferList(transfer);
    const primitive = !isObject(value) && typeof value !== "symbol";
    if (primitive && buffers.length === 0) return value;
    return ops.structuredClone(value, buffers, plainPrototype, cloneHost, dataCloneError) as T;
  },
};
