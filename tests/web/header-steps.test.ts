// Headers, step by step as the Fetch Standard has them (sections 2.2.2 and 5.1).
import { assert, test } from "./harness.ts";

const every = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => String.fromCharCode(from + i));

test("every character of a header name is a token's", () => {
  const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]$/;
  for (const character of every(0, 0xff)) {
    const name = `a${character}b`;
    const shown = JSON.stringify(character);
    if (token.test(character)) {
      assert.equal(new Headers({ [name]: "x" }).get(name), "x", shown);
    } else {
      for (const method of ["get", "has", "delete"] as const) {
        assert.throws(() => new Headers()[method](name), TypeError, `${method} ${shown}`);
      }
      for (const method of ["append", "set"] as const) {
        assert.throws(() => new Headers()[method](name, "x"), TypeError, `${method} ${shown}`);
      }
    }
  }
  for (const name of ["", "\u0100", "\ud800", "a b", "a:", "a\n", "(a)"]) {
    assert.throws(() => new Headers().append(name, "x"), TypeError, JSON.stringify(name));
  }
});

test("every character of a header value but NUL, LF and CR is allowed", () => {
  for (const character of every(0, 0xff)) {
    const value = `a${character}b`;
    const shown = JSON.stringify(character);
    if (character === "\0" || character === "\n" || character === "\r") {
      assert.throws(() => new Headers({ x: value }), TypeError, shown);
    } else {
      assert.equal(new Headers({ x: value }).get("x"), value, shown);
    }
  }
  assert.throws(() => new Headers({ x: "\u0100" }), TypeError);
});

test("normalising takes HTTP white space from both ends, and nothing else", () => {
  for (const space of [" ", "\t", "\n", "\r", "\r\n", " \t\r\n "]) {
    const headers = new Headers({ a: `${space}x${space}` });
    assert.equal(headers.get("a"), "x", JSON.stringify(space));
    headers.set("a", `${space}y`);
    headers.append("a", `z${space}`);
    assert.equal(headers.get("a"), "y, z", JSON.stringify(space));
    assert.equal(new Headers({ a: space }).get("a"), "", JSON.stringify(space));
  }
  for (const other of ["\v", "\f", "\u00a0"]) {
    assert.equal(new Headers({ a: `${other}x${other}` }).get("a"), `${other}x${other}`);
  }
});

test("arguments are converted before anything is validated", () => {
  const log: string[] = [];
  const argument = (name: string, text: string) => ({
    toString: () => {
      log.push(name);
      return text;
    },
  });
  assert.throws(
    () => new Headers().append(argument("name", "a b") as never, argument("value", "x") as never),
    TypeError,
  );
  assert.deepEqual(log, ["name", "value"]);
  assert.throws(() => new Headers().append("a", Symbol("x") as never), TypeError);
  assert.throws(() => (new Headers().append as never as () => void)(), TypeError);
  assert.equal(new Headers([["a", undefined as never]]).get("a"), "undefined");
  assert.equal(new Headers({ a: null as never }).get("a"), "null");
});

test("an immutable list validates first, then refuses", () => {
  const { headers } = Response.redirect("http://a/");
  for (const change of [
    () => headers.append("a", "b"),
    () => headers.set("a", "b"),
    () => headers.delete("a"),
    () => headers.append("a b", "c"),
    () => headers.set("a", "\0"),
  ]) {
    assert.throws(change, TypeError);
  }
  assert.deepEqual([...headers], [["location", "http://a/"]]);
});

test("set replaces the first header of a name and drops the others", () => {
  const headers = new Headers([
    ["b", "1"],
    ["a", "2"],
    ["B", "3"],
  ]);
  headers.set("B", "4");
  assert.deepEqual(
    [...headers],
    [
      ["a", "2"],
      ["b", "4"],
    ],
  );
  headers.delete("B");
  headers.delete("b");
  assert.ok(!headers.has("b"));
});

test("getSetCookie gives each cookie, get joins them", () => {
  const headers = new Headers([
    ["Set-Cookie", "a=1"],
    ["x", "y"],
    ["set-cookie", "b=2, c"],
    ["SET-COOKIE", ""],
  ]);
  assert.deepEqual(headers.getSetCookie(), ["a=1", "b=2, c", ""]);
  assert.equal(headers.get("set-cookie"), "a=1, b=2, c, ");
  assert.deepEqual(
    [...headers],
    [
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2, c"],
      ["set-cookie", ""],
      ["x", "y"],
    ],
  );
  headers.set("Set-Cookie", "d=4");
  assert.deepEqual(headers.getSetCookie(), ["d=4"]);
  headers.delete("set-cookie");
  assert.deepEqual(headers.getSetCookie(), []);
  const list = headers.getSetCookie();
  list.push("mine");
  assert.deepEqual(headers.getSetCookie(), []);
});

