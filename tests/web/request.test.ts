// Request: the constructor's rules, members, bodies that move on, signals.
import { assert, test } from "./harness.ts";

const URL_A = "http://a.example/x?y";

test("a Request has the standard's defaults", () => {
  const request = new Request(URL_A);
  assert.equal(request.method, "GET");
  assert.equal(request.url, URL_A);
  assert.equal(request.body, null);
  assert.equal(request.bodyUsed, false);
  assert.equal(request.destination, "");
  assert.equal(request.referrer, "about:client");
  assert.equal(request.referrerPolicy, "");
  assert.equal(request.mode, "cors");
  assert.equal(request.credentials, "same-origin");
  assert.equal(request.cache, "default");
  assert.equal(request.redirect, "follow");
  assert.equal(request.integrity, "");
  assert.equal(request.keepalive, false);
  assert.equal((request as unknown as { duplex: string }).duplex, "half");
  assert.deepEqual([...request.headers], []);
  assert.equal(Object.prototype.toString.call(request), "[object Request]");
});

test("a Request's URL is absolute, serialised and without user information", () => {
  assert.equal(new Request("HTTP://A.example:80/../b c").url, "http://a.example/b%20c");
  assert.equal(new Request(new URL(URL_A)).url, URL_A);
  for (const url of ["/x", "", "http://u@a/", "http://:p@a/", "http://u:p@a/"]) {
    assert.throws(() => new Request(url), TypeError, url);
  }
});

test("methods are normalised, validated and some forbidden", () => {
  for (const [given, method] of [
    ["post", "POST"],
    ["Delete", "DELETE"],
    ["options", "OPTIONS"],
    ["patch", "patch"],
    ["CustoM", "CustoM"],
  ] as const) {
    assert.equal(new Request(URL_A, { method: given }).method, method);
  }
  for (const method of ["CONNECT", "trace", "Track", "", "a b", "G\nT", "\u00e4"]) {
    assert.throws(() => new Request(URL_A, { method }), TypeError, method);
  }
});

test("enumerations and other members are checked", () => {
  for (const init of [
    { mode: "navigate" },
    { mode: "x" },
    { credentials: "x" },
    { cache: "x" },
    { cache: "only-if-cached" },
    { redirect: "x" },
    { referrerPolicy: "x" },
    { referrer: "http://" },
    { duplex: "full" },
    { window: "x" },
    { signal: {} },
    { mode: "no-cors", method: "PUT" },
    { priority: "x" },
    5,
  ]) {
    assert.throws(() => new Request(URL_A, init as never), TypeError, JSON.stringify(init));
  }
  const request = new Request(URL_A, {
    mode: "same-origin",
    credentials: "include",
    cache: "only-if-cached",
    redirect: "manual",
    referrer: "",
    referrerPolicy: "origin",
    integrity: "sha256-x",
    keepalive: true,
  });
  assert.equal(request.mode, "same-origin");
  assert.equal(request.credentials, "include");
  assert.equal(request.cache, "only-if-cached");
  assert.equal(request.redirect, "manual");
  assert.equal(request.referrer, "");
  assert.equal(request.referrerPolicy, "origin");
  assert.equal(request.integrity, "sha256-x");
  assert.equal(request.keepalive, true);
  assert.equal(new Request(request).redirect, "manual");
  assert.equal(new Request(request, { redirect: "error" }).credentials, "include");
});

test("GET and HEAD have no body", () => {
  for (const method of ["GET", "HEAD", undefined]) {
    assert.throws(() => new Request(URL_A, { method, body: "x" } as never), TypeError);
  }
  const post = new Request(URL_A, { method: "POST", body: "x" });
  assert.throws(() => new Request(post, { method: "GET" }), TypeError);
  assert.equal(post.bodyUsed, false);
});

test("bodies give their Content-Type unless there is one", () => {
  const types: [unknown, string | null][] = [
    ["x", "text/plain;charset=UTF-8"],
    [new URLSearchParams("a=b"), "application/x-www-form-urlencoded;charset=UTF-8"],
    [new Blob(["x"], { type: "Image/PNG" }), "image/png"],
    [new Blob(["x"]), null],
    [new Uint8Array(1), null],
    [new ArrayBuffer(1), null],
  ];
  for (const [body, type] of types) {
    const request = new Request(URL_A, { method: "POST", body: body as never });
    assert.equal(request.headers.get("content-type"), type);
  }
  const headers = { "content-type": "x/y" };
  const request = new Request(URL_A, { method: "POST", body: "x", headers });
  assert.equal(request.headers.get("content-type"), "x/y");
});

test("a stream as body needs duplex", () => {
  const body = () => new ReadableStream();
  assert.throws(() => new Request(URL_A, { method: "POST", body: body() }), TypeError);
  const init = { method: "POST", body: body(), duplex: "half" };
  assert.ok(new Request(URL_A, init as never).body !== null);
});

