// Crypto (Web Cryptography, section 10): getRandomValues and randomUUID, on the engine's generator.
//
// Values drawn while an app's modules are evaluated would be frozen into its snapshot, the same ones in
// every isolate that is ever booted from it: that is refused. Warm-up requests may draw, since their
// answers are thrown away. Thread: the isolate's.
import { DOMException } from "../dom/dom-exception.ts";
import { phase } from "../host/clock.ts";
import { load } from "../host/lazy-groups.ts";
import { Phase } from "../host/ops.ts";
import { isArrayBufferView, isSharedArrayBuffer, viewBuffer } from "../idl/buffers.ts";
import { requireArguments, typeError } from "../idl/convert.ts";
import { INTERNAL, defineInterface, illegalConstructor } from "../idl/define.ts";
import { typedArrayName } from "../idl/primordials.ts";

type SubtleCrypto = LazyGroups["crypto"]["subtle"];

const MOST_BYTES = 65536;

/** An Error while an app's modules are evaluated. */
export function requireRandomness(what: string): void {
  if (phase() !== Phase.Evaluating) return;
  throw new Error(
    `${what} was called while the app's modules are evaluated. The value would become part of the ` +
      "snapshot, the same in every process that serves it. Call it inside fetch(), or on first use.",
  );
}

export class Crypto {
  #brand = undefined;

  constructor(key?: unknown) {
    illegalConstructor(key);
  }

  getRandomValues<T extends ArrayBufferView>(array: T): T {
    void this.#brand;
    const where = "Failed to execute 'getRandomValues' on 'Crypto'";
    requireArguments(arguments.length, 1, where);
    if (!isArrayBufferView(array)) {
      throw typeError(`${where}: parameter 1`, "is not an ArrayBufferView.");
    }
    const name = typedArrayName(array);
    if (
      name === undefined ||
      name === "Float16Array" ||
      name === "Float32Array" ||
      name === "Float64Array"
    ) {
      throw new DOMException(
        `${where}: ${name ?? "DataView"} is not an integer typed array.`,
        "TypeMismatchError",
      );
    }
    if (isSharedArrayBuffer(viewBuffer(array))) {
      throw typeError(`${where}: parameter 1`, "must not be shared memory.");
    }
    if (array.byteLength > MOST_BYTES) {
      throw new (load("dom").QuotaExceededError)(
        `${where}: ${array.byteLength} bytes were asked for, the most is ${MOST_BYTES}.`,
      );
    }
    requireRandomness("crypto.getRandomValues()");
    ops.randomFill(array);
    return array;
  }

  /** Not of the specification: as Workers have it, on SubtleCrypto too. */
  timingSafeEqual(
    a: ArrayBufferLike | ArrayBufferView,
    b: ArrayBufferLike | ArrayBufferView,
  ): boolean {
    void this.#brand;
    const where = "Failed to execute 'timingSafeEqual' on 'Crypto'";
    requireArguments(arguments.length, 2, where);
    return load("crypto").timingSafeEqual(a, b, where);
  }

  get subtle(): SubtleCrypto {
    void this.#brand;
    return load("crypto").subtle;
  }

  randomUUID(): string {
    void this.#brand;
    requireRandomness("crypto.randomUUID()");
    return ops.randomUuid();
  }
}

defineInterface(Crypto, "Crypto", { length: 0 });

export const crypto = new Crypto(INTERNAL);
