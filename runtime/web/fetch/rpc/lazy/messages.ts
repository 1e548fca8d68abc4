// What is said in a session: the messages, and what has been read of them. Thread: the isolate's.
import { isArray, setPrototypeOf } from "../../../idl/primordials.ts";
import { disposable } from "./disposal.ts";
import { rethrown } from "./errors.ts";
import type { Remote } from "./references.ts";

/** What has been read. (To take the prototype of an object away costs more than to make one.) */
export class Read {
  readonly value: unknown;
  readonly stubs: Remote[];

  constructor(value: unknown, stubs: Remote[]) {
    this.value = value;
    this.stubs = stubs;
  }
}

export const enum Message {
  /** [Call, number of the call, number of what is called, path, arguments or null] */
  Call,
  /** [Answer, number of the call, its value, or what was thrown, whether that is so] */
  Answer,
  /** [Release, number of what is kept] */
  Release,
}

/** What has come of a call, as the other app says. Nothing is behind it that resolving a promise would look at. */
export class Told {
  readonly value: unknown;
  readonly isThrown: boolean;
  readonly stubs: readonly Remote[];

  constructor(value: unknown, isThrown: boolean, stubs: readonly Remote[]) {
    this.value = value;
    this.isThrown = isThrown;
    this.stubs = stubs;
  }
}
setPrototypeOf(Told.prototype, null);

export function isPath(path: unknown): path is string[] {
  if (!isArray(path) || path.length > MOST_STEPS) return false;
  for (let i = 0; i < path.length; i++) if (typeof path[i] !== "string") return false;
  return true;
}

/** Of a path. */
const MOST_STEPS = 64;

/** Within whoever awaits it, so that what was thrown is thrown there. */
export function told({ value, isThrown, stubs }: Told): unknown {
  if (isThrown) throw rethrown(value, told);
  return disposable(value, stubs);
}
