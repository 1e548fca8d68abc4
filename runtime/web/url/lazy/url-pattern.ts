// URLPattern (URL Pattern Standard, sections 1.2 to 1.4). Thread: the isolate's.
import { defineInterface, dictionary, isObject, toBoolean, toUSVString } from "../../idl/webidl.ts";
import {
  canonicalizeHash,
  canonicalizeHostname,
  canonicalizeIPv6Hostname,
  canonicalizeOpaquePathname,
  canonicalizePassword,
  canonicalizePathname,
  canonicalizePort,
  canonicalizeProtocol,
  canonicalizeSearch,
  canonicalizeUsername,
  defaultPort,
  isIPv6Pattern,
  parseUrl,
  type UrlParts,
} from "./canonicalize.ts";
import { compileComponent, type Component, type ComponentResult } from "./component.ts";
import { parseConstructorString } from "./constructor-string.ts";
import { defaultOptions, processInit, toPatternInit, type PatternInit } from "./init.ts";
import type { PatternOptions } from "./parts.ts";

type PatternInput = string | PatternInit;

interface Options {
  ignoreCase: boolean;
}

const toOptions = dictionary("URLPatternOptions", {
  ignoreCase: { convert: toBoolean, default: false },
});

const CONSTRUCT = "Failed to construct 'URLPattern'";

/** (USVString or URLPatternInit), undefined standing for the latter's default. */
function toPatternInput(value: unknown, where: string): PatternInput {
  if (value === undefined || value === null || isObject(value)) return toPatternInit(value, where);
  return toUSVString(value, where);
}

/** URLPatternResult, with members in the order in which Web IDL defines them. */
interface PatternResult {
  hash: ComponentResult;
  hostname: ComponentResult;
  inputs: PatternInput[];
  password: ComponentResult;
  pathname: ComponentResult;
  port: ComponentResult;
  protocol: ComponentResult;
  search: ComponentResult;
  username: ComponentResult;
}

const hostnameOptions: PatternOptions = { delimiter: ".", prefix: "", ignoreCase: false };

/** The members that are given, as a dictionary becomes an object of the app's. */
function showInit(init: PatternInit): PatternInit {
  const shown: PatternInit = {};
  for (const name in init) {
    const value = init[name as keyof PatternInit];
    if (value !== undefined) shown[name as keyof PatternInit] = value;
  }
  return shown;
}

export class URLPattern {
  #protocol!: Component;
  #username!: Component;
  #password!: Component;
  #hostname!: Component;
  #port!: Component;
  #pathname!: Component;
  #search!: Component;
  #hash!: Component;

  constructor(
    input: unknown = undefined,
    baseURLOrOptions: unknown = undefined,
    options: unknown = undefined,
  ) {
    // Of the two overloads, the one with a base URL is meant by three arguments, or by a second one that
    // cannot be a dictionary.
    const hasBase =
      arguments.length > 2 ||
      (baseURLOrOptions !== undefined && baseURLOrOptions !== null && !isObject(baseURLOrOptions));
    const pattern = toPatternInput(input, `${CONSTRUCT}: The input`);
    const baseURL = hasBase ? toUSVString(baseURLOrOptions, `${CONSTRUCT}: The base URL`) : null;
    const where = `${CONSTRUCT}: The options`;
    this.#create(pattern, baseURL, toOptions(hasBase ? options : baseURLOrOptions, where));
  }

