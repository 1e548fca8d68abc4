// The native ops of KV (runtime/ops/kv_ops.cc), typed. A part of ops.ts, through which everybody else gets at it.

export type KvPair = readonly [value: string | ArrayBuffer | null, metadata: string | null];

/**
 * Of the lazy group "kv", and there when that is loaded. `binding` is the namespace's place among the app's. Promises
 * are rejected with an Error whose message says what and why.
 */
export interface KvOps {
  /** The value, null if there is none; or, with its metadata's JSON, a pair of both. */
  kvGet(
    binding: number,
    key: string,
    asText: boolean,
    withMetadata: boolean,
  ): Promise<string | ArrayBuffer | null | KvPair>;
  /** Values as text and metadata in turn, in the order of the keys. */
  kvGetMany(binding: number, keys: string[]): Promise<(string | null)[]>;
  /** `expiration` in seconds since 1970, `ttl` in seconds from now; 0: not given. */
  kvPut(
    binding: number,
    key: string,
    value: string | ArrayBuffer | ArrayBufferView,
    metadata: string | null,
    expiration: number,
    ttl: number,
  ): Promise<void>;
  kvDelete(binding: number, key: string): Promise<void>;
  /** The cursor of what follows, "" for none; then name, expiration (0: never) and metadata of each. */
  kvList(
    binding: number,
    prefix: string,
    cursor: string,
    limit: number,
  ): Promise<(string | number | null)[]>;
}
