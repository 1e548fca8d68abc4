// FormData (XMLHttpRequest Standard, section 4): a list of names and values, which are strings or Files.
// Thread: the isolate's.
import { Blob, blobType, isBlob } from "../../file/blob.ts";
import { File, fileOf, fileTime, isFile } from "../../file/file.ts";
import {
  defineInterface,
  defineIterable,
  isObject,
  requireArguments,
  toUSVString,
} from "../../idl/webidl.ts";

export type FormValue = string | File;
export interface FormEntry {
  readonly name: string;
  readonly value: FormValue;
}

/** The second argument of append() and set(), converted together with the third. */
function toFormValue(
  value: unknown,
  filename: unknown,
  hasFilename: boolean,
  where: string,
): FormValue {
  if (isObject(value) && isBlob(value)) {
    return toFile(value, hasFilename ? toUSVString(filename, where) : undefined);
  }
  if (hasFilename) {
    throw new TypeError(`${where}: A file name is given, and the value is not a Blob`);
  }
  return toUSVString(value, where);
}

/** "Create an entry", for a Blob. */
function toFile(blob: Blob, filename: string | undefined): File {
  if (isFile(blob)) {
    return filename === undefined ? blob : fileOf(blob, filename, blobType(blob), fileTime(blob));
  }
  return fileOf(blob, filename ?? "blob", blobType(blob));
}

export let isFormData: (value: object) => value is FormData;
export let formEntries: (form: FormData) => readonly FormEntry[];
/** FormData over a list that it takes over. */
export let createFormData: (entries: FormEntry[]) => FormData;

export class FormData {
  #entries: FormEntry[] = [];

  static {
    isFormData = (value): value is FormData => #entries in value;
    formEntries = (form) => form.#entries;
    createFormData = (entries) => {
      const form = new FormData();
      form.#entries = entries;
      return form;
    };
  }

  constructor(form: undefined = undefined) {
    if (form !== undefined) {
      throw new TypeError("Failed to construct 'FormData': There are no HTML forms on a server");
    }
  }

  append(name: string, value: string | Blob, filename: string | undefined = undefined): void {
    void this.#entries;
    const where = "Failed to execute 'append' on 'FormData'";
    requireArguments(arguments.length, 2, where);
    const key = toUSVString(name, where);
    const entry = { name: key, value: toFormValue(value, filename, filename !== undefined, where) };
    this.#entries[this.#entries.length] = entry;
  }

  delete(name: string): void {
    void this.#entries;
    const where = "Failed to execute 'delete' on 'FormData'";
    requireArguments(arguments.length, 1, where);
    const key = toUSVString(name, where);
    this.#entries = this.#without(key);
  }

  #without(name: string): FormEntry[] {
    const kept: FormEntry[] = [];
    for (let i = 0; i < this.#entries.length; i++) {
      const entry = this.#entries[i]!;
      if (entry.name !== name) kept[kept.length] = entry;
    }
    return kept;
  }

  get(name: string): FormValue | null {
    void this.#entries;
    const where = "Failed to execute 'get' on 'FormData'";
    requireArguments(arguments.length, 1, where);
    const key = toUSVString(name, where);
    for (let i = 0; i < this.#entries.length; i++) {
      if (this.#entries[i]!.name === key) return this.#entries[i]!.value;
    }
    return null;
  }

  getAll(name: string): FormValue[] {
    void this.#entries;
    const where = "Failed to execute 'getAll' on 'FormData'";
    requireArguments(arguments.length, 1, where);
    const key = toUSVString(name, where);
    const values: FormValue[] = [];
    for (let i = 0; i < this.#entries.length; i++) {
      if (this.#entries[i]!.name === key) values[values.length] = this.#entries[i]!.value;
    }
    return values;
  }

  has(name: string): boolean {
    void this.#entries;
    const where = "Failed to execute 'has' on 'FormData'";
    requireArguments(arguments.length, 1, where);
    const key = toUSVString(name, where);
    for (let i = 0; i < this.#entries.length; i++) {
      if (this.#entries[i]!.name === key) return true;
    }
    return false;
  }

  set(name: string, value: string | Blob, filename: string | undefined = undefined): void {
    void this.#entries;
    const where = "Failed to execute 'set' on 'FormData'";
    requireArguments(arguments.length, 2, where);
    const key = toUSVString(name, where);
    const entry = { name: key, value: toFormValue(value, filename, filename !== undefined, where) };
    const entries: FormEntry[] = [];
    let placed = false;
    for (let i = 0; i < this.#entries.length; i++) {
      const old = this.#entries[i]!;
      if (old.name !== key) {
        entries[entries.length] = old;
      } else if (!placed) {
        entries[entries.length] = entry;
        placed = true;
      }
    }
    if (!placed) entries[entries.length] = entry;
    this.#entries = entries;
  }
}

defineInterface(FormData, "FormData", { shows: "pairs" });
defineIterable<FormData, string, FormValue>(FormData, "FormData", {
  is: isFormData,
  pairAt(form, index) {
    const entry = formEntries(form)[index];
    return entry === undefined ? undefined : [entry.name, entry.value];
  },
});
