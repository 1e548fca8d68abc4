// Headers made from records, by Web IDL's steps: which properties count, in which order they are read,
// and what of it an app can see. Plain objects take a shorter way that must not show.
import { assert, test } from "./harness.ts";

test("own enumerable properties become headers, in the order of the list", () => {
  const inherited = Object.create({ "x-inherited": "1" }) as Record<string, string>;
  inherited["X-Own"] = "a";
  Object.defineProperty(inherited, "x-hidden", { value: "b", enumerable: false });
  assert.deepEqual([...new Headers(inherited)], [["x-own", "a"]]);
  const bare = { __proto__: null, b: "1", a: "2" } as unknown as Record<string, string>;
  assert.deepEqual(
    [...new Headers(bare)],
    [
      ["a", "2"],
      ["b", "1"],
    ],
  );
});

test("names differing in case are one header of two values", () => {
  assert.equal(new Headers({ "X-A": "1", "x-a": "2" }).get("x-A"), "1, 2");
});

test("names that are special to objects are ordinary", () => {
  const record = JSON.parse('{"__proto__":"1","constructor":"2","0":"3"}') as Record<
    string,
    string
  >;
  const headers = new Headers(record);
  assert.equal(headers.get("__proto__"), "1");
  assert.equal(headers.get("constructor"), "2");
  assert.equal(headers.get("0"), "3");
  assert.equal(headers.get("toString"), null);
});

test("values are converted and normalised", () => {
  const record = { a: 1, b: null, c: " x\t", d: "", e: "é", f: "a\tb", g: { toString: () => "s" } };
  const headers = new Headers(record as never);
  const expected = { a: "1", b: "null", c: "x", d: "", e: "é", f: "a\tb", g: "s" };
  assert.deepEqual(Object.fromEntries(headers), expected);
});

test("what is invalid is refused, wherever it stands", () => {
  for (const record of [
    { a: "1", "": "x" },
    { a: "1", "b c": "x" },
    { a: "1", ü: "x" },
    { a: "1", "€": "x" },
    { a: "1", b: "x\ny" },
    { a: "1", b: "x\0" },
    { a: "1", b: "€" },
    { a: "1", b: Symbol("s") },
  ]) {
    assert.throws(() => new Headers(record as never), TypeError);
    assert.throws(() => new Response(null, { headers: record as never }), TypeError);
    assert.throws(() => new Request("http://a.test", { headers: record as never }), TypeError);
  }
});

test("enumerable symbols are refused, others are passed over", () => {
  assert.throws(() => new Headers({ a: "1", [Symbol("s")]: "2" } as never), TypeError);
  const hidden = Object.defineProperty({ a: "1" }, Symbol("s"), { value: "2", enumerable: false });
  assert.deepEqual([...new Headers(hidden)], [["a", "1"]]);
});

test("properties that a getter removes do not count", () => {
  const record = {
    get a() {
      delete (record as { b?: string }).b;
      (record as Record<string, string>).late = "no";
      return "1";
    },
    b: "2",
    c: "3",
  };
  assert.deepEqual(
    [...new Headers(record)],
    [
      ["a", "1"],
      ["c", "3"],
    ],
  );
});

test("a proxy's traps are called in the order of Web IDL", () => {
  const log: string[] = [];
  const handler: ProxyHandler<object> = {};
  for (const trap of [
    "get",
    "ownKeys",
    "getOwnPropertyDescriptor",
    "has",
    "getPrototypeOf",
  ] as const) {
    handler[trap] = ((...args: [object, PropertyKey]) => {
      log.push(args.length > 1 ? `${trap} ${String(args[1])}` : trap);
      return (Reflect[trap] as (...args: unknown[]) => unknown)(...args);
    }) as never;
  }
  const headers = new Headers(new Proxy({ a: "1", b: "2" }, handler) as never);
  assert.equal(headers.get("b"), "2");
  assert.deepEqual(log, [
    "get Symbol(Symbol.iterator)",
    "ownKeys",
    "getOwnPropertyDescriptor a",
    "get a",
    "getOwnPropertyDescriptor b",
    "get b",
  ]);
});

test("a value is converted before the next one is read", () => {
  const log: string[] = [];
  const record = {
    get a() {
      log.push("get a");
      return { toString: () => (log.push("convert a"), "€") };
    },
    get b() {
      log.push("get b");
      return "2";
    },
  };
  assert.throws(() => new Headers(record as never), TypeError);
  assert.deepEqual(log, ["get a", "convert a"]);
});

test("any number of different names is remembered rightly", () => {
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 600; i++) {
      const name = `X-Name-${i}${"-long".repeat(i % 20)}`;
      assert.equal(new Headers({ [name]: "v" }).get(name.toLowerCase()), "v");
      assert.throws(() => new Headers().get(`${name} `), TypeError);
    }
  }
});

test("a copied request's headers are its own", () => {
  const first = new Request("http://a.test", { headers: { a: "1" } });
  const second = new Request(first);
  const third = first.clone();
  first.headers.set("a", "2");
  second.headers.append("b", "3");
  assert.deepEqual(Object.fromEntries(first.headers), { a: "2" });
  assert.deepEqual(Object.fromEntries(second.headers), { a: "1", b: "3" });
  assert.deepEqual(Object.fromEntries(third.headers), { a: "1" });
  const given = new Headers({ a: "1" });
  const response = new Response(null, { headers: given });
  response.headers.set("a", "2");
  assert.equal(given.get("a"), "1");
});

test("options of a request are inherited, but for the referrer, once any is given", () => {
  const first = new Request("http://a.test", {
    cache: "no-store",
    redirect: "error",
    referrer: "http://a.test/from",
    referrerPolicy: "origin",
  });
  const copy = new Request(first);
  assert.equal(
    `${copy.cache} ${copy.redirect} ${copy.referrer}`,
    "no-store error http://a.test/from",
  );
  const changed = new Request(first, { method: "PUT" });
  assert.equal(`${changed.cache} ${changed.redirect}`, "no-store error");
  assert.equal(`${changed.referrer} ${changed.referrerPolicy}`, "about:client ");
});

test("the members of RequestInit are read once each, in the order of their names", () => {
  const log: PropertyKey[] = [];
  const init = new Proxy({} as RequestInit, {
    get(target, name) {
      log.push(name);
      return Reflect.get(target, name) as unknown;
    },
  });
  new Request("http://a.test", init);
  const { length } = log;
  assert.deepEqual(log, [...log].sort());
  assert.equal(new Set(log).size, length);
  for (const name of ["body", "headers", "method", "signal", "window"])
    assert.ok(log.includes(name));
});

test("a URL and its search parameters follow each other", () => {
  const url = new URL("http://a.test/?a=1&b=%20+#h");
  const params = url.searchParams;
  assert.deepEqual(
    [...params],
    [
      ["a", "1"],
      ["b", "  "],
    ],
  );
  params.append("c", "&=");
  assert.equal(url.href, "http://a.test/?a=1&b=++&c=%26%3D#h");
  url.search = "?x&=y&&z==1";
  assert.deepEqual(
    [...params],
    [
      ["x", ""],
      ["", "y"],
      ["z", "=1"],
    ],
  );
  url.href = "http://b.test/#only";
  assert.equal(params.size, 0);
  params.set("k", "v");
  assert.equal(url.href, "http://b.test/?k=v#only");
  url.search = "";
  assert.equal(params.size, 0);
});
