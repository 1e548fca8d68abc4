// The Body mixin's operations (Fetch Standard, section 5.3), which Request and Response share. All of
// them are called by async functions, so that an unusable body is a rejection. Thread: the isolate's.
import { Blob, setBlob } from "../file/blob.ts";
import { load } from "../host/lazy-groups.ts";
import { boxed, type Whole } from "../idl/bytes.ts";
import { charCodeAt, slice, typedArrayName } from "../idl/primordials.ts";
import { INTERNAL } from "../idl/webidl.ts";
import {
  BodyKind,
  consume,
  readBytes,
  readFetchedText,
  requireUsable,
  type Body,
  type FormData,
} from "./body.ts";

const BYTE_ORDER_MARK = 0xfeff;

/** The bytes of a body that is null or usable; they are the caller's own. */
async function readWhole(body: Body | null): Promise<Whole> {
  if (body === null) return boxed(new Uint8Array(0));
  requireUsable(body);
  const bytes = readBytes(body);
  return isBytes(bytes) ? boxed(bytes) : bytes;
}

function isBytes(value: object): value is Uint8Array<ArrayBuffer> {
  return typedArrayName(value) !== undefined;
}

/** The same, as the app gets them. */
export async function readUint8Array(body: Body | null): Promise<Uint8Array<ArrayBuffer>> {
  return (await readWhole(body)).bytes;
}

/** What is there already is given at once, without a promise to wait for. */
export function readText(body: Body | null): string | Promise<string> {
  if (body === null) return "";
  requireUsable(body);
  if (body.kind === BodyKind.Text) {
    consume(body);
    const text = body.source as string;
    return charCodeAt(text, 0) === BYTE_ORDER_MARK ? slice(text, 1) : text;
  }
  if (body.kind === BodyKind.Fetched) return readFetchedText(body);
  const bytes = readBytes(body);
  return isBytes(bytes) ? decode(bytes) : decodeWhole(bytes);
}

function decode(bytes: Uint8Array): string {
  return ops.decodeUtf8(bytes, false, false);
}

async function decodeWhole(whole: Whole | Promise<Whole>): Promise<string> {
  return decode((await whole).bytes);
}

export async function readArrayBuffer(body: Body | null): Promise<ArrayBuffer> {
  return (await readWhole(body)).bytes.buffer;
}

/** @param contentType The Content-Type header's value, or null. */
export async function readBlob(body: Body | null, contentType: string | null): Promise<Blob> {
  const { bytes } = await readWhole(body);
  const blob = new Blob(INTERNAL as never);
  const parts = bytes.byteLength === 0 ? [] : [bytes];
  let type = "";
  if (contentType !== null) {
    const { extractMimeType, serializeMimeType } = load("http");
    const mime = extractMimeType(contentType);
    if (mime !== null) type = serializeMimeType(mime);
  }
  setBlob(blob, parts, bytes.byteLength, type);
  return blob;
}

/** @param contentType The Content-Type header's value, or null. */
export async function readFormData(
  body: Body | null,
  contentType: string | null,
): Promise<FormData> {
  const { extractMimeType, mimeParameter } = load("http");
  const type = extractMimeType(contentType);
  if (type?.essence === "multipart/form-data") {
    const boundary = mimeParameter(type, "boundary");
    return load("forms").parseMultipart((await readWhole(body)).bytes, boundary);
  }
  if (type?.essence === "application/x-www-form-urlencoded") {
    return load("forms").parseUrlEncodedForm((await readWhole(body)).bytes);
  }
  // The body counts as read, as it would have been.
  await readWhole(body);
  throw new TypeError(
    "formData() reads multipart/form-data and application/x-www-form-urlencoded; " +
      `the Content-Type is ${contentType === null ? "missing" : `'${contentType}'`}`,
  );
}
