// KVNamespace (developers.cloudflare.com/kv/api): what an app has of a namespace. Each operation is a call of the
// store's (runtime/ops/kv_ops.cc), and counts as one of the request's. Thread: the isolate's.
import { currentExchange } from "../../exchange/exchanges.ts";
import { extractBody, readBytes, streamOf } from "../../fetch/body.ts";
import { appLimit } from "../../host/app-limits.ts";
import { AppLimit, type KvPair } from "../../host/ops.ts";
import { Whole } from "../../idl/bytes.ts";
import { createMap, isArray, isPrototypeOf, mapSet, parseJson } from "../../idl/primordials.ts";
import {
  INTERNAL,
  defineInterface,
  illegalConstructor,
  isArrayBuffer,
  isArrayBufferView,
  isObject,
  requireArguments,
} from "../../idl/webidl.ts";
import { isReadableStream, type ReadableStream } from "../../streams/stream-access.ts";
import {
  toKey,
  toKeys,
  toListOptions,
  toPutOptions,
  toResponseType,
  type ResponseType,
} from "./kv-options.ts";

type Value = string | ArrayBuffer | ArrayBufferView | ReadableStream;

interface WithMetadata {
  value: unknown;
  metadata: unknown;
  /** Nothing is cached in between. */
  cacheStatus: null;
}

interface ListedKey {
  name: string;
  expiration?: number;
  metadata?: unknown;
}

/** Throws once the request has led to as many calls as it may. */
function countCall(): void {
  const exchange = currentExchange();
  if (exchange === null) return;
  const limit = appLimit(AppLimit.Subrequest);
  if (limit === 0 || exchange.countCall() <= limit) return;
  ops.denied(AppLimit.Subrequest);
  throw new Error(
    `Too many API requests by single worker invocation: the request that is being answered has led to ${limit} calls, which is the limit (limits.subrequests in nano.yaml)`,
  );
}

/** A value as it came, as what was asked for. */
function asType(value: string | ArrayBuffer | null, type: ResponseType): unknown {
  if (value === null) return null;
  if (type === "json") return parseJson(value as string);
  if (type === "stream") return streamOf(extractBody(value as ArrayBuffer));
  return value;
}

function isText(type: ResponseType): boolean {
  return type === "text" || type === "json";
}

function withMetadata(value: unknown, metadata: string | null): WithMetadata {
  return { value, metadata: metadata === null ? null : parseJson(metadata), cacheStatus: null };
}

async function getMany(
  binding: number,
  values: unknown[],
  options: unknown,
  hasMetadata: boolean,
): Promise<Map<string, unknown>> {
  const type = toResponseType(options);
  if (!isText(type)) {
    throw new Error(`KV GET_BULK failed: 400 "${type}" is not a valid type. Use "json" or "text"`);
  }
  const keys = toKeys(values);
  const found = createMap() as Map<string, unknown>;
  if (keys.length === 0) return found;
  countCall();
  const answer = await ops.kvGetMany(binding, keys);
  for (let i = 0; i < keys.length; i++) {
    const value = asType(answer[2 * i]!, type);
    mapSet(found, keys[i]!, hasMetadata ? withMetadata(value, answer[2 * i + 1]!) : value);
  }
  return found;
}

/** All of a stream; its bytes count as the app's own. */
async function bytesOf(stream: ReadableStream): Promise<Uint8Array> {
  const read = await readBytes(extractBody(stream));
  return isPrototypeOf(Whole.prototype, read) ? (read as Whole).bytes : (read as Uint8Array);
}

/** The namespace at this place among the app's. */
export let createNamespace: (binding: number) => object;

class KvNamespace {
  #binding = 0;

  constructor(key?: unknown) {
    illegalConstructor(key);
  }

  async get(key: unknown, options: unknown = undefined): Promise<unknown> {
    const binding = this.#binding;
    requireArguments(arguments.length, 1, "Failed to execute 'get' on 'KvNamespace'");
    if (isArray(key)) return getMany(binding, key, options, false);
    const type = toResponseType(options);
    const name = toKey(key);
    countCall();
    const value = await ops.kvGet(binding, name, isText(type), false);
    return asType(value as string | ArrayBuffer | null, type);
  }

  async getWithMetadata(key: unknown, options: unknown = undefined): Promise<unknown> {
    const binding = this.#binding;
    requireArguments(arguments.length, 1, "Failed to execute 'getWithMetadata' on 'KvNamespace'");
    if (isArray(key)) return getMany(binding, key, options, true);
    const type = toResponseType(options);
    const name = toKey(key);
    countCall();
    const pair = (await ops.kvGet(binding, name, isText(type), true)) as KvPair;
    return withMetadata(asType(pair[0], type), pair[1]);
  }

  async put(key: unknown, value: unknown, options: unknown = undefined): Promise<void> {
    const binding = this.#binding;
    requireArguments(arguments.length, 2, "Failed to execute 'put' on 'KvNamespace'");
    const name = toKey(key);
    const { metadata, expiration, ttl } = toPutOptions(options);
    const whole = isObject(value) && isReadableStream(value) ? await bytesOf(value) : value;
    if (
      typeof whole !== "string" &&
      !(isObject(whole) && (isArrayBuffer(whole) || isArrayBufferView(whole)))
    ) {
      throw new TypeError(
        "KV put() accepts only strings, ArrayBuffers, ArrayBufferViews, and ReadableStreams as values.",
      );
    }
    countCall();
    await ops.kvPut(
      binding,
      name,
      whole as Exclude<Value, ReadableStream>,
      metadata,
      expiration,
      ttl,
    );
  }

  async delete(key: unknown): Promise<void> {
    const binding = this.#binding;
    requireArguments(arguments.length, 1, "Failed to execute 'delete' on 'KvNamespace'");
    const name = toKey(key);
    countCall();
    await ops.kvDelete(binding, name);
  }

  async list(options: unknown = undefined): Promise<object> {
    const binding = this.#binding;
    const { prefix, cursor, limit } = toListOptions(options);
    countCall();
    const answer = await ops.kvList(binding, prefix, cursor, limit);
    const listed: ListedKey[] = [];
    for (let i = 1; i < answer.length; i += 3) {
      const key: ListedKey = { name: answer[i] as string };
      if (answer[i + 1] !== 0) key.expiration = answer[i + 1] as number;
      if (answer[i + 2] !== null) key.metadata = parseJson(answer[i + 2] as string);
      listed[listed.length] = key;
    }
    if (answer[0] === "") return { keys: listed, list_complete: true, cacheStatus: null };
    return { keys: listed, list_complete: false, cursor: answer[0], cacheStatus: null };
  }

  static {
    createNamespace = (binding) => {
      const namespace = new KvNamespace(INTERNAL);
      namespace.#binding = binding;
      return namespace;
    };
  }
}

defineInterface(KvNamespace, "KvNamespace", { length: 0 });
