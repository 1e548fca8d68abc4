// structuredClone, and cloning with a transfer list for message ports (HTML, sections 2.7 and 8.7): V8's
// serialiser does the work (ops/clone_ops.cc); it shows us what is no plain object, and we say how
// platform objects are cloned. Thread: the isolate's.
//
// Both ends of a clone are always in one realm, so serialising and deserialising are one step, and so
// are transferring and receiving: a message is cloned when it is posted, not when it is delivered.
import { DOMException } from "../dom/dom-exception.ts";
import { ObjectKind } from "../host/ops.ts";
import { isArrayBuffer } from "../idl/buffers.ts";
import { dictionary, sequence } from "../idl/containers.ts";
import { ABSENT, isObject, requireArguments, toObject } from "../idl/convert.ts";
import { interfaceOf, type PlatformInterface } from "../idl/platform-objects.ts";
import { bufferDetached, mapGet, mapSet, uncurryThis } from "../idl/primordials.ts";

const plainPrototype = Object.prototype;

const transferBuffer = uncurryThis(
  (ArrayBuffer.prototype as unknown as { transfer: (this: ArrayBuffer) => ArrayBuffer }).transfer,
);

const toTransfer = sequence(toObject);
/** The options of structuredClone and of postMessage. */
export const toStructuredSerializeOptions = dictionary("StructuredSerializeOptions", {
  transfer: { convert: toTransfer, default: undefined },
});

function dataCloneError(message: string): DOMException {
  return new DOMException(message, "DataCloneError");
}

/** "#<Response>": as V8's own messages call objects. */
function nameOf(object: object): string {
  const tag = (object as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
  return typeof tag === "string" ? `#<${tag}>` : "#<Object>";
}

/** The clone of a platform object; undefined or null for an ordinary object (ops.structuredClone). */
function cloneHost(object: object): object | null | undefined {
  const found = interfaceOf(object);
  if (found === undefined || found === null) return found;
  if (found.clone !== undefined) return found.clone(object);
  const reason = found.transfer === undefined ? "" : ": it can only be transferred";
  throw dataCloneError(`${nameOf(object)} could not be cloned${reason}.`);
}

/** StructuredDeserialize(StructuredSerialize(value)). */
export function clone(value: unknown): unknown {
  if (!isObject(value) && typeof value !== "symbol") return value;
  return ops.structuredClone(value, plainPrototype, cloneHost, dataCloneError);
}

/**
 * StructuredDeserializeWithTransfer(StructuredSerializeWithTransfer(value, list)). `received` gets the
 * objects that take the place of those in `list`, in the same order.
 */
export function cloneWithTransfer(
  value: unknown,
  list: readonly object[],
  received: object[],
): unknown {
  const interfaces: (PlatformInterface | null)[] = [];
  const indices = new Map<object, number>();
  const buffers: ArrayBuffer[] = [];
  for (let i = 0; i < list.length; i++) {
    const object = list[i]!;
    if (isArrayBuffer(object)) {
      buffers[buffers.length] = object;
      interfaces[i] = null;
    } else {
      // A proxy is never what it may seem to be.
      const found = ops.objectKind(object) === ObjectKind.Proxy ? null : interfaceOf(object);
      if (!found?.transfer) {
        throw dataCloneError(`Item ${i} of the transfer list is not a transferable object.`);
      }
      interfaces[i] = found;
    }
    if (mapGet(indices, object) !== undefined) {
      throw dataCloneError(`Item ${i} of the transfer list is in it already.`);
    }
    mapSet(indices, object, i);
  }

  // What is transferred stands for itself while the value is serialised.
  const cloneOther = (object: object) =>
    mapGet(indices, object) === undefined ? cloneHost(object) : object;
  const receive = (hosts: object[]) => {
    let buffer = 0;
    for (let i = 0; i < list.length; i++) {
      const object = list[i]!;
      const { transfer } = interfaces[i] ?? {};
      if (transfer !== undefined) {
        received[i] = transfer(object);
        continue;
      }
      if (bufferDetached(object as ArrayBuffer)) {
        throw dataCloneError(`Item ${i} of the transfer list is a detached ArrayBuffer.`);
      }
      // Throws a TypeError for what cannot be detached, a WebAssembly memory's buffer.
      received[i] = buffers[buffer++] = transferBuffer(object as ArrayBuffer);
    }
    for (let i = 0; i < hosts.length; i++) {
      const index = mapGet(indices, hosts[i]!);
      if (index !== undefined) hosts[i] = received[index]!;
    }
  };
  return ops.structuredClone(value, plainPrototype, cloneOther, dataCloneError, buffers, receive);
}

export const { structuredClone } = {
  structuredClone<T>(value: T, options: { transfer?: object[] } = ABSENT): T {
    requireArguments(arguments.length, 1, "Failed to execute 'structuredClone'");
    const { transfer } = toStructuredSerializeOptions(
      options,
      "Failed to execute 'structuredClone': The options",
    );
    if (transfer === undefined || transfer.length === 0) return clone(value) as T;
    return cloneWithTransfer(value, transfer, []) as T;
  },
};
