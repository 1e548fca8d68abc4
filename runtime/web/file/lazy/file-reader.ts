// FileReader (File API, section 6.2), for code that was written for browsers: Blob's own methods do the
// same. The bytes are at hand, so there is one chunk, and "progress" fires once. Thread: the isolate's.
import { DOMException } from "../../dom/dom-exception.ts";
import { defineEventHandlers } from "../../dom/event-handlers.ts";
import { EventTarget, dispatch, dispatchInTask } from "../../dom/event-target.ts";
import { load } from "../../host/lazy-groups.ts";
import {
  defineInterface,
  isObject,
  requireArguments,
  toDOMString,
  typeError,
} from "../../idl/webidl.ts";
import { queueTask } from "../../tasks/event-loop.ts";
import { blobBytes, blobSize, blobType, isBlob, type Blob } from "../blob.ts";
import { ProgressEvent } from "./progress-event.ts";

const enum State {
  Empty = 0,
  Loading = 1,
  Done = 2,
}

type Result = string | ArrayBuffer;
type Package = (bytes: Uint8Array<ArrayBuffer>) => Result;

/** One read operation: its tasks do nothing once another one has taken its place. */
interface Read {
  readonly blob: Blob;
  readonly package: Package;
}

let isFileReader: (value: object) => value is FileReader;

export class FileReader extends EventTarget {
  #state = State.Empty;
  #result: Result | null = null;
  #error: DOMException | null = null;
  #read: Read | null = null;

  static {
    isFileReader = (value): value is FileReader => #state in value;
  }

  constructor() {
    super();
  }

  get readyState(): number {
    return this.#state;
  }

  get result(): Result | null {
    return this.#result;
  }

  get error(): DOMException | null {
    return this.#error;
  }

  readAsArrayBuffer(blob: Blob): void {
    const source = this.#check(arguments.length, blob, "readAsArrayBuffer");
    this.#start(source, "readAsArrayBuffer", (bytes) => bytes.buffer);
  }

  readAsBinaryString(blob: Blob): void {
    const source = this.#check(arguments.length, blob, "readAsBinaryString");
    this.#start(source, "readAsBinaryString", (bytes) => ops.decodeLatin1(bytes));
  }

  readAsText(blob: Blob, encoding: string | undefined = undefined): void {
    const source = this.#check(arguments.length, blob, "readAsText");
    const label = encoding === undefined ? null : toDOMString(encoding);
    this.#start(source, "readAsText", (bytes) => decode(bytes, label, blobType(source)));
  }

  readAsDataURL(blob: Blob): void {
    const source = this.#check(arguments.length, blob, "readAsDataURL");
    this.#start(source, "readAsDataURL", (bytes) => {
      const type = blobType(source);
      const base64 = ops.encodeBase64(ops.decodeLatin1(bytes))!;
      return `data:${type === "" ? "application/octet-stream" : type};base64,${base64}`;
    });
  }

  abort(): void {
    if (this.#state !== State.Loading) {
      this.#result = null;
      return;
    }
    this.#state = State.Done;
    this.#result = null;
    this.#read = null;
    dispatch(this, new ProgressEvent("abort"));
    // A listener may have begun to read again.
    if ((this.#state as State) !== State.Loading) dispatch(this, new ProgressEvent("loadend"));
  }

  #check(count: number, blob: unknown, method: string): Blob {
    void this.#state;
    const where = `Failed to execute '${method}' on 'FileReader'`;
    requireArguments(count, 1, where);
    if (!isObject(blob) || !isBlob(blob)) {
      throw typeError(`${where}: parameter 1`, "is not of type 'Blob'.");
    }
    return blob;
  }

  /** "The read operation". */
  #start(blob: Blob, method: string, makePackage: Package): void {
    if (this.#state === State.Loading) {
      throw new DOMException(
        `Failed to execute '${method}' on 'FileReader': it is reading already.`,
        "InvalidStateError",
      );
    }
    this.#state = State.Loading;
    this.#result = null;
    this.#error = null;
    const read: Read = { blob, package: makePackage };
    this.#read = read;
    queueTask(() => this.#fire(read, "loadstart", 0), undefined);
    if (blobSize(blob) > 0) {
      queueTask(() => this.#fire(read, "progress", blobSize(blob)), undefined);
    }
    queueTask(() => this.#finish(read), undefined);
  }

  #fire(read: Read, type: string, loaded: number): void {
    if (this.#read !== read) return;
    const total = blobSize(read.blob);
    dispatchInTask(this, new ProgressEvent(type, { lengthComputable: true, loaded, total }));
  }

  #finish(read: Read): void {
    if (this.#read !== read) return;
    this.#state = State.Done;
    let type = "load";
    try {
      this.#result = read.package(blobBytes(read.blob));
    } catch (reason) {
      // Longer than strings, or than memory, can be.
      this.#error = new DOMException((reason as Error).message, "NotReadableError");
      type = "error";
    }
    this.#fire(read, type, blobSize(read.blob));
    // A listener may have begun to read again.
    if ((this.#state as State) !== State.Loading) this.#fire(read, "loadend", blobSize(read.blob));
  }
}

/** The encoding that a byte order mark tells, or null. */
function sniff(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "utf-8";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : null;
}

/** "Package data" as text: the label's encoding, else that of the type's charset, else UTF-8. */
function decode(bytes: Uint8Array, label: string | null, type: string): string {
  const encodings = load("encoding");
  let encoding = sniff(bytes) ?? (label === null ? null : encodings.findEncoding(label));
  if (encoding === null) {
    const { mimeParameter, parseMimeType } = load("http");
    const mime = parseMimeType(type);
    const charset = mime === null ? null : mimeParameter(mime, "charset");
    if (charset !== null) encoding = encodings.findEncoding(charset);
  }
  return encodings.createDecoder(encoding ?? "utf-8", false, false)(bytes, false);
}

defineInterface(FileReader, "FileReader", {
  constants: { EMPTY: State.Empty, LOADING: State.Loading, DONE: State.Done },
});
defineEventHandlers(
  FileReader.prototype,
  ["loadstart", "progress", "load", "abort", "error", "loadend"],
  { is: isFileReader },
);
