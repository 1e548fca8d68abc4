// File (File API, section 4): a Blob with a name and a time. Thread: the isolate's.
import {
  INTERNAL,
  defineInterface,
  dictionary,
  requireArguments,
  toLongLong,
  toUSVString,
} from "../idl/webidl.ts";
import {
  Blob,
  blobOptionMembers,
  blobParts,
  blobSize,
  blobType,
  fillBlob,
  setBlob,
  toBlobParts,
} from "./blob.ts";

const { now } = Date;

const toFileOptions = dictionary("FilePropertyBag", {
  ...blobOptionMembers,
  lastModified: { convert: toLongLong, default: () => now() },
});

export let isFile: (value: object) => value is File;
/** A File with the bytes of a blob, which they share. `type` is normalised. */
export let fileOf: (blob: Blob, name: string, type: string, lastModified?: number) => File;
export let fileTime: (file: File) => number;
export let fileName: (file: File) => string;

export class File extends Blob {
  #name: string;
  #lastModified: number;

  static {
    isFile = (value): value is File => #name in value;
    fileOf = (blob, name, type, lastModified = now()) => {
      const file = new File(INTERNAL as never, name, lastModified);
      setBlob(file, blobParts(blob), blobSize(blob), type);
      return file;
    };
    fileTime = (file) => file.#lastModified;
    fileName = (file) => file.#name;
  }

  constructor(fileBits: Iterable<never>, fileName: string, options: unknown = undefined) {
    super(INTERNAL as never);
    if ((fileBits as unknown) === INTERNAL) {
      this.#name = fileName;
      this.#lastModified = options as number;
      return;
    }
    const where = "Failed to construct 'File'";
    requireArguments(arguments.length, 2, where);
    const parts = toBlobParts(fileBits, `${where}: The parts`);
    const name = toUSVString(fileName, `${where}: The name`);
    const bag = toFileOptions(options, `${where}: The options`);
    fillBlob(this, parts, bag);
    this.#name = name;
    this.#lastModified = bag.lastModified;
  }

  get name(): string {
    return this.#name;
  }

  get lastModified(): number {
    return this.#lastModified;
  }
}

defineInterface(File, "File", {
  shows: ["name", "size", "type", "lastModified"],
  clone(instance) {
    const file = instance as File;
    return fileOf(file, fileName(file), blobType(file), fileTime(file));
  },
});
