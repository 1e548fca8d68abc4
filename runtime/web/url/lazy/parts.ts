// Parts of pattern strings (URL Pattern Standard, sections 2.1.3 to 2.1.5): what the tokens mean.
// Thread: the isolate's.
import { TokenType, patternError, tokenize, type Token } from "./tokenizer.ts";

export const enum PartType {
  FixedText,
  /** A group with a regular expression of its own. */
  RegExp,
  /** A group that ends at the next delimiter: ":name". */
  SegmentWildcard,
  /** A group that takes all it can get: "*". */
  FullWildcard,
}

/** How often, as it is written. */
export type Modifier = "" | "?" | "*" | "+";

export interface Part {
  readonly type: PartType;
  /** The fixed text, or the regular expression of a group that has its own. */
  readonly value: string;
  readonly modifier: Modifier;
  /** Of a group; groups without one are numbered. */
  readonly name: string;
  readonly prefix: string;
  readonly suffix: string;
}

export interface PatternOptions {
  /** The character that segments end at, or nothing. */
  readonly delimiter: "" | "." | "/";
  /** The character that belongs to the group after it, or nothing. */
  readonly prefix: "" | "/";
  readonly ignoreCase: boolean;
}

/** "Encoding callback": canonicalises a piece of fixed text; throws a TypeError if it cannot be. */
export type Encode = (text: string) => string;

export const FULL_WILDCARD = ".*";

/** "Generate a segment wildcard regexp". */
export function segmentWildcard(options: PatternOptions): string {
  return options.delimiter === "" ? "[^]+?" : `[^\\${options.delimiter}]+?`;
}

class PatternParser {
  readonly #input: string;
  readonly #tokens: Token[];
  readonly #encode: Encode;
  readonly #options: PatternOptions;
  readonly #segmentWildcard: string;
  readonly #parts: Part[] = [];
  #pendingText = "";
  #index = 0;
  #nextNumber = 0;

  constructor(input: string, options: PatternOptions, encode: Encode) {
    this.#input = input;
    this.#tokens = tokenize(input, false);
    this.#encode = encode;
    this.#options = options;
    this.#segmentWildcard = segmentWildcard(options);
  }

  /** "Parse a pattern string". */
  run(): Part[] {
    while (this.#index < this.#tokens.length) {
      // <prefix character> <name> <regexp> <modifier>, each of which may be missing.
      const char = this.#take(TokenType.Char);
      const name = this.#take(TokenType.Name);
      const matcher = this.#takeMatcher(name);
      if (name !== null || matcher !== null) {
        let prefix = char === null ? "" : char.value;
        if (prefix !== "" && prefix !== this.#options.prefix) {
          this.#pendingText += prefix;
          prefix = "";
        }
        this.#flushText();
        this.#addPart(prefix, name, matcher, "", this.#takeModifier());
        continue;
      }
      const fixed = char ?? this.#take(TokenType.EscapedChar);
      if (fixed !== null) {
        this.#pendingText += fixed.value;
        continue;
      }
      if (this.#take(TokenType.Open) !== null) {
        this.#addGroup();
        continue;
      }
      this.#flushText();
      this.#require(TokenType.End);
    }
    return this.#parts;
  }

  /** <open> <text> <name> <regexp> <text> <close> <modifier>, after the first of them. */
  #addGroup(): void {
    const prefix = this.#takeText();
    const name = this.#take(TokenType.Name);
    const matcher = this.#takeMatcher(name);
    const suffix = this.#takeText();
    this.#require(TokenType.Close);
    this.#addPart(prefix, name, matcher, suffix, this.#takeModifier());
  }

  #take(type: TokenType): Token | null {
    const token = this.#tokens[this.#index]!;
    if (token.type !== type) return null;
    this.#index++;
    return token;
  }

  #takeModifier(): Modifier {
    const token = this.#take(TokenType.OtherModifier) ?? this.#take(TokenType.Asterisk);
    return token === null ? "" : (token.value as Modifier);
  }

  #takeMatcher(name: Token | null): Token | null {
    const token = this.#take(TokenType.RegExp);
    return name === null && token === null ? this.#take(TokenType.Asterisk) : token;
  }

  #takeText(): string {
    let text = "";
    for (;;) {
      const token = this.#take(TokenType.Char) ?? this.#take(TokenType.EscapedChar);
      if (token === null) return text;
      text += token.value;
    }
  }

  #require(type: TokenType.Close | TokenType.End): void {
    if (this.#take(type) !== null) return;
    const { type: found, value } = this.#tokens[this.#index]!;
    throw patternError(
      found === TokenType.End ? "a group is not closed by '}'" : `'${value}' cannot stand there`,
      this.#input,
    );
  }

  /** "Maybe add a part from the pending fixed value". */
  #flushText(): void {
    if (this.#pendingText === "") return;
    const value = this.#encode(this.#pendingText);
    this.#pendingText = "";
    this.#add({ type: PartType.FixedText, value, modifier: "", name: "", prefix: "", suffix: "" });
  }

  #add(part: Part): void {
    this.#parts[this.#parts.length] = part;
  }

  /** "Add a part". */
  #addPart(
    prefix: string,
    name: Token | null,
    matcher: Token | null,
    suffix: string,
    modifier: Modifier,
  ): void {
    if (name === null && matcher === null) {
      if (modifier === "") {
        // "{text}": to be combined with the text around it.
        this.#pendingText += prefix;
        return;
      }
      // "{text}?"
      this.#flushText();
      if (prefix === "") return;
      const value = this.#encode(prefix);
      this.#add({ type: PartType.FixedText, value, modifier, name: "", prefix: "", suffix: "" });
      return;
    }
    this.#flushText();
    let value = this.#segmentWildcard;
    if (matcher !== null) {
      value = matcher.type === TokenType.Asterisk ? FULL_WILDCARD : matcher.value;
    }
    // A regular expression that means a wildcard is one.
    let type = PartType.RegExp;
    if (value === this.#segmentWildcard) type = PartType.SegmentWildcard;
    else if (value === FULL_WILDCARD) type = PartType.FullWildcard;
    if (type !== PartType.RegExp) value = "";
    const key = name === null ? `${this.#nextNumber++}` : name.value;
    for (let i = 0; i < this.#parts.length; i++) {
      if (this.#parts[i]!.name !== key) continue;
      throw patternError(`two groups are named '${key}'`, this.#input);
    }
    const encodedPrefix = this.#encode(prefix);
    const encodedSuffix = this.#encode(suffix);
    this.#add({ type, value, modifier, name: key, prefix: encodedPrefix, suffix: encodedSuffix });
  }
}

/** The parts of a pattern string; a TypeError if it is malformed. */
export function parsePattern(input: string, options: PatternOptions, encode: Encode): Part[] {
  return new PatternParser(input, options, encode).run();
}
