// ErrorEvent (HTML, section 8.1.4.6.2): what "error" listeners of the global object get.
// Thread: the isolate's.
import {
  ABSENT,
  defineInterface,
  dictionary,
  requireArguments,
  toAny,
  toDOMString,
  toUSVString,
  toUnsignedLong,
} from "../../idl/webidl.ts";
import { Event, eventInitMembers, type EventInit } from "../event.ts";

export interface ErrorEventInit extends EventInit {
  message?: string;
  filename?: string;
  lineno?: number;
  colno?: number;
  error?: unknown;
}

const toErrorEventInit = dictionary("ErrorEventInit", {
  ...eventInitMembers,
  colno: { convert: toUnsignedLong, default: 0 },
  error: { convert: toAny, default: undefined },
  filename: { convert: toUSVString, default: "" },
  lineno: { convert: toUnsignedLong, default: 0 },
  message: { convert: toDOMString, default: "" },
});

export let isErrorEvent: (value: object) => value is ErrorEvent;

export class ErrorEvent extends Event {
  #message: string;
  #filename: string;
  #lineno: number;
  #colno: number;
  #error: unknown;

  constructor(type: string, eventInitDict: ErrorEventInit = ABSENT) {
    requireArguments(arguments.length, 1, "Failed to construct 'ErrorEvent'");
    const name = toDOMString(type, "Failed to construct 'ErrorEvent': The type");
    const init = toErrorEventInit(
      eventInitDict,
      "Failed to construct 'ErrorEvent': The event init",
    );
    super(name, init);
    this.#message = init.message;
    this.#filename = init.filename;
    this.#lineno = init.lineno;
    this.#colno = init.colno;
    this.#error = init.error;
  }

  get message(): string {
    return this.#message;
  }
  get filename(): string {
    return this.#filename;
  }
  get lineno(): number {
    return this.#lineno;
  }
  get colno(): number {
    return this.#colno;
  }
  get error(): unknown {
    return this.#error;
  }

  static {
    isErrorEvent = (value): value is ErrorEvent => #message in value;
  }
}

defineInterface(ErrorEvent, "ErrorEvent", {
  shows: ["type", "message", "filename", "lineno", "colno", "error"],
});