  /** "Create" a URL pattern. */
  #create(input: PatternInput, baseURL: string | null, { ignoreCase }: Options): void {
    let init: PatternInit;
    if (typeof input === "string") {
      init = parseConstructorString(input);
      if (baseURL !== null) init.baseURL = baseURL;
      else if (init.protocol === undefined) {
        throw new TypeError(`${CONSTRUCT}: '${input}' is relative, and there is no base URL`);
      }
    } else {
      if (baseURL !== null) {
        throw new TypeError(
          `${CONSTRUCT}: The base URL of an object with components is its member baseURL`,
        );
      }
      init = input;
    }
    const made = processInit(init, "pattern", {});
    const protocol = made.protocol ?? "*";
    const givenPort = made.port ?? "*";
    const port = givenPort === defaultPort(protocol) ? "" : givenPort;
    this.#protocol = compileComponent(protocol, defaultOptions, canonicalizeProtocol);
    this.#username = compileComponent(made.username ?? "*", defaultOptions, canonicalizeUsername);
    this.#password = compileComponent(made.password ?? "*", defaultOptions, canonicalizePassword);
    const hostname = made.hostname ?? "*";
    this.#hostname = compileComponent(
      hostname,
      hostnameOptions,
      isIPv6Pattern(hostname) ? canonicalizeIPv6Hostname : canonicalizeHostname,
    );
    this.#port = compileComponent(port, defaultOptions, (value) => canonicalizePort(value));
    const plain: PatternOptions = { delimiter: "", prefix: "", ignoreCase };
    const pathname = made.pathname ?? "*";
    this.#pathname = this.#protocol.matchesSpecialScheme()
      ? compileComponent(
          pathname,
          { delimiter: "/", prefix: "/", ignoreCase },
          canonicalizePathname,
        )
      : compileComponent(pathname, plain, canonicalizeOpaquePathname);
    this.#search = compileComponent(made.search ?? "*", plain, canonicalizeSearch);
    this.#hash = compileComponent(made.hash ?? "*", plain, canonicalizeHash);
  }

  test(input: unknown = undefined, baseURL: unknown = undefined): boolean {
    void this.#hash;
    const where = "Failed to execute 'test' on 'URLPattern'";
    const url = toUrl(toPatternInput(input, where), toBase(baseURL, where), where);
    return (
      url !== null &&
      this.#pathname.match(url.pathname) !== null &&
      this.#protocol.match(url.protocol) !== null &&
      this.#username.match(url.username) !== null &&
      this.#password.match(url.password) !== null &&
      this.#hostname.match(url.hostname) !== null &&
      this.#port.match(url.port) !== null &&
      this.#search.match(url.search) !== null &&
      this.#hash.match(url.hash) !== null
    );
  }

  exec(input: unknown = undefined, baseURL: unknown = undefined): PatternResult | null {
    void this.#hash;
    const where = "Failed to execute 'exec' on 'URLPattern'";
    const converted = toPatternInput(input, where);
    const base = toBase(baseURL, where);
    const url = toUrl(converted, base, where);
    if (url === null) return null;
    const pathname = this.#pathname.match(url.pathname);
    if (pathname === null) return null;
    const protocol = this.#protocol.match(url.protocol);
    if (protocol === null) return null;
    const username = this.#username.match(url.username);
    if (username === null) return null;
    const password = this.#password.match(url.password);
    if (password === null) return null;
    const hostname = this.#hostname.match(url.hostname);
    if (hostname === null) return null;
    const port = this.#port.match(url.port);
    if (port === null) return null;
    const search = this.#search.match(url.search);
    if (search === null) return null;
    const hash = this.#hash.match(url.hash);
    if (hash === null) return null;
    const shown = typeof converted === "string" ? converted : showInit(converted);
    return {
      hash: this.#hash.result(url.hash, hash),
      hostname: this.#hostname.result(url.hostname, hostname),
      inputs: base === undefined ? [shown] : [shown, base],
      password: this.#password.result(url.password, password),
      pathname: this.#pathname.result(url.pathname, pathname),
      port: this.#port.result(url.port, port),
      protocol: this.#protocol.result(url.protocol, protocol),
      search: this.#search.result(url.search, search),
      username: this.#username.result(url.username, username),
    };
  }

  get protocol(): string {
    return this.#protocol.pattern;
  }

  get username(): string {
    return this.#username.pattern;
  }

  get password(): string {
    return this.#password.pattern;
  }

  get hostname(): string {
    return this.#hostname.pattern;
  }

  get port(): string {
    return this.#port.pattern;
  }

  get pathname(): string {
    return this.#pathname.pattern;
  }

  get search(): string {
    return this.#search.pattern;
  }

  get hash(): string {
    return this.#hash.pattern;
  }

  get hasRegExpGroups(): boolean {
    return (
      this.#protocol.hasRegExpGroups ||
      this.#username.hasRegExpGroups ||
      this.#password.hasRegExpGroups ||
      this.#hostname.hasRegExpGroups ||
      this.#port.hasRegExpGroups ||
      this.#pathname.hasRegExpGroups ||
      this.#search.hasRegExpGroups ||
      this.#hash.hasRegExpGroups
    );
  }
}

function toBase(value: unknown, where: string): string | undefined {
  return value === undefined ? undefined : toUSVString(value, `${where}: The base URL`);
}

/** The first half of "match": the components to be matched; null for what is no URL. */
function toUrl(input: PatternInput, base: string | undefined, where: string): UrlParts | null {
  if (typeof input === "string") return parseUrl(input, base) ?? null;
  if (base !== undefined) {
    throw new TypeError(
      `${where}: The base URL of an object with components is its member baseURL`,
    );
  }
  const url: UrlParts = {
    protocol: "",
    username: "",
    password: "",
    hostname: "",
    port: "",
    pathname: "",
    search: "",
    hash: "",
  };
  try {
    return processInit(input, "url", url) as UrlParts;
  } catch {
    return null;
  }
}

defineInterface(URLPattern, "URLPattern", {
  shows: ["protocol", "username", "password", "hostname", "port", "pathname", "search", "hash"],
});
