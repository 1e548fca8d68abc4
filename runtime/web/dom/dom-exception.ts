// DOMException (Web IDL, section 3.14.1; names and codes: section 2.8.1).
//
// Each instance is a native error (Error.isError, a captured stack) that carries the interface's state
// as private fields: they are stamped on the error, because a class cannot both extend Error and have
// %Function.prototype% as its own prototype, as Web IDL wants. Thread: the isolate's.
import { toDOMString } from "../idl/convert.ts";
import { define, defineInterface, exposeInterface } from "../idl/define.ts";
import { construct, deleteProperty } from "../idl/primordials.ts";

/** Names by their legacy codes; empty where the code is that of a name long gone, and no name has 0. */
const LEGACY_NAMES = [
  "",
  "IndexSizeError",
  "",
  "HierarchyRequestError",
  "WrongDocumentError",
  "InvalidCharacterError",
  "",
  "NoModificationAllowedError",
  "NotFoundError",
  "NotSupportedError",
  "InUseAttributeError",
  "InvalidStateError",
  "SyntaxError",
  "InvalidModificationError",
  "NamespaceError",
  "InvalidAccessError",
  "",
  "TypeMismatchError",
  "SecurityError",
  "NetworkError",
  "AbortError",
  "URLMismatchError",
  "QuotaExceededError",
  "TimeoutError",
  "InvalidNodeTypeError",
  "DataCloneError",
];

const CONSTANTS = {
  INDEX_SIZE_ERR: 1,
  DOMSTRING_SIZE_ERR: 2,
  HIERARCHY_REQUEST_ERR: 3,
  WRONG_DOCUMENT_ERR: 4,
  INVALID_CHARACTER_ERR: 5,
  NO_DATA_ALLOWED_ERR: 6,
  NO_MODIFICATION_ALLOWED_ERR: 7,
  NOT_FOUND_ERR: 8,
  NOT_SUPPORTED_ERR: 9,
  INUSE_ATTRIBUTE_ERR: 10,
  INVALID_STATE_ERR: 11,
  SYNTAX_ERR: 12,
  INVALID_MODIFICATION_ERR: 13,
  NAMESPACE_ERR: 14,
  INVALID_ACCESS_ERR: 15,
  VALIDATION_ERR: 16,
  TYPE_MISMATCH_ERR: 17,
  SECURITY_ERR: 18,
  NETWORK_ERR: 19,
  ABORT_ERR: 20,
  URL_MISMATCH_ERR: 21,
  QUOTA_EXCEEDED_ERR: 22,
  TIMEOUT_ERR: 23,
  INVALID_NODE_TYPE_ERR: 24,
  DATA_CLONE_ERR: 25,
};

/** A base class whose constructor returns its argument: derived fields land on that object. */
const Stamp = class {
  constructor(target: object) {
    return target;
  }
} as new (target: object) => object;

class State extends Stamp {
  #name: string;
  #message: string;

  constructor(target: object, name: string, message: string) {
    super(target);
    this.#name = name;
    this.#message = message;
  }

  static isOn(object: object): boolean {
    return #name in object;
  }

  static override name(of: unknown): string {
    return (of as State).#name;
  }

  static message(of: unknown): string {
    return (of as State).#message;
  }
}

export class DOMException {
  declare stack: string;

  constructor(message: string = "", name: string = "Error") {
    const text = toDOMString(message, "Failed to construct 'DOMException': The message");
    const kind = toDOMString(name, "Failed to construct 'DOMException': The name");
    // The stack begins where the exception is made. V8 takes the message in its first line from the
    // constructor's argument, which leaves an own property that the interface does not have.
    const error = construct(Error, [text], new.target) as this;
    deleteProperty(error, "message");
    new State(error, kind, text);
    return error;
  }

  get name(): string {
    return State.name(this);
  }

  get message(): string {
    return State.message(this);
  }

  get code(): number {
    const name = State.name(this);
    for (let code = 0; code < LEGACY_NAMES.length; code++) {
      if (LEGACY_NAMES[code] === name) return code;
    }
    return 0;
  }
}

/** The message that an exception was made with, whatever has been done to its properties. */
export const exceptionMessage: (exception: DOMException) => string = State.message;

/**
 * Gives a clone the stack of the original. "User agents should attach a serialized representation of
 * any interesting accompanying data": the place that it came from.
 */
export function copyStack<T extends DOMException>(original: T, clone: T): T {
  define(clone, "stack", { value: original.stack, writable: true, configurable: true });
  return clone;
}

Object.setPrototypeOf(DOMException.prototype, Error.prototype);
defineInterface(DOMException, "DOMException", {
  shows: "error",
  length: 0,
  constants: CONSTANTS,
  is: State.isOn,
  clone(instance) {
    const exception = instance as DOMException;
    const copy = new DOMException(State.message(exception), State.name(exception));
    return copyStack(exception, copy);
  },
});

// Installed at once, before modules that look for it while they are evaluated (the streams library).
exposeInterface("DOMException", DOMException);
