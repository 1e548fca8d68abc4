// Tokens of pattern strings (URL Pattern Standard, section 2.1.2). Positions are in code units; what
// the standard does to one code point, this does to the one or two units of it. Thread: the isolate's.
import {
  RegExpConstructor,
  codePointAt,
  regExpExec,
  slice,
  startsWith,
} from "../../idl/primordials.ts";

export const enum TokenType {
  /** "{" */
  Open,
  /** "}" */
  Close,
  /** "(regular expression)" */
  RegExp,
  /** ":name" */
  Name,
  /** A character without any special meaning. */
  Char,
  /** "\character" */
  EscapedChar,
  /** "?" or "+" */
  OtherModifier,
  /** "*": a wildcard or a modifier. */
  Asterisk,
  End,
  /** What only the lenient policy lets through. */
  InvalidChar,
}

export interface Token {
  readonly type: TokenType;
  /** Where it begins in the pattern string. */
  readonly index: number;
  readonly value: string;
}

const identifierStart = new RegExpConstructor("^[$_\\p{ID_Start}]$", "u");
const identifierPart = new RegExpConstructor("^[$_\\u200C\\u200D\\p{ID_Continue}]$", "u");

/** "Is a valid name code point", for the code point that `character` is; false for an empty string. */
export function isNameCharacter(character: string, first: boolean): boolean {
  const code = codePointAt(character, 0);
  if (code < 0x80) {
    const lower = code | 0x20;
    if ((lower >= 0x61 && lower <= 0x7a) || code === 0x5f || code === 0x24) return true;
    return !first && code >= 0x30 && code <= 0x39;
  }
  return regExpExec(first ? identifierStart : identifierPart, character) !== null;
}

/** The code point at an index, as a string; empty at the end. */
export function characterAt(text: string, index: number): string {
  const code = codePointAt(text, index);
  return slice(text, index, index + (code > 0xffff ? 2 : 1));
}

class Tokenizer {
  readonly #input: string;
  readonly #lenient: boolean;
  readonly #tokens: Token[] = [];
  #index = 0;

  constructor(input: string, lenient: boolean) {
    this.#input = input;
    this.#lenient = lenient;
  }

  /** "Tokenize". */
  run(): Token[] {
    const input = this.#input;
    while (this.#index < input.length) {
      const character = characterAt(input, this.#index);
      const next = this.#index + character.length;
      switch (character) {
        case "*":
          this.#add(TokenType.Asterisk, next, this.#index);
          break;
        case "+":
        case "?":
          this.#add(TokenType.OtherModifier, next, this.#index);
          break;
        case "\\":
          if (next === input.length) {
            this.#fail("a backslash is followed by nothing", next, this.#index);
          } else {
            this.#add(TokenType.EscapedChar, next + characterAt(input, next).length, next);
          }
          break;
        case "{":
          this.#add(TokenType.Open, next, this.#index);
          break;
        case "}":
          this.#add(TokenType.Close, next, this.#index);
          break;
        case ":":
          this.#addName(next);
          break;
        case "(":
          this.#addRegExp(next);
          break;
        default:
          this.#add(TokenType.Char, next, this.#index);
      }
    }
    this.#add(TokenType.End, this.#index, this.#index);
    return this.#tokens;
  }

  #addName(start: number): void {
    let position = start;
    while (position < this.#input.length) {
      const character = characterAt(this.#input, position);
      if (!isNameCharacter(character, position === start)) break;
      position += character.length;
    }
    if (position === start) this.#fail("a colon is not followed by a name", start, this.#index);
    else this.#add(TokenType.Name, position, start);
  }

  #addRegExp(start: number): void {
    const end = this.#endOfRegExp(start);
    if (typeof end === "string") this.#fail(end, start, this.#index);
    else if (end - 1 === start) this.#fail("a regular expression is empty", start, this.#index);
    else this.#add(TokenType.RegExp, end, start, end - 1);
  }

  /** The index after the parenthesis that closes a regular expression, or what is wrong with it. */
  #endOfRegExp(start: number): number | string {
    const input = this.#input;
    const notAscii = "a regular expression has a character that is not ASCII";
    let depth = 1;
    for (let position = start; position < input.length; position++) {
      const character = input[position]!;
      if (codePointAt(character, 0) > 0x7f) return notAscii;
      if (character === "?" && position === start) return "a regular expression begins with '?'";
      if (character === "\\") {
        if (++position === input.length) return "a backslash is followed by nothing";
        if (codePointAt(input, position) > 0x7f) return notAscii;
      } else if (character === ")") {
        if (--depth === 0) return position + 1;
      } else if (character === "(") {
        depth++;
        if (!startsWith(input, "?", position + 1)) {
          return "a regular expression has a capturing group: write (?:…)";
        }
      }
    }
    return "a regular expression has no closing parenthesis";
  }

  #add(type: TokenType, next: number, valueStart: number, valueEnd = next): void {
    const value = slice(this.#input, valueStart, valueEnd);
    this.#tokens[this.#tokens.length] = { type, index: this.#index, value };
    this.#index = next;
  }

  /** "Process a tokenizing error". */
  #fail(problem: string, next: number, valueStart: number): void {
    if (!this.#lenient) throw patternError(problem, this.#input);
    this.#add(TokenType.InvalidChar, next, valueStart);
  }
}

export function patternError(problem: string, pattern: string): TypeError {
  const shown = pattern.length > 200 ? `${slice(pattern, 0, 200)}…` : pattern;
  return new TypeError(`Invalid pattern '${shown}': ${problem}`);
}

/**
 * The tokens of a pattern string, the last of them an End.
 * @param lenient What is malformed becomes a token, too; else it is a TypeError.
 */
export function tokenize(input: string, lenient: boolean): Token[] {
  return new Tokenizer(input, lenient).run();
}
