// What an app says to its KV namespaces besides keys and values: checked, and in the words of Cloudflare's API
// where something is wrong. The store looks at sizes and times again (storage/kv/limits.h). Thread: the isolate's.
import { isArray, numberOf, stringifyJson } from "../../idl/primordials.ts";
import { isObject, toUSVString } from "../../idl/webidl.ts";

export type ResponseType = "text" | "json" | "arrayBuffer" | "stream";

const MIN_CACHE_TTL = 30;
const MAX_LISTED = 1000;
const MAX_KEYS = 100;

/** An operation that came to nothing, as the store words it. */
function failed(operation: string, status: number, problem: string): Error {
  return new Error(`KV ${operation} failed: ${status} ${problem}`);
}

export function toKey(value: unknown): string {
  const key = toUSVString(value, "The key");
  if (key === "") throw new TypeError("Key name cannot be empty.");
  if (key === "." || key === "..") {
    throw new TypeError(`"${key}" is not allowed as a key name.`);
  }
  return key;
}

/** Several keys of one call. */
export function toKeys(values: unknown[]): string[] {
  if (values.length > MAX_KEYS) {
    throw failed("GET_BULK", 400, `You can request a maximum of ${MAX_KEYS} keys`);
  }
  const keys: string[] = [];
  for (let i = 0; i < values.length; i++) keys[i] = toKey(values[i]);
  return keys;
}

/** Of `get(key, "json")` or `get(key, { type: "json", cacheTtl: 60 })`. */
export function toResponseType(options: unknown): ResponseType {
  const type = isObject(options) ? (options as { type?: unknown }).type : options;
  const cacheTtl = isObject(options) ? (options as { cacheTtl?: unknown }).cacheTtl : undefined;
  // Nothing is cached: what is said of it has to be sensible all the same.
  if (cacheTtl !== undefined && cacheTtl !== null) {
    const seconds = numberOf(cacheTtl);
    if (!(seconds >= MIN_CACHE_TTL)) {
      throw failed(
        "GET",
        400,
        `Invalid cache_ttl of ${seconds}. Cache TTL must be at least ${MIN_CACHE_TTL}.`,
      );
    }
  }
  switch (type) {
    case undefined:
    case null:
      return "text";
    case "text":
    case "json":
    case "arrayBuffer":
    case "stream":
      return type;
    default:
      throw new TypeError(
        'Unknown response type. Possible types are "text", "arrayBuffer", "json", and "stream".',
      );
  }
}

export interface PutOptions {
  /** JSON, or null. */
  metadata: string | null;
  /** Seconds; 0: not given. */
  expiration: number;
  ttl: number;
}

function toSeconds(value: unknown, name: string, remedy: string): number {
  if (value === undefined || value === null) return 0;
  const seconds = numberOf(value);
  if (!(seconds > 0 && seconds < 2 ** 53) || seconds % 1 !== 0) {
    throw failed("PUT", 400, `Invalid ${name} of ${seconds}. Please specify integer ${remedy}.`);
  }
  return seconds;
}

export function toPutOptions(options: unknown): PutOptions {
  if (options === undefined || options === null) return { metadata: null, expiration: 0, ttl: 0 };
  if (!isObject(options)) throw new TypeError("The options are not an object.");
  const { expiration, expirationTtl, metadata } = options as Record<string, unknown>;
  return {
    metadata:
      metadata === undefined || metadata === null ? null : (stringifyJson(metadata) ?? null),
    expiration: toSeconds(
      expiration,
      "expiration",
      "greater than the current number of seconds since the UNIX epoch",
    ),
    ttl: toSeconds(expirationTtl, "expiration_ttl", "greater than 0"),
  };
}

export interface ListOptions {
  prefix: string;
  cursor: string;
  limit: number;
}

export function toListOptions(options: unknown): ListOptions {
  if (options === undefined || options === null) {
    return { prefix: "", cursor: "", limit: MAX_LISTED };
  }
  if (!isObject(options) || isArray(options)) {
    throw new TypeError("The options are not an object.");
  }
  const { prefix, cursor, limit } = options as Record<string, unknown>;
  const count = limit === undefined || limit === null ? MAX_LISTED : numberOf(limit);
  if (!(count >= 1) || count % 1 !== 0) {
    throw failed(
      "GET",
      400,
      `Invalid key_count_limit of ${count}. Please specify an integer greater than 0.`,
    );
  }
  if (count > MAX_LISTED) {
    throw failed(
      "GET",
      400,
      `Invalid key_count_limit of ${count}. Please specify an integer less than ${MAX_LISTED}.`,
    );
  }
  return {
    prefix: prefix === undefined || prefix === null ? "" : toUSVString(prefix),
    cursor: cursor === undefined || cursor === null ? "" : toUSVString(cursor),
    limit: count,
  };
}
