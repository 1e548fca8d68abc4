// Messages as bytes: structured clone, and what stands for what it does not have. Thread: the isolate's.
import { DOMException } from "../../../dom/dom-exception.ts";
import { objectPrototype } from "../../../idl/primordials.ts";
import { withoutFunctions } from "./callables.ts";
import { MOST_BYTES } from "./frames.ts";
import { Passing, pass, type Keeper } from "./passing.ts";

/**
 * What goes by reference is kept from now on.
 * @throws A DataCloneError for what cannot be passed, a RangeError for what is too long; then nothing is kept.
 */
export function writeMessage(message: unknown[], keeper: Keeper): Uint8Array<ArrayBuffer> {
  try {
    return write(message, keeper);
  } catch (error) {
    if (!(error instanceof FunctionMet)) throw error;
    const copy = withoutFunctions(message);
    if (copy === undefined) throw error.exception;
    return writeCopy(copy, keeper);
  }
}

function writeCopy(copy: unknown, keeper: Keeper): Uint8Array<ArrayBuffer> {
  try {
    return write(copy, keeper);
  } catch (error) {
    throw error instanceof FunctionMet ? error.exception : error;
  }
}

/** V8 has met what it does not write, perhaps a function. */
class FunctionMet {
  readonly exception: DOMException;

  constructor(exception: DOMException) {
    this.exception = exception;
  }
}

function write(message: unknown, keeper: Keeper): Uint8Array<ArrayBuffer> {
  const passing = new Passing(keeper);
  try {
    return writeValue(message, passing);
  } catch (error) {
    passing.undo();
    throw error;
  }
}

function writeValue(message: unknown, passing: Passing): Uint8Array<ArrayBuffer> {
  const bytes = ops.writeValue(message, objectPrototype, (what: unknown) => {
    if (typeof what !== "string") return pass(what as object, passing);
    throw new FunctionMet(new DOMException(what, "DataCloneError"));
  });
  if (bytes.byteLength > MOST_BYTES) {
    throw new RangeError(
      `What is passed has ${bytes.byteLength} bytes, of at most ${MOST_BYTES}: pass a stream, or a Response`,
    );
  }
  passing.take();
  return bytes;
}