test("iteration sorts by the names' bytes", () => {
  const headers = new Headers({ b: "1", "a-b": "2", A: "3", "~": "4", "!": "5", _: "6", "0": "7" });
  assert.deepEqual([...headers.keys()], ["!", "0", "_", "a", "a-b", "b", "~"]);
});

test("an iterator sees what changes before it, after it and at its place", () => {
  const headers = new Headers({ b: "1", d: "2" });
  const seen: string[] = [];
  for (const [name] of headers) {
    seen.push(name);
    if (name === "b" && seen.length === 1) {
      // Sorts before the current index: "b" comes again.
      headers.append("a", "0");
    } else if (name === "d") {
      headers.delete("a");
      headers.append("e", "3");
    }
  }
  assert.deepEqual(seen, ["b", "b", "d"]);
  const iterator = headers.entries();
  iterator.next();
  for (const name of ["b", "d", "e"]) headers.delete(name);
  assert.ok(iterator.next().done);
  headers.append("z", "1");
  // What is behind the index is found even after the end was reported.
  headers.append("y", "1");
  assert.equal(iterator.next().value?.[0], "z");
});

test("forEach calls with value, name and object, and sees changes", () => {
  const headers = new Headers({ a: "1", b: "2" });
  const calls: unknown[][] = [];
  const self = {};
  headers.forEach(function (this: unknown, ...args: unknown[]) {
    assert.equal(this, self);
    if (calls.push(args) === 1) headers.delete("b");
  }, self);
  assert.deepEqual(calls.length, 1);
  assert.equal(calls[0]![0], "1");
  assert.equal(calls[0]![1], "a");
  assert.equal(calls[0]![2], headers);
  assert.throws(() => headers.forEach(undefined as never), TypeError);
  assert.throws(() => headers.forEach({} as never), TypeError);
});

test("a Headers object is copied as a list, one with another iterator is asked", () => {
  const headers = new Headers([
    ["set-cookie", "a"],
    ["set-cookie", "b"],
    ["x", "1"],
    ["x", "2"],
  ]);
  const copy = new Headers(headers);
  assert.deepEqual(copy.getSetCookie(), ["a", "b"]);
  assert.equal(copy.get("x"), "1, 2");
  Object.defineProperty(headers, Symbol.iterator, {
    value: function* () {
      yield ["y", "z"];
    },
  });
  assert.deepEqual([...new Headers(headers)], [["y", "z"]]);
});

/** A request-no-cors list after one header was appended. */
function noCors(name: string, value: string): string | null {
  const { headers } = new Request("http://a/", { mode: "no-cors" });
  headers.append(name, value);
  return headers.get(name);
}

test("no-CORS-safelisted request-headers, by name and value", () => {
  assert.equal(noCors("Accept", "text/html, */*;q=0.8"), "text/html, */*;q=0.8");
  assert.equal(noCors("Accept-Language", "de, en;q=0.5"), "de, en;q=0.5");
  assert.equal(noCors("Content-Language", "de-DE"), "de-DE");
  for (const type of [
    "text/plain",
    "Text/Plain;charset=utf-8",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
  ]) {
    assert.equal(noCors("Content-Type", type), type);
  }
  for (const [name, value] of [
    ["Content-Type", "application/json"],
    ["Content-Type", "text/html"],
    ["Content-Type", "text"],
    ["Content-Type", "text/plain;x=(y)"],
    ["Accept-Language", "de_DE"],
    ["Accept", "a@b"],
    ["Accept", '"'],
    ["Accept", "x\u007f"],
    ["Accept", "a".repeat(129)],
    ["X-Own", "1"],
    ["Authorization", "x"],
    ["Range", "bytes=0-1"],
  ] as const) {
    assert.equal(noCors(name, value), null, `${name}: ${value}`);
  }
});

test("a no-cors list refuses what together would be too long", () => {
  const { headers } = new Request("http://a/", { mode: "no-cors" });
  headers.append("Accept", "a".repeat(100));
  headers.append("Accept", "b".repeat(27));
  assert.equal(headers.get("accept"), "a".repeat(100));
  headers.set("Accept", "c".repeat(128));
  assert.equal(headers.get("accept"), "c".repeat(128));
  headers.delete("Accept");
  assert.equal(headers.get("accept"), null);
});

test("request and response lists allow all that servers set", () => {
  // As in other server runtimes: the lists of forbidden headers protect users of browsers.
  const names = ["Cookie", "Host", "Origin", "Date", "Sec-Fetch-Mode", "Proxy-X", "Set-Cookie"];
  const { headers } = new Request("http://a/");
  const { headers: others } = new Response();
  for (const name of names) {
    headers.set(name, "1");
    others.set(name, "1");
    assert.equal(headers.get(name), "1", name);
    assert.equal(others.get(name), "1", name);
  }
});
