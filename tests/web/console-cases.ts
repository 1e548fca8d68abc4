// What console writes: each case calls it, and holds the log entries that have to come of it. They run
// in an app; tests/e2e/console.test.ts reads the server's log and compares.

export type Level = "debug" | "info" | "warn" | "error";
export type Entry = [level: Level, text: string | RegExp];

export interface Case {
  name: string;
  run: () => void;
  entries: Entry[];
}

/** An object whose every use by the console is a mistake. */
const hostile = new Proxy(
  { a: 1 },
  {
    get() {
      throw new Error("trap");
    },
    ownKeys() {
      throw new Error("trap");
    },
    getPrototypeOf() {
      throw new Error("trap");
    },
    getOwnPropertyDescriptor() {
      throw new Error("trap");
    },
    has() {
      throw new Error("trap");
    },
  },
);

const throwingWords = {
  toString(): string {
    throw new Error("toString");
  },
};

/** By its number: the engine that strips the types takes no such escape. */
export const LONE_SURROGATE = String.fromCharCode(0xd800);

const long = "0123456789".repeat(1024);

export const cases: Case[] = [
  {
    name: "each method has its level",
    run() {
      console.debug("d");
      console.log("l");
      console.info("i");
      console.warn("w");
      console.error("e");
      console.dir("s");
      console.dirxml("x", { a: 1 });
    },
    entries: [
      ["debug", "d"],
      ["info", "l"],
      ["info", "i"],
      ["warn", "w"],
      ["error", "e"],
      ["info", "'s'"],
      ["info", "x { a: 1 }"],
    ],
  },
  {
    name: "nothing to log, nothing logged",
    run() {
      console.log();
      console.error();
      console.log("");
      console.log(undefined);
    },
    entries: [
      ["info", ""],
      ["info", "undefined"],
    ],
  },
  {
    name: "nothing is shortened",
    run() {
      console.log(long);
      console.log({ long });
      console.log("%s", long);
    },
    entries: [
      ["info", long],
      ["info", `{\n  long: '${long}'\n}`],
      ["info", long],
    ],
  },
  {
    name: "any text is one entry",
    run: () => console.log("a\nb\u0000\u2028" + LONE_SURROGATE + "\u{1F600}"),
    entries: [["info", "a\nb\u0000\u2028\ufffd\u{1F600}"]],
  },
  {
    name: "specifiers",
    run() {
      console.log("%s|%s|%s|%s|%s", "a", 1, null, Symbol("s"), -0);
      console.log("%d|%i|%d|%d|%d|%d", 42.9, "42px", "x", Symbol("s"), 12n, {});
      console.log("%f|%f|%f", "1.5px", 2.25, Symbol("s"));
      console.log("%o|%O", { f() {} }, { a: { b: 1 } });
      console.log("%cred%c.", "color: red", "");
      console.log("%%|%s|%%s|%x|%", 1);
      console.log("%s", "a", "b", { c: 1 });
      console.log("%s %s", "one");
      console.log("%s");
      console.log("100%", "%s", 1);
      console.log({ a: "%s" }, "b");
    },
    entries: [
      ["info", "a|1|null|Symbol(s)|-0"],
      ["info", "42|42|NaN|NaN|12n|NaN"],
      ["info", "1.5|2.25|NaN"],
      [
        "info",
        /^\{ f: \[Function: f\] \{[^]*\} \}\|\{ a: \{ b: 1 \} \}$|^\{\n {2}f: \[Function: f\] [^]*\|\{ a: \{ b: 1 \} \}$/,
      ],
      ["info", "red."],
      ["info", "%|1|%s|%x|%"],
      ["info", "a b { c: 1 }"],
      ["info", "one %s"],
      ["info", "%s"],
      ["info", "100% %s 1"],
      ["info", "{ a: '%s' } b"],
    ],
  },
  {
    name: "%s uses an object's own words, if it has some that work",
    run() {
      console.log("%s", { toString: () => "mine" });
      console.log("%s", throwingWords);
      console.log("%s", { a: { b: 1 } });
      console.log("%s", [1, [2]]);
      console.log("%s", hostile);
      console.log("%d", throwingWords);
      console.log("%s", new URL("http://a.example/?b"));
    },
    entries: [
      ["info", "mine"],
      ["info", "{ toString: [Function: toString] }"],
      ["info", "{ a: [Object] }"],
      ["info", "[ 1, [Array] ]"],
      ["info", "{ a: 1 }"],
      ["info", "NaN"],
      ["info", "http://a.example/?b"],
    ],
  },
  {
    name: "assert",
    run() {
      console.assert(true, "not logged");
      console.assert(1 as never);
      console.assert(false);
      console.assert();
      console.assert(0 as never, "it is %s", "wrong");
      console.assert("" as never, { a: 1 }, 2);
    },
    entries: [
      ["error", "Assertion failed"],
      ["error", "Assertion failed"],
      ["error", "Assertion failed: it is wrong"],
      ["error", "Assertion failed: { a: 1 } 2"],
    ],
  },
  {
    name: "count",
    run() {
      console.count();
      console.count("default");
      console.count("x%s");
      console.count(undefined);
      console.countReset();
      console.count();
      console.countReset("never");
    },
    entries: [
      ["info", "default: 1"],
      ["info", "default: 2"],
      ["info", "x%s: 1"],
      ["info", "default: 3"],
      ["info", "default: 1"],
      ["warn", "Count for 'never' does not exist"],
    ],
  },
  {
    name: "groups indent all lines",
    run() {
      console.group("A %s", 1);
      console.log("a\nb");
      console.groupCollapsed();
      console.warn({ a: long.slice(0, 80) });
      console.groupEnd();
      console.count("in");
      console.groupEnd();
      console.groupEnd();
      console.log("out");
      console.group();
      console.clear();
      console.log("cleared");
    },
    entries: [
      ["info", "A 1"],
      ["info", "  a\n  b"],
      ["warn", `    {\n      a: '${long.slice(0, 80)}'\n    }`],
      ["info", "  in: 1"],
      ["info", "out"],
      ["info", "cleared"],
    ],
  },
  {
    name: "timers",
    run() {
      console.time();
      console.time();
      console.timeLog("default", { a: 1 }, "%s");
      console.timeEnd();
      console.timeEnd();
      console.time("%d");
      console.timeEnd("%d");
    },
    entries: [
      ["warn", "Timer 'default' already exists"],
      ["info", /^default: \d+\.\d{3}ms \{ a: 1 \} %s$/],
      ["info", /^default: \d+\.\d{3}ms$/],
      ["warn", "Timer 'default' does not exist"],
      ["info", /^%d: \d+\.\d{3}ms$/],
    ],
  },
  {
    name: "trace names the caller",
    run: function caller() {
      console.trace("at %d", 1);
      console.trace();
    },
    entries: [
      ["info", /^Trace: at 1\n {4}at .*\bcaller\b.* \(.*console-cases\.ts:\d+:\d+\)\n/],
      ["info", /^Trace\n {4}at .*\bcaller\b.* \(/],
    ],
  },
  {
    name: "tables",
    run() {
      console.table([
        { a: 1, b: "x" },
        { a: 2, c: [1, 2] },
      ]);
      console.table([[1, 2], "v"], ["1"]);
      console.table(new Map([["k", { v: 1 }]]));
      console.table(new Set(["日本"]));
      console.table({ row: { "a\nb": 1 } });
      console.table(
        Object.defineProperty([{}], 0, {
          get() {
            throw new Error("called");
          },
        }),
      );
      console.table(5);
      console.table(null);
      console.table();
      console.table(new Proxy([{ a: 1 }], {}));
    },
    entries: [
      [
        "info",
        "┌─────────┬───┬─────┬─────────┐\n" +
          "│ (index) │ a │ b   │ c       │\n" +
          "├─────────┼───┼─────┼─────────┤\n" +
          "│ 0       │ 1 │ 'x' │         │\n" +
          "│ 1       │ 2 │     │ [Array] │\n" +
          "└─────────┴───┴─────┴─────────┘",
      ],
      [
        "info",
        "┌─────────┬───┬────────┐\n" +
          "│ (index) │ 1 │ Values │\n" +
          "├─────────┼───┼────────┤\n" +
          "│ 0       │ 2 │        │\n" +
          "│ 1       │   │ 'v'    │\n" +
          "└─────────┴───┴────────┘",
      ],
      [
        "info",
        "┌───────────────────┬─────┬───┐\n" +
          "│ (iteration index) │ Key │ v │\n" +
          "├───────────────────┼─────┼───┤\n" +
          "│ 0                 │ 'k' │ 1 │\n" +
          "└───────────────────┴─────┴───┘",
      ],
      [
        "info",
        "┌───────────────────┬────────┐\n" +
          "│ (iteration index) │ Values │\n" +
          "├───────────────────┼────────┤\n" +
          "│ 0                 │ '日本' │\n" +
          "└───────────────────┴────────┘",
      ],
      [
        "info",
        "┌─────────┬────────┐\n" +
          "│ (index) │ a\\x0ab │\n" +
          "├─────────┼────────┤\n" +
          "│ row     │ 1      │\n" +
          "└─────────┴────────┘",
      ],
      [
        "info",
        "┌─────────┬──────────┐\n" +
          "│ (index) │ Values   │\n" +
          "├─────────┼──────────┤\n" +
          "│ 0       │ [Getter] │\n" +
          "└─────────┴──────────┘",
      ],
      ["info", "5"],
      ["info", "null"],
      ["info", "undefined"],
      [
        "info",
        "┌─────────┬───┐\n" +
          "│ (index) │ a │\n" +
          "├─────────┼───┤\n" +
          "│ 0       │ 1 │\n" +
          "└─────────┴───┘",
      ],
    ],
  },
  {
    name: "dir takes options",
    run() {
      const deep = { a: { b: { c: { d: {} } } } };
      console.dir(deep, { depth: 0 });
      console.dir(deep, { depth: null });
      console.dir(new Proxy({ a: 1 }, {}), { showProxy: true });
      console.dir(Object.defineProperty({}, "hidden", { value: 1 }), { showHidden: true });
    },
    entries: [
      ["info", "{ a: [Object] }"],
      ["info", "{\n  a: { b: { c: { d: {} } } }\n}"],
      ["info", "Proxy [ { a: 1 }, {} ]"],
      ["info", "{ [hidden]: 1 }"],
    ],
  },
];
