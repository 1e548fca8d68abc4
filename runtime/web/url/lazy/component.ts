// Components of URL patterns (URL Pattern Standard, sections 1.4 and 1.5): one pattern string, compiled.
// Most of them are wildcards or plain text, for which no regular expression is made.
// Thread: the isolate's.
import { RegExpConstructor, defineProperty, regExpExec } from "../../idl/primordials.ts";
import { specialSchemes } from "./canonicalize.ts";
import { patternText, regExpText } from "./part-text.ts";
import { PartType, parsePattern, type Encode, type Part, type PatternOptions } from "./parts.ts";
import { patternError } from "./tokenizer.ts";

export type Groups = Record<string, string | undefined>;

/** URLPatternComponentResult, as it is shown. */
export interface ComponentResult {
  groups: Groups;
  input: string;
}

/** What the groups of a component took, in the order of their names; null: no match. */
type Match = readonly (string | undefined)[];

const enum Kind {
  /** "*" */
  Anything,
  Text,
  RegExp,
}

export class Component {
  readonly pattern: string;
  readonly hasRegExpGroups: boolean;
  readonly #kind: Kind;
  readonly #text: string;
  readonly #regExp: RegExp | null;
  readonly #names: readonly string[];

  constructor(input: string, options: PatternOptions, encode: Encode) {
    const parts = parsePattern(input, options, encode);
    const names: string[] = [];
    let hasRegExpGroups = false;
    for (let i = 0; i < parts.length; i++) {
      const { name, type } = parts[i]!;
      if (name !== "") names[names.length] = name;
      if (type === PartType.RegExp) hasRegExpGroups = true;
    }
    this.pattern = patternText(parts, options);
    this.hasRegExpGroups = hasRegExpGroups;
    this.#names = names;
    this.#kind = kindOf(parts, options);
    this.#text = this.#kind === Kind.Text && parts.length === 1 ? parts[0]!.value : "";
    this.#regExp = this.#kind === Kind.RegExp ? compile(input, parts, options) : null;
  }

  match(input: string): Match | null {
    if (this.#kind === Kind.Anything) return [input];
    if (this.#kind === Kind.Text) return input === this.#text ? [] : null;
    const found = regExpExec(this.#regExp!, input);
    if (found === null) return null;
    const values: (string | undefined)[] = [];
    for (let i = 0; i < this.#names.length; i++) values[i] = found[i + 1];
    return values;
  }

  /** "Create a component match result". */
  result(input: string, match: Match): ComponentResult {
    // The names of "*".
    if (this.#kind === Kind.Anything && this.#names[0] === "0") {
      return { groups: { 0: input }, input };
    }
    const groups: Groups = {};
    for (let i = 0; i < this.#names.length; i++) {
      const name = this.#names[i]!;
      if (name === "__proto__") defineProperty(groups, name, dataProperty(match[i]));
      else groups[name] = match[i];
    }
    return { groups, input };
  }

  /** "Protocol component matches a special scheme". */
  matchesSpecialScheme(): boolean {
    for (let i = 0; i < specialSchemes.length; i++) {
      if (this.match(specialSchemes[i]!) !== null) return true;
    }
    return false;
  }
}

function dataProperty(value: unknown): PropertyDescriptor {
  return { __proto__: null, value, writable: true, enumerable: true, configurable: true } as never;
}

const plainOptions: PatternOptions = { delimiter: "", prefix: "", ignoreCase: false };
const same: Encode = (text) => text;
/** What most components of most patterns are, whatever their options. */
const anything = new Component("*", plainOptions, same);
const nothing = new Component("", plainOptions, same);

/** "Compile a component"; a TypeError if the pattern is malformed. */
export function compileComponent(
  input: string,
  options: PatternOptions,
  encode: Encode,
): Component {
  if (input === "*") return anything;
  return input === "" ? nothing : new Component(input, options, encode);
}

function kindOf(parts: readonly Part[], options: PatternOptions): Kind {
  if (parts.length === 0) return Kind.Text;
  if (parts.length > 1) return Kind.RegExp;
  const { type, modifier, prefix, suffix } = parts[0]!;
  if (modifier !== "" || prefix !== "" || suffix !== "") return Kind.RegExp;
  if (type === PartType.FullWildcard) return Kind.Anything;
  return type === PartType.FixedText && !options.ignoreCase ? Kind.Text : Kind.RegExp;
}

function compile(input: string, parts: readonly Part[], options: PatternOptions): RegExp {
  try {
    return new RegExpConstructor(regExpText(parts, options), options.ignoreCase ? "vi" : "v");
  } catch (error) {
    throw patternError((error as Error).message, input);
  }
}
