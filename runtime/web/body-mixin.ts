// The Body mixin's operations (Fetch Standard, section 5.2), which Request and Response share. All of
// them are async functions, so that an unusable body is a rejection. Thread: the isolate's.
import { Blob, normalizeType, setBlob } from "./blob.ts";
import { BodyKind, consume, readBytes, requireUsable, type Body } from "./body.ts";
import type { FormData, FormEntry } from "./lazy/forms/form-data.ts";
import { load } from "./lazy.ts";
import { mimeEssence, mimeParameter } from "./mime-type.ts";
import { charCodeAt, parseJson, slice } from "./primordials.ts";
import { parseUrlEncoded } from "./url-encoded.ts";
import { INTERNAL } from "./webidl.ts";

const BYTE_ORDER_MARK = 0xfeff;

/** The bytes of a body that is null or usable; they are the caller's own. */
export async function readUint8Array(body: Body | null): Promise<Uint8Array<ArrayBuffer>> {
  if (body === null) return new Uint8Array(0);
  requireUsable(body);
  return readBytes(body);
}

export async function readText(body: Body | null): Promise<string> {
  if (body === null) return "";
  requireUsable(body);
  if (body.kind === BodyKind.Text) {
    consume(body);
    const text = body.source as string;
    return charCodeAt(text, 0) === BYTE_ORDER_MARK ? slice(text, 1) : text;
  }
  return ops.decodeUtf8(await readBytes(body), false, false);
}

export async function readJson(body: Body | null): Promise<unknown> {
  return parseJson(await readText(body));
}

export async function readArrayBuffer(body: Body | null): Promise<ArrayBuffer> {
  return (await readUint8Array(body)).buffer;
}

/** @param contentType The Content-Type header's value, or null. */
export async function readBlob(body: Body | null, contentType: string | null): Promise<Blob> {
  const bytes = await readUint8Array(body);
  const blob = new Blob(INTERNAL as never);
  const parts = bytes.byteLength === 0 ? [] : [bytes];
  const type = contentType !== null && mimeEssence(contentType) !== null ? contentType : "";
  setBlob(blob, parts, bytes.byteLength, normalizeType(type));
  return blob;
}

/** @param contentType The Content-Type header's value, or null. */
export async function readFormData(
  body: Body | null,
  contentType: string | null,
): Promise<FormData> {
  const essence = contentType === null ? null : mimeEssence(contentType);
  if (essence === "multipart/form-data") {
    const boundary = mimeParameter(contentType!, "boundary");
    return load("forms").parseMultipart(await readUint8Array(body), boundary);
  }
  if (essence === "application/x-www-form-urlencoded") {
    const text = ops.decodeUtf8(await readUint8Array(body), false, true);
    return formOfList(parseUrlEncoded(text));
  }
  // The body counts as read, as it would have been.
  await readUint8Array(body);
  throw new TypeError(
    "formData() reads multipart/form-data and application/x-www-form-urlencoded; " +
      `the Content-Type is ${contentType === null ? "missing" : `'${contentType}'`}`,
  );
}

function formOfList(list: readonly string[]): FormData {
  const entries: FormEntry[] = [];
  for (let i = 0; i < list.length; i += 2) {
    entries[entries.length] = { name: list[i]!, value: list[i + 1]! };
  }
  return load("forms").createFormData(entries);
}
