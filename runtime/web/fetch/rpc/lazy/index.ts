// The rpc group: methods of other apps' entry points, called by services (`env.ORDERS.total(1, 2)`). Arguments
// go as bytes in the body of a call, and so does what comes of it. Thread: the isolate's.
import { DOMException } from "../../../dom/dom-exception.ts";
import { load } from "../../../host/lazy-groups.ts";
import type { ExchangeId, IncomingAim } from "../../../host/ops.ts";
import { Whole } from "../../../idl/bytes.ts";
import { interfaceOf } from "../../../idl/platform-objects.ts";
import {
  encodeComponent,
  hasOwn,
  isPrototypeOf,
  keys,
  objectPrototype,
} from "../../../idl/primordials.ts";
import { define, isObject, own } from "../../../idl/webidl.ts";
import { readBytes, type Body } from "../../body.ts";
import { Request } from "../../request.ts";
import { responseFriend } from "../../response.ts";

/** What comes of a call: the value, or what was thrown. */
export type Outcome = { value: unknown } | { thrown: Thrown };

/** An error without its stack, which is the other app's business; or what else was thrown. */
type Thrown =
  | { kind: "error" | "exception"; name: string; message: string }
  | { kind: "value"; value: unknown };

const ERRORS: Record<string, ErrorConstructor> = own({
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
});

/** Throws for what cannot be passed: V8's message about it, or an object that is more than its properties. */
function refuse(what: unknown): never {
  if (typeof what === "string") throw new DOMException(what, "DataCloneError");
  const object = what as object;
  const { constructor } = object as { constructor?: { name?: unknown } };
  const name = typeof constructor === "function" ? constructor.name : undefined;
  const shown = typeof name === "string" && name !== "" ? `An instance of ${name}` : "An object";
  const reason = interfaceOf(object) ? "" : " of a class of the app's own";
  throw new DOMException(
    `${shown}${reason} cannot be passed between apps: values can be, such as texts, numbers, dates, bytes, and plain objects, lists, Maps and Sets of them.`,
    "DataCloneError",
  );
}

/** What a call of another app is for; it has not ended. */
export function aimOf(id: ExchangeId): IncomingAim {
  return ops.serviceAim(id)!;
}

export function toBytes(value: unknown): Uint8Array<ArrayBuffer> {
  return ops.writeValue(value, objectPrototype, refuse);
}

export function fromBytes(bytes: Uint8Array): unknown {
  return ops.readValue(bytes);
}

/** All bytes of a request's or a response's body. */
export async function bytesOf(body: Body | null): Promise<Uint8Array> {
  if (body === null) return new Uint8Array(0);
  const read = await readBytes(body);
  return isPrototypeOf(Whole.prototype, read) ? (read as Whole).bytes : (read as Uint8Array);
}

/** What is told of an exception. */
export function describeThrown(thrown: unknown): Thrown {
  const isException = isObject(thrown) && isPrototypeOf(DOMException.prototype, thrown);
  if (isException || (isObject(thrown) && isPrototypeOf(Error.prototype, thrown))) {
    const { name, message } = thrown as Error;
    return { kind: isException ? "exception" : "error", name: `${name}`, message: `${message}` };
  }
  return { kind: "value", value: thrown };
}

/** The same as an exception of this app's; its stack leads to the call. */
function exceptionOf(thrown: Thrown): unknown {
  if (thrown.kind === "value") return thrown.value;
  const { name, message } = thrown;
  if (thrown.kind === "exception") return new DOMException(message, name);
  const error = new (ERRORS[name] ?? Error)(message);
  if (error.name !== name) {
    define(error, "name", { value: name, writable: true, configurable: true });
  }
  define(error, "remote", { value: true, writable: true, configurable: true, enumerable: true });
  return error;
}

/**
 * Calls a method of an entry point.
 * @param service The binding's name.
 * @param entrypoint Of the app itself, if that is the service; else "".
 */
export async function callMethod(
  service: string,
  entrypoint: string,
  method: string,
  values: unknown[],
): Promise<unknown> {
  const request = new Request(`http://${RPC_HOST}/${encodeComponent(method)}`, {
    method: "POST",
    body: toBytes(values),
    redirect: "manual",
  });
  const aim = [entrypoint, "", method] as const;
  const response = await load("fetch").schemeFetch(request, service, aim);
  const status = responseFriend.status(response);
  const bytes = await bytesOf(responseFriend.body(response));
  if (status !== 200) {
    throw new TypeError(
      `${method}() of the service ${service} was not called: the server answered ${status}. Its log says why.`,
    );
  }
  const outcome = fromBytes(bytes) as Outcome;
  // It is another app's word.
  if (!isObject(outcome) || keys(outcome).length !== 1) {
    throw new TypeError(`${method}() of the service ${service} gave no answer that can be read`);
  }
  if (hasOwn(outcome, "thrown")) throw exceptionOf((outcome as { thrown: Thrown }).thrown);
  return (outcome as { value: unknown }).value;
}

/** The host of such calls' URLs, which nobody looks at but the log. */
const RPC_HOST = "rpc.internal";

declare global {
  interface LazyGroups {
    rpc: typeof import("./index.ts");
  }
}
