// Constructor strings (URL Pattern Standard, section 1.6): "https://:tenant.example.com/*" taken apart into
// the patterns of its components. Thread: the isolate's.
import { slice } from "../../idl/primordials.ts";
import { canonicalizeProtocol } from "./canonicalize.ts";
import { compileComponent } from "./component.ts";
import { defaultOptions, type PatternInit } from "./init.ts";
import { TokenType, tokenize, type Token } from "./tokenizer.ts";

/** In the order of a URL's components. */
const enum State {
  Init,
  Protocol,
  Authority,
  Username,
  Password,
  Hostname,
  Port,
  Pathname,
  Search,
  Hash,
  Done,
}

/** The member of the result that a state fills. */
function memberOf(state: State): Exclude<keyof PatternInit, "baseURL"> | null {
  switch (state) {
    case State.Protocol:
      return "protocol";
    case State.Username:
      return "username";
    case State.Password:
      return "password";
    case State.Hostname:
      return "hostname";
    case State.Port:
      return "port";
    case State.Pathname:
      return "pathname";
    case State.Search:
      return "search";
    case State.Hash:
      return "hash";
    default:
      return null;
  }
}

class ConstructorStringParser {
  readonly #input: string;
  readonly #tokens: Token[];
  readonly #result: PatternInit = { __proto__: null } as PatternInit;
  #componentStart = 0;
  #index = 0;
  #increment = 1;
  #groupDepth = 0;
  #bracketDepth = 0;
  #special = false;
  #state = State.Init;

  constructor(input: string) {
    this.#input = input;
    this.#tokens = tokenize(input, true);
  }

  /** "Parse a constructor string". */
  run(): PatternInit {
    for (; this.#index < this.#tokens.length; this.#index += this.#increment) {
      this.#increment = 1;
      const { type } = this.#tokens[this.#index]!;
      if (type === TokenType.End) {
        if (this.#atEnd()) break;
        continue;
      }
      // Nothing within braces ends a component.
      if (type === TokenType.Open) {
        this.#groupDepth++;
        continue;
      }
      if (this.#groupDepth > 0) {
        if (type !== TokenType.Close) continue;
        this.#groupDepth--;
      }
      this.#step();
    }
    if (this.#result.hostname !== undefined) this.#result.port ??= "";
    return this.#result;
  }

  /** At the end of the string; true if that was all. */
  #atEnd(): boolean {
    if (this.#state === State.Init) {
      // There is no protocol: the pattern is relative.
      this.#rewind(State.Init);
      if (this.#isHashPrefix()) this.#change(State.Hash, 1);
      else if (this.#isSearchPrefix()) this.#change(State.Search, 1);
      else this.#change(State.Pathname, 0);
      return false;
    }
    if (this.#state === State.Authority) {
      // There was no "@".
      this.#rewind(State.Hostname);
      return false;
    }
    this.#change(State.Done, 0);
    return true;
  }

  #step(): void {
    switch (this.#state) {
      case State.Init:
        if (this.#is(":")) this.#rewind(State.Protocol);
        break;
      case State.Protocol:
        if (this.#is(":")) this.#endProtocol();
        break;
      case State.Authority:
        if (this.#is("@")) this.#rewind(State.Username);
        else if (this.#is("/") || this.#isSearchPrefix() || this.#isHashPrefix()) {
          this.#rewind(State.Hostname);
        }
        break;
      case State.Username:
        if (this.#is(":")) this.#change(State.Password, 1);
        else if (this.#is("@")) this.#change(State.Hostname, 1);
        break;
      case State.Password:
        if (this.#is("@")) this.#change(State.Hostname, 1);
        break;
      case State.Hostname:
        if (this.#is("[")) this.#bracketDepth++;
        else if (this.#is("]")) this.#bracketDepth--;
        else if (this.#is(":") && this.#bracketDepth === 0) this.#change(State.Port, 1);
        else this.#endAuthority();
        break;
      case State.Port:
        this.#endAuthority();
        break;
      case State.Pathname:
        if (this.#isSearchPrefix()) this.#change(State.Search, 1);
        else if (this.#isHashPrefix()) this.#change(State.Hash, 1);
        break;
      case State.Search:
        if (this.#isHashPrefix()) this.#change(State.Hash, 1);
        break;
    }
  }

  #endProtocol(): void {
    // The scheme tells what comes next, so its pattern is compiled already.
    const protocol = compileComponent(this.#componentText(), defaultOptions, canonicalizeProtocol);
    this.#special = protocol.matchesSpecialScheme();
    if (this.#is("/", 1) && this.#is("/", 2)) this.#change(State.Authority, 3);
    else this.#change(this.#special ? State.Authority : State.Pathname, 1);
  }

  #endAuthority(): void {
    if (this.#is("/")) this.#change(State.Pathname, 0);
    else if (this.#isSearchPrefix()) this.#change(State.Search, 1);
    else if (this.#isHashPrefix()) this.#change(State.Hash, 1);
  }

  /** "Change state". */
  #change(next: State, skip: number): void {
    const state = this.#state;
    const result = this.#result;
    const member = memberOf(state);
    if (member !== null) result[member] = this.#componentText();
    if (state !== State.Init && next !== State.Done) {
      // Components that were passed over are empty: those given later are more specific.
      if (state <= State.Password && next >= State.Port) result.hostname ??= "";
      if (state <= State.Port && next >= State.Search) result.pathname ??= this.#special ? "/" : "";
      if (state <= State.Pathname && next === State.Hash) result.search ??= "";
    }
    this.#state = next;
    this.#index += skip;
    this.#componentStart = this.#index;
    this.#increment = 0;
  }

  #rewind(state: State): void {
    this.#index = this.#componentStart;
    this.#increment = 0;
    this.#state = state;
  }

  /** "Is a non-special pattern char", `ahead` tokens from here. */
  #is(value: string, ahead = 0): boolean {
    const index = this.#index + ahead;
    if (index >= this.#tokens.length) return false;
    const token = this.#tokens[index]!;
    return (
      token.value === value &&
      (token.type === TokenType.Char ||
        token.type === TokenType.EscapedChar ||
        token.type === TokenType.InvalidChar)
    );
  }

  #isHashPrefix(): boolean {
    return this.#is("#");
  }

  /** A "?" that is no modifier. */
  #isSearchPrefix(): boolean {
    if (this.#is("?")) return true;
    if (this.#tokens[this.#index]!.value !== "?") return false;
    if (this.#index === 0) return true;
    const { type } = this.#tokens[this.#index - 1]!;
    return (
      type !== TokenType.Name &&
      type !== TokenType.RegExp &&
      type !== TokenType.Close &&
      type !== TokenType.Asterisk
    );
  }

  /** "Make a component string". */
  #componentText(): string {
    const tokens = this.#tokens;
    const last = tokens.length - 1;
    const start = tokens[this.#componentStart < last ? this.#componentStart : last]!;
    return slice(this.#input, start.index, tokens[this.#index]!.index);
  }
}

/** The patterns of a constructor string's components; a TypeError if its protocol is malformed. */
export function parseConstructorString(input: string): PatternInit {
  return new ConstructorStringParser(input).run();
}
