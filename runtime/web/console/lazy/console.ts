// The `console` namespace (Console Standard). Its output goes to the host's log, one entry for each
// call; the group stack, counts and timers are the isolate's. Nothing that is logged can make a call
// throw, but labels and options are converted as Web IDL says. Thread: the isolate's.
import { load } from "../../host/lazy-groups.ts";
import { LogLevel } from "../../host/ops.ts";
import {
  captureStackTrace,
  create,
  floor,
  indexOf,
  keys,
  mapDelete,
  mapGet,
  mapSet,
  numberText,
  repeat,
  replaceAll,
  slice,
  toFixed,
} from "../../idl/primordials.ts";
import { define, sequence, toBoolean, toDOMString, toObject } from "../../idl/webidl.ts";

const GROUP_INDENT = 2;

const counts = new Map<string, number>();
/** Start times by label, in milliseconds of `ops.now()`. */
const timers = new Map<string, number>();
let groupDepth = 0;

/** The standard's Printer, for text that is already formatted. */
function print(level: LogLevel, text: string): void {
  if (groupDepth > 0) {
    const indent = repeat(" ", groupDepth * GROUP_INDENT);
    text = indent + replaceAll(text, "\n", `\n${indent}`);
  }
  ops.log(level, text);
}

/** Instead of a text that the stack or the engine's strings have no room for. */
const TOO_LONG = "[Too long to be shown]";

/** The standard's Formatter. Strings without a specifier need no inspector. Never throws. */
function format(args: readonly unknown[]): string {
  try {
    return joinStrings(args) ?? load("inspect").format(args);
  } catch {
    return TOO_LONG;
  }
}

function joinStrings(args: readonly unknown[]): string | undefined {
  const first = args[0];
  if (typeof first !== "string" || (args.length > 1 && indexOf(first, "%") !== -1))
    return undefined;
  let text = first;
  for (let i = 1; i < args.length; i++) {
    if (typeof args[i] !== "string") return undefined;
    text += ` ${args[i] as string}`;
  }
  return text;
}

/** The standard's Logger. */
function log(level: LogLevel, args: readonly unknown[]): void {
  if (args.length > 0) print(level, format(args));
}

function labelOf(value: unknown, method: string): string {
  return value === undefined
    ? "default"
    : toDOMString(value, `Failed to execute '${method}' on 'console': The label`);
}

