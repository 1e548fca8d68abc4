// AbortController (DOM Standard, section 3.1). Thread: the isolate's.
import { defineInterface } from "../idl/define.ts";
import { createSignal, signalFriend, type AbortSignal } from "./abort-signal.ts";

export class AbortController {
  // Made when it is first asked for: many controllers, those of streams above all, never are.
  #signal: AbortSignal | null = null;

  constructor() {}

  get signal(): AbortSignal {
    return (this.#signal ??= createSignal());
  }

  abort(reason: unknown = undefined): void {
    signalFriend.abort((this.#signal ??= createSignal()), reason);
  }
}

defineInterface(AbortController, "AbortController");
