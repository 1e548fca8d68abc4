// CORS-safelisted request headers (Fetch Standard, section 2.2.2), which the guard "request-no-cors"
// asks for. Names are in lower case. Thread: the isolate's.
import { load } from "../../host/lazy-groups.ts";
import { charCodeAt } from "../../idl/primordials.ts";

/** "No-CORS-safelisted request-header name". */
export function isNoCorsSafelistedName(name: string): boolean {
  return (
    name === "accept" ||
    name === "accept-language" ||
    name === "content-language" ||
    name === "content-type"
  );
}

/** "CORS-unsafe request-header byte". */
function isUnsafeByte(code: number): boolean {
  if (code < 0x20) return code !== 0x09;
  switch (code) {
    case 0x22: // "
    case 0x28: // (
    case 0x29: // )
    case 0x3a: // :
    case 0x3c: // <
    case 0x3e: // >
    case 0x3f: // ?
    case 0x40: // @
    case 0x5b: // [
    case 0x5c: // \
    case 0x5d: // ]
    case 0x7b: // {
    case 0x7d: // }
    case 0x7f:
      return true;
    default:
      return false;
  }
}

function hasUnsafeByte(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    if (isUnsafeByte(charCodeAt(value, i))) return true;
  }
  return false;
}

function isLanguageByte(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x61 && code <= 0x7a) ||
    code === 0x20 || // space
    code === 0x2a || // *
    code === 0x2c || // ,
    code === 0x2d || // -
    code === 0x2e || // .
    code === 0x3b || // ;
    code === 0x3d // =
  );
}

function isLanguageList(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    if (!isLanguageByte(charCodeAt(value, i))) return false;
  }
  return true;
}

/** "No-CORS-safelisted request-header". */
export function isCorsSafelisted(name: string, value: string): boolean {
  if (value.length > 128) return false;
  switch (name) {
    case "accept":
      return !hasUnsafeByte(value);
    case "accept-language":
    case "content-language":
      return isLanguageList(value);
    case "content-type": {
      if (hasUnsafeByte(value)) return false;
      const essence = load("http").parseMimeType(value)?.essence;
      return (
        essence === "application/x-www-form-urlencoded" ||
        essence === "multipart/form-data" ||
        essence === "text/plain"
      );
    }
    default:
      return false;
  }
}