function concat(first: string, rest: readonly unknown[], from = 0): unknown[] {
  const list: unknown[] = [first];
  for (let i = from; i < rest.length; i++) list[list.length] = rest[i];
  return list;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${numberText(value)}` : numberText(value);
}

/** "3.142ms", "1.500s", "2:05.300 (m:ss.mmm)". */
function elapsedText(milliseconds: number): string {
  if (milliseconds < 1000) return `${toFixed(milliseconds, 3)}ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${toFixed(seconds, 3)}s`;
  const whole = floor(seconds);
  const rest = slice(toFixed(seconds - whole, 3), 1);
  const minutes = floor(whole / 60);
  if (minutes < 60) return `${minutes}:${twoDigits(whole % 60)}${rest} (m:ss.mmm)`;
  const hours = floor(minutes / 60);
  return `${hours}:${twoDigits(minutes % 60)}:${twoDigits(whole % 60)}${rest} (h:mm:ss.mmm)`;
}

/** The elapsed time of a timer as text; undefined, and a warning, if there is no such timer. */
function readTimer(label: string): string | undefined {
  const start = mapGet(timers, label);
  if (start === undefined) {
    print(LogLevel.Warn, `Timer '${label}' does not exist`);
    return undefined;
  }
  return `${label}: ${elapsedText(ops.now() - start)}`;
}

/** The frames of the caller of `method`. */
function framesOfCaller(method: unknown): string {
  const holder = { stack: undefined as unknown };
  try {
    captureStackTrace(holder, method);
    const { stack } = holder;
    if (typeof stack === "string") {
      const at = indexOf(stack, "\n    at ");
      if (at !== -1) return slice(stack, at);
    }
  } catch {
    // The app's own Error.prepareStackTrace threw: the trace goes without frames.
  }
  return "";
}

const toLabels = sequence(toDOMString);

/** The operations; a namespace has no constructors, which methods of a literal are not. */
const operations = {
  // Logging (section 1.1)
  assert(condition: unknown = false, ...data: unknown[]): void {
    if (toBoolean(condition)) return;
    const message = "Assertion failed";
    const first = data[0];
    if (data.length === 0) log(LogLevel.Error, [message]);
    else if (typeof first !== "string") log(LogLevel.Error, concat(`${message}:`, data));
    else log(LogLevel.Error, concat(`${message}: ${first}`, data, 1));
  },
  clear(): void {
    groupDepth = 0;
  },
  debug(...data: unknown[]): void {
    log(LogLevel.Debug, data);
  },
  error(...data: unknown[]): void {
    log(LogLevel.Error, data);
  },
  info(...data: unknown[]): void {
    log(LogLevel.Info, data);
  },
  log(...data: unknown[]): void {
    log(LogLevel.Info, data);
  },
  table(tabularData: unknown = undefined, properties: unknown = undefined): void {
    const columns =
      properties === undefined
        ? undefined
        : toLabels(properties, "Failed to execute 'table' on 'console': The list of properties");
    let text: string | undefined;
    try {
      text = load("inspect").tableText(tabularData, columns);
    } catch {
      text = TOO_LONG;
    }
    if (text === undefined) log(LogLevel.Info, [tabularData]);
    else print(LogLevel.Info, text);
  },
  trace(...data: unknown[]): void {
    const text = data.length === 0 ? "Trace" : `Trace: ${format(data)}`;
    print(LogLevel.Info, text + framesOfCaller(operations.trace));
  },
  warn(...data: unknown[]): void {
    log(LogLevel.Warn, data);
  },
  dir(item: unknown = undefined, options: unknown = undefined): void {
    const given =
      options === undefined || options === null
        ? undefined
        : toObject(options, "Failed to execute 'dir' on 'console': The options argument");
    let text: string;
    try {
      text = load("inspect").inspect(item, given);
    } catch {
      text = TOO_LONG;
    }
    print(LogLevel.Info, text);
  },
  dirxml(...data: unknown[]): void {
    log(LogLevel.Info, data);
  },

  // Counting (section 1.2)
  count(label: unknown = undefined): void {
    const name = labelOf(label, "count");
    const count = (mapGet(counts, name) ?? 0) + 1;
    mapSet(counts, name, count);
    print(LogLevel.Info, `${name}: ${count}`);
  },
  countReset(label: unknown = undefined): void {
    const name = labelOf(label, "countReset");
    if (!mapDelete(counts, name)) print(LogLevel.Warn, `Count for '${name}' does not exist`);
  },

  // Grouping (section 1.3)
  group(...data: unknown[]): void {
    log(LogLevel.Info, data);
    groupDepth++;
  },
  groupCollapsed(...data: unknown[]): void {
    log(LogLevel.Info, data);
    groupDepth++;
  },
  groupEnd(): void {
    if (groupDepth > 0) groupDepth--;
  },

  // Timing (section 1.4)
  time(label: unknown = undefined): void {
    const name = labelOf(label, "time");
    if (mapGet(timers, name) !== undefined) {
      print(LogLevel.Warn, `Timer '${name}' already exists`);
    } else {
      mapSet(timers, name, ops.now());
    }
  },
  timeLog(label: unknown = undefined, ...data: unknown[]): void {
    const text = readTimer(labelOf(label, "timeLog"));
    // Not through the Formatter: a "%" in the label is no specifier.
    if (text !== undefined) print(LogLevel.Info, format(concat("%s", concat(text, data))));
  },
  timeEnd(label: unknown = undefined): void {
    const name = labelOf(label, "timeEnd");
    const text = readTimer(name);
    if (text === undefined) return;
    mapDelete(timers, name);
    print(LogLevel.Info, text);
  },
};

/**
 * The namespace object. "For historical web-compatibility reasons, the namespace object for console must
 * have as its [[Prototype]] an empty object, created as if by ObjectCreate(%ObjectPrototype%)."
 */
export const console = create({}) as typeof operations;
const names = keys(operations) as (keyof typeof operations)[];
for (let i = 0; i < names.length; i++) {
  const value = operations[names[i]!];
  define(console, names[i]!, { value, writable: true, enumerable: true, configurable: true });
}
define(console, Symbol.toStringTag, { value: "console", configurable: true });
