// Bodies of type application/x-www-form-urlencoded as FormData. Thread: the isolate's.
import { charCodeAt } from "../../idl/primordials.ts";
import { parseUrlEncoded } from "../../url/url-encoded.ts";
import { createFormData, type FormData, type FormEntry } from "./form-data.ts";

const HEX = "0123456789ABCDEF";

/** Bytes beyond ASCII percent-encoded, so that what is encoded already is decoded together with them. */
function percentEncodeHighBytes(latin1: string): string {
  let text = "";
  for (let i = 0; i < latin1.length; i++) {
    const code = charCodeAt(latin1, i);
    text += code < 0x80 ? latin1[i]! : `%${HEX[code >> 4]!}${HEX[code & 15]!}`;
  }
  return text;
}

/** The "application/x-www-form-urlencoded parser" (URL Standard, section 5.1). It accepts anything. */
export function parseUrlEncodedForm(bytes: Uint8Array): FormData {
  const latin1 = ops.decodeLatin1(bytes);
  const ascii = ops.decodeUtf8(bytes, false, true) === latin1;
  const list = parseUrlEncoded(ascii ? latin1 : percentEncodeHighBytes(latin1));
  const entries: FormEntry[] = [];
  for (let i = 0; i < list.length; i += 2) {
    entries[entries.length] = { name: list[i]!, value: list[i + 1]! };
  }
  return createFormData(entries);
}
