// Headers: names and values, combining, guards, iteration.
import { assert, test } from "./harness.ts";

test("Headers are made from records, pairs and Headers", () => {
  assert.equal(new Headers({ "X-A": "1" }).get("x-a"), "1");
  const pairs = new Headers([
    ["a", "1"],
    ["A", "2"],
  ]);
  assert.equal(pairs.get("a"), "1, 2");
  const copy = new Headers(pairs);
  copy.append("a", "3");
  assert.equal(copy.get("a"), "1, 2, 3");
  assert.equal(pairs.get("a"), "1, 2");
  assert.equal(new Headers(new Map([["m", "1"]]) as never).get("m"), "1");
  assert.equal(new Headers(undefined).get("x"), null);
});

test("Headers refuse other inits", () => {
  for (const init of [
    null,
    1,
    "a: b",
    [["a"]],
    [["a", "b", "c"]],
    ["ab"],
    { [Symbol("s")]: "x" },
  ]) {
    assert.throws(() => new Headers(init as never), TypeError, String(JSON.stringify(init)));
  }
});

test("Headers read a record in the order of Web IDL", () => {
  const log: string[] = [];
  const record = new Proxy(
    { a: "1", b: "2" },
    {
      get(target, key, receiver) {
        log.push(`get ${String(key)}`);
        return Reflect.get(target, key, receiver) as unknown;
      },
      ownKeys(target) {
        log.push("ownKeys");
        return Reflect.ownKeys(target);
      },
      getOwnPropertyDescriptor(target, key) {
        log.push(`descriptor ${String(key)}`);
        return Reflect.getOwnPropertyDescriptor(target, key);
      },
    },
  );
  new Headers(record);
  assert.deepEqual(log, [
    "get Symbol(Symbol.iterator)",
    "ownKeys",
    "descriptor a",
    "get a",
    "descriptor b",
    "get b",
  ]);
});

test("header names are tokens", () => {
  const headers = new Headers();
  for (const name of ["", " a", "a ", "a:b", "a b", "a\n", "\u00e4", "(", "a\0", "\u0100"]) {
    assert.throws(() => headers.append(name, "x"), TypeError, JSON.stringify(name));
    assert.throws(() => headers.get(name), TypeError, JSON.stringify(name));
    assert.throws(() => new Headers({ [name]: "x" }), TypeError, JSON.stringify(name));
  }
  headers.append("!#$%&'*+-.^_`|~09azAZ", "ok");
  assert.equal(headers.get("!#$%&'*+-.^_`|~09AZaz"), "ok");
});

test("header values are normalised and validated", () => {
  const headers = new Headers({ a: " \t\r\n x y \n" });
  assert.equal(headers.get("a"), "x y");
  for (const value of ["a\nb", "a\rb", "a\0b", "a\r\nInjected: yes", "\u0100", "\ud83c\udf08"]) {
    assert.throws(() => headers.set("a", value), TypeError, JSON.stringify(value));
  }
  headers.set("a", "\u0001\u007f\u00ff");
  assert.equal(headers.get("a"), "\u0001\u007f\u00ff");
  headers.set("empty", "");
  assert.equal(headers.get("empty"), "");
  headers.set("n", 5 as never);
  assert.equal(headers.get("n"), "5");
});

test("Headers change their list", () => {
  const headers = new Headers([
    ["a", "1"],
    ["b", "2"],
    ["a", "3"],
  ]);
  headers.set("A", "9");
  assert.deepEqual(
    [...headers],
    [
      ["a", "9"],
      ["b", "2"],
    ],
  );
  headers.delete("a");
  assert.ok(!headers.has("a") && headers.has("B"));
  headers.delete("nothing");
  assert.throws(() => (headers.set as never as (a: string) => void)("a"), TypeError);
});

test("cookies are never combined", () => {
  const headers = new Headers([
    ["Set-Cookie", "a=1"],
    ["x", "y"],
    ["set-cookie", "b=2"],
  ]);
  assert.deepEqual(headers.getSetCookie(), ["a=1", "b=2"]);
  assert.equal(headers.get("set-cookie"), "a=1, b=2");
  assert.deepEqual(
    [...headers],
    [
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["x", "y"],
    ],
  );
  assert.deepEqual(new Headers(headers).getSetCookie(), ["a=1", "b=2"]);
  assert.deepEqual(new Headers().getSetCookie(), []);
});

test("iteration is sorted and combined, and sees changes", () => {
  const headers = new Headers([
    ["c", "1"],
    ["a", "2"],
    ["C", "3"],
  ]);
  assert.deepEqual([...headers.keys()], ["a", "c"]);
  assert.deepEqual([...headers.values()], ["2", "1, 3"]);
  const seen: string[] = [];
  for (const [name] of headers) {
    seen.push(name);
    if (name === "a") headers.append("b", "x");
  }
  assert.deepEqual(seen, ["a", "b", "c"]);
  const iterator = headers.entries();
  assert.equal(Object.prototype.toString.call(iterator), "[object Headers Iterator]");
  assert.throws(() => iterator.next.call({} as never), TypeError);
});

test("response headers of redirects and errors are immutable", () => {
  for (const response of [Response.redirect("http://a/"), Response.error()]) {
    assert.throws(() => response.headers.set("a", "b"), TypeError);
    assert.throws(() => response.headers.append("a", "b"), TypeError);
    assert.throws(() => response.headers.delete("location"), TypeError);
  }
});

test("no-cors requests keep safelisted headers only", () => {
  const headers = { accept: "text/html", "x-a": "b", "content-type": "text/plain" };
  const request = new Request("http://a/", { mode: "no-cors", headers });
  assert.deepEqual([...request.headers.keys()], ["accept", "content-type"]);
  request.headers.set("authorization", "x");
  request.headers.set("content-type", "application/json");
  request.headers.append("accept", "x".repeat(128));
  assert.equal(request.headers.get("authorization"), null);
  assert.equal(request.headers.get("content-type"), "text/plain");
  assert.equal(request.headers.get("accept"), "text/html");
});

test("a server may set the headers that browsers forbid", () => {
  const request = new Request("http://a/", { headers: { cookie: "a=b", host: "c", origin: "d" } });
  assert.deepEqual([...request.headers.keys()], ["cookie", "host", "origin"]);
  const response = new Response(null, { headers: { "set-cookie": "a=b" } });
  assert.deepEqual(response.headers.getSetCookie(), ["a=b"]);
});

test("Headers look as Web IDL wants", () => {
  assert.equal(Headers.length, 0);
  assert.equal(Headers.prototype.append.length, 2);
  assert.equal(Headers.prototype.forEach.length, 1);
  const { enumerable } = Object.getOwnPropertyDescriptor(Headers.prototype, "get")!;
  assert.ok(enumerable);
  assert.equal(Object.prototype.toString.call(new Headers()), "[object Headers]");
  assert.equal(Headers.prototype[Symbol.iterator], Headers.prototype.entries);
  assert.throws(() => Headers.prototype.get.call({} as never, "a"), TypeError);
});
