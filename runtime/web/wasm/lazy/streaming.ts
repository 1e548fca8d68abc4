// WebAssembly.compileStreaming and instantiateStreaming: "compile a potential WebAssembly response"
// (WebAssembly Web API, section 4). Thread: the isolate's.
import { readUint8Array } from "../../fetch/body-mixin.ts";
import { responseFriend } from "../../fetch/response.ts";
import { normalizeValue } from "../../http/header-list.ts";
import { toLowerCase } from "../../idl/primordials.ts";
import { isObject } from "../../idl/webidl.ts";

const WHERE = "Failed to compile a WebAssembly response";

/** The bytes of what has to be a Response, or a promise of one; consumed. */
export async function moduleBytes(promised: unknown): Promise<Uint8Array> {
  const source = await promised;
  if (!isObject(source) || !responseFriend.is(source)) {
    throw new TypeError(`${WHERE}: The argument is neither a Response nor a promise of one`);
  }
  const type = responseFriend.header(source, "content-type");
  if (type === null || toLowerCase(normalizeValue(type)) !== "application/wasm") {
    const found = type === null ? "is missing" : `is '${type}'`;
    throw new TypeError(`${WHERE}: Its Content-Type has to be 'application/wasm', and ${found}`);
  }
  const status = responseFriend.status(source);
  if (status < 200 || status > 299) throw new TypeError(`${WHERE}: Its status is ${status}`);
  return readUint8Array(responseFriend.body(source));
}
