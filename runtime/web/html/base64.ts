// atob and btoa (HTML, section 8.3). Thread: the isolate's.
//
// On native ops: V8's own Uint8Array.fromBase64 does not exist while a snapshot is built.
import { DOMException } from "../dom/dom-exception.ts";
import { requireArguments, toDOMString } from "../idl/convert.ts";

function invalid(where: string, problem: string): DOMException {
  return new DOMException(`${where}: ${problem}`, "InvalidCharacterError");
}

// Methods of an object literal, because Web IDL operations are no constructors.
export const { atob, btoa } = {
  atob(data: string): string {
    const where = "Failed to execute 'atob'";
    requireArguments(arguments.length, 1, where);
    const text = ops.decodeBase64(toDOMString(data, `${where}: parameter 1`));
    if (text === undefined) {
      throw invalid(where, "the string is not correctly encoded base64.");
    }
    return text;
  },
  btoa(data: string): string {
    const where = "Failed to execute 'btoa'";
    requireArguments(arguments.length, 1, where);
    const text = ops.encodeBase64(toDOMString(data, `${where}: parameter 1`));
    if (text === undefined) {
      throw invalid(where, "the string has characters outside of the Latin-1 range.");
    }
    return text;
  },
};
