// Navigator, as far as the Minimum Common Web API asks for it. Thread: the isolate's.
import { INTERNAL, defineInterface, illegalConstructor } from "../idl/define.ts";

/** The default value of the header User-Agent, too. */
export const userAgent = "NANO";

export class Navigator {
  #brand = undefined;

  constructor(key?: unknown) {
    illegalConstructor(key);
  }

  get userAgent(): string {
    void this.#brand;
    return userAgent;
  }
}

defineInterface(Navigator, "Navigator", { length: 0 });

export const navigator = new Navigator(INTERNAL);
