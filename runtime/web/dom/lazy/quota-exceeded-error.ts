// QuotaExceededError (Web IDL, section 2.8.2). Thread: the isolate's.
import { defineInterface, dictionary, toDouble } from "../../idl/webidl.ts";
import { DOMException, copyStack, exceptionMessage } from "../dom-exception.ts";

export interface QuotaExceededErrorOptions {
  quota?: number;
  requested?: number;
}

const toOptions = dictionary("QuotaExceededErrorOptions", {
  quota: { convert: toDouble, default: null },
  requested: { convert: toDouble, default: null },
});

const where = "Failed to construct 'QuotaExceededError'";

export class QuotaExceededError extends DOMException {
  #quota: number | null;
  #requested: number | null;

  constructor(message: string = "", options: QuotaExceededErrorOptions | undefined = undefined) {
    super(message, "QuotaExceededError");
    const { quota, requested } = toOptions(options, `${where}: The options`);
    if (quota !== null && quota < 0) throw new RangeError(`${where}: 'quota' is negative.`);
    if (requested !== null && requested < 0) {
      throw new RangeError(`${where}: 'requested' is negative.`);
    }
    if (quota !== null && requested !== null && requested < quota) {
      throw new RangeError(`${where}: 'requested' is less than 'quota'.`);
    }
    this.#quota = quota;
    this.#requested = requested;
  }

  get quota(): number | null {
    return this.#quota;
  }

  get requested(): number | null {
    return this.#requested;
  }

  static {
    const is = (value: object): value is QuotaExceededError => #quota in value;
    defineInterface(QuotaExceededError, "QuotaExceededError", {
      is,
      clone(instance) {
        const error = instance as QuotaExceededError;
        const copy = new QuotaExceededError(exceptionMessage(error));
        copy.#quota = error.#quota;
        copy.#requested = error.#requested;
        return copyStack(error, copy);
      },
    });
  }
}