test("a Request made from a Request takes over its body", async () => {
  const first = new Request(URL_A, { method: "POST", body: "content", headers: { a: "1" } });
  const second = new Request(first, { headers: { b: "2" } });
  assert.ok(first.bodyUsed);
  assert.equal(second.method, "POST");
  assert.deepEqual([...second.headers], [["b", "2"]]);
  assert.equal(await second.text(), "content");
  assert.throws(() => new Request(first), TypeError);
  await assert.rejects(first.text(), TypeError);
  // Another body leaves the first one alone.
  const third = new Request(URL_A, { method: "POST", body: "x" });
  assert.equal(await new Request(third, { body: "y" }).text(), "y");
  assert.equal(await third.text(), "x");
});

test("a Request made from a Request with a stream takes that over", async () => {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode("streamed"));
      controller.close();
    },
  });
  const init = { method: "PUT", body, duplex: "half" };
  const first = new Request(URL_A, init as never);
  const second = new Request(first);
  assert.ok(first.bodyUsed);
  assert.equal(await second.text(), "streamed");
});

test("clone gives two independent requests", async () => {
  const request = new Request(URL_A, { method: "POST", body: "x", headers: { a: "1" } });
  const copy = request.clone();
  copy.headers.set("a", "2");
  assert.equal(request.headers.get("a"), "1");
  assert.equal(await request.text(), "x");
  assert.equal(await copy.text(), "x");
  assert.throws(() => request.clone(), TypeError);
});

test("cf is an object that each request has for itself, and what is none is refused", () => {
  type WithCf = Request & { cf?: Record<string, unknown> };
  const make = (input: string | Request, init?: object): WithCf => new Request(input, init);
  assert.equal(make("http://a.test/").cf, undefined);
  const given = { colo: "FRA", list: [1], dropped: undefined };
  const first = make("http://a.test/", { cf: given });
  given.list.push(2);
  assert.deepEqual(first.cf, { colo: "FRA", list: [1] });
  assert.equal(first.cf, first.cf);

  const copies = [make(first), first.clone() as WithCf, make("http://b.test/", first)];
  first.cf!.colo = "changed";
  for (const copy of copies) assert.deepEqual(copy.cf, { colo: "FRA", list: [1] });
  assert.deepEqual(make(first).cf, { colo: "changed", list: [1] });
  // Also where other members are given; one that is given wins.
  assert.deepEqual(make(first, { redirect: "manual" }).cf, { colo: "changed", list: [1] });
  assert.deepEqual(make(first, { cf: { a: 1 } }).cf, { a: 1 });
  for (const cf of [undefined, null]) {
    assert.deepEqual(make(first, { cf }).cf, { colo: "changed", list: [1] });
  }
  for (const cf of [1, "a", true]) {
    assert.throws(() => make("http://a.test/", { cf }), TypeError);
  }
  assert.throws(() => make("http://a.test/", { cf: { count: 1n } }), TypeError);
  for (const json of ["text", 5, null, [1], undefined]) {
    assert.throws(() => make("http://a.test/", { cf: { toJSON: () => json } }), TypeError);
  }
  assert.throws(() => make("http://a.test/", { cf: { text: "x".repeat(65_536) } }), TypeError);
  // Not a member of the standard's: the others stay as they were.
  const strict = make("http://a.test/", { referrerPolicy: "origin", mode: "same-origin" });
  assert.equal(make(strict, { cf: { a: 1 } }).referrerPolicy, "origin");
});

test("a Request's signal follows the one given", () => {
  const controller = new AbortController();
  const request = new Request(URL_A, { signal: controller.signal });
  const derived = new Request(request);
  const detached = new Request(request, { signal: null });
  assert.ok(request.signal !== controller.signal);
  assert.equal(request.signal, request.signal);
  controller.abort("reason");
  assert.equal(request.signal.reason, "reason");
  assert.equal(derived.signal.reason, "reason");
  assert.equal(request.clone().signal.reason, "reason");
  assert.equal(detached.signal.aborted, false);
});

test("a Request looks as Web IDL wants", async () => {
  assert.equal(Request.length, 1);
  assert.equal(Request.prototype.text.length, 0);
  const { get, enumerable } = Object.getOwnPropertyDescriptor(Request.prototype, "url")!;
  assert.ok(enumerable);
  assert.throws(() => get!.call({}), TypeError);
  await assert.rejects(Request.prototype.text.call({} as never), TypeError);
  assert.throws(() => (Request as never as (url: string) => void)(URL_A), TypeError);
  assert.throws(() => new (Request as never as new () => Request)(), TypeError);
});

test("fetch rejects what no request can be made of", async () => {
  await assert.rejects(fetch("http://a.example/"), TypeError);
  await assert.rejects(fetch("not a url"), TypeError);
  await assert.rejects((fetch as never as () => Promise<void>)(), TypeError);
});
