// "Normalizing an algorithm" (Web Cryptography, section 18.4): an identifier, which is a name or a
// dictionary of parameters, becomes the normalized dictionary of the algorithm and operation.
// Thread: the isolate's.
import { keys } from "../../idl/primordials.ts";
import {
  copyBytes,
  dictionary,
  enforceRange,
  isObject,
  toBufferSource,
  toDOMString,
  type Converter,
} from "../../idl/webidl.ts";
import type { Algorithm, HashName, Operation, Params, ParamsType } from "./algorithm.ts";
import { notSupported } from "./errors.ts";
import { findAlgorithm } from "./registry.ts";

/** (object or DOMString) */
export type AlgorithmIdentifier = object | string;

/** A member of a dictionary of parameters that ends up as a T. */
type Member<T> =
  | { readonly convert: Converter<T>; readonly finish?: undefined; readonly required?: boolean }
  | {
      readonly convert: Converter<unknown>;
      readonly finish: (given: never) => T;
      readonly required?: boolean;
    };

type Members<P> = { readonly [K in Exclude<keyof P, "name">]-?: Member<NonNullable<P[K]>> };

/**
 * The type of a dictionary that extends Algorithm. Its members are read in the order given, which
 * has to be the specification's (inherited dictionaries first, then by name); absent ones are
 * undefined.
 */
export function parameters<P extends Params>(name: string, members: Members<P>): ParamsType<P> {
  const finish: [string, (value: never) => unknown][] = [];
  const names = keys(members) as (keyof typeof members & string)[];
  for (let i = 0; i < names.length; i++) {
    const member = members[names[i]!] as Member<unknown>;
    if (member.finish !== undefined) finish[finish.length] = [names[i]!, member.finish];
  }
  const convert = dictionary(name, { name: { convert: toDOMString, required: true }, ...members });
  return { convert: convert as never as Converter<P>, finish };
}

/** The dictionary Algorithm: no parameters. */
export const noParameters: ParamsType<Params> = parameters<Params>("Algorithm", {});

/** BufferSource: a copy of its bytes. */
export const bytes = { convert: toBufferSource, finish: copyBytes };

/** HashAlgorithmIdentifier: the name of a hash. */
export const hash = { convert: toIdentifier, finish: normalizeHash };

/** [EnforceRange] octet, unsigned short, unsigned long. */
export const octet = { convert: enforceRange(0, 0xff) };
export const unsignedShort = { convert: enforceRange(0, 0xffff) };
export const unsignedLong = { convert: enforceRange(0, 0xffffffff) };

/** DOMString. */
export const domString = { convert: toDOMString };

export function required<M extends object>(member: M): M & { readonly required: true } {
  return { ...member, required: true };
}

export function toIdentifier(value: unknown, where?: string): AlgorithmIdentifier {
  return isObject(value) ? value : toDOMString(value, where);
}

const toAlgorithm = noParameters.convert;

/** An algorithm together with the normalized parameters of an operation of its own. */
export interface Normalized {
  readonly algorithm: Algorithm;
  readonly params: Params;
}

/** Throws a NotSupportedError, or the TypeErrors of the conversion. */
export function normalize(operation: Operation, identifier: AlgorithmIdentifier): Normalized {
  // "A new Algorithm dictionary": it must not inherit what scripts put into Object.prototype.
  const given = isObject(identifier) ? identifier : { __proto__: null, name: identifier };
  const { name } = toAlgorithm(given, "The algorithm");
  const algorithm = findAlgorithm(name);
  const type = algorithm?.params[operation];
  if (algorithm === undefined || type === undefined) {
    throw notSupported(`The algorithm '${name}' does not support the operation '${operation}'.`);
  }
  // The members are read anew, `name` included.
  const params = type.convert(given, "The algorithm") as unknown as Record<string, unknown>;
  params["name"] = algorithm.name;
  const { finish } = type;
  for (let i = 0; i < finish.length; i++) {
    const member = finish[i]!;
    const value = params[member[0]];
    if (value !== undefined) params[member[0]] = member[1](value as never);
  }
  return { algorithm, params: params as unknown as Params };
}

function normalizeHash(identifier: AlgorithmIdentifier): HashName {
  return normalize("digest", identifier).params.name as HashName;
}
