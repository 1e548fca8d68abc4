// The crypto group: crypto.subtle and CryptoKey.
import "./algorithms.ts";

export { CryptoKey } from "./crypto-key.ts";
export { SubtleCrypto, subtle, timingSafeEqual } from "./subtle-crypto.ts";

declare global {
  interface LazyGroups {
    crypto: typeof import("./index.ts");
  }
}
