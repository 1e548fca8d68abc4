// The Request constructor, step by step as the Fetch Standard has it (section 5.4).
import { assert, test } from "./harness.ts";

const make = (init: Record<string, unknown>, input: unknown = "http://a/") =>
  new Request(input as never, init as never);

const stream = () => new ReadableStream({ pull: (controller) => controller.close() });

test("the input is a URL or a Request", () => {
  assert.equal(new Request(new URL("http://a/b") as never).url, "http://a/b");
  assert.equal(new Request({ toString: () => "http://a/c" } as never).url, "http://a/c");
  assert.equal(new Request("HTTP://A:80/x/../y?q#h").url, "http://a/y?q#h");
  for (const input of ["", "/path", "//a", "http://", "http://a:99999/", undefined, null, 1]) {
    assert.throws(() => new Request(input as never), TypeError, String(input));
  }
  for (const url of ["http://user@a/", "http://:pass@a/", "http://user:pass@a/"]) {
    assert.throws(() => new Request(url), TypeError, url);
  }
  assert.throws(() => new (Request as never as new () => Request)(), TypeError);
});

test("the window can only be null", () => {
  assert.equal(make({ window: null }).url, "http://a/");
  assert.equal(make({ window: undefined }).url, "http://a/");
  for (const window of [{}, "client", 0, globalThis]) {
    assert.throws(() => make({ window }), TypeError);
  }
});

test("the referrer is a URL, nothing, or the client", () => {
  assert.equal(make({}).referrer, "about:client");
  assert.equal(make({ referrer: "" }).referrer, "");
  assert.equal(make({ referrer: "about:client" }).referrer, "about:client");
  assert.equal(make({ referrer: "http://a/b" }).referrer, "http://a/b");
  assert.throws(() => make({ referrer: "http://:" }), TypeError);
});

test("any member makes a new request forget an inherited referrer", () => {
  const source = make({ referrer: "http://a/b", referrerPolicy: "origin" });
  assert.equal(new Request(source).referrer, "http://a/b");
  assert.equal(new Request(source).referrerPolicy, "origin");
  assert.equal(make({}, source).referrer, "http://a/b");
  assert.equal(make({ cache: "no-store" }, source).referrer, "about:client");
  assert.equal(make({ cache: "no-store" }, source).referrerPolicy, "");
});

test("members are inherited, one by one", () => {
  const given = {
    method: "PUT",
    mode: "same-origin",
    credentials: "omit",
    cache: "reload",
    redirect: "error",
    integrity: "sha256-x",
    keepalive: true,
  };
  const source = make({ ...given, headers: { a: "1" } });
  const check = (request: Request, except = "") => {
    for (const [name, value] of Object.entries(given)) {
      if (name !== except) assert.equal(request[name as "method"], value as never, name);
    }
  };
  check(source);
  check(new Request(source));
  check(source.clone());
  const changes = {
    method: "POST",
    mode: "cors",
    credentials: "include",
    cache: "default",
    redirect: "follow",
    integrity: "",
    keepalive: false,
  };
  for (const [name, value] of Object.entries(changes)) {
    const changed = make({ [name]: value }, source);
    assert.equal(changed[name as "method"], value as never, name);
    check(changed, name);
    assert.equal(changed.headers.get("a"), "1");
  }
});

test("enumerations refuse other values, by name", () => {
  for (const [name, values] of Object.entries({
    mode: ["same-origin", "no-cors", "cors"],
    credentials: ["omit", "same-origin", "include"],
    cache: ["default", "no-store", "reload", "no-cache", "force-cache"],
    redirect: ["follow", "error", "manual"],
    referrerPolicy: ["", "no-referrer", "unsafe-url", "strict-origin-when-cross-origin"],
  })) {
    for (const value of values) {
      assert.equal(make({ [name]: value })[name as "mode"], value as never, `${name} ${value}`);
    }
    for (const value of ["x", values[1]!.toUpperCase(), null, {}]) {
      assert.throws(() => make({ [name]: value }), TypeError, `${name} ${String(value)}`);
    }
  }
  for (const priority of ["high", "low", "auto"]) assert.ok(make({ priority }));
  assert.throws(() => make({ priority: "x" }), TypeError);
  assert.throws(() => make({ duplex: "full" }), TypeError);
  assert.throws(() => make({ mode: "navigate" }), TypeError);
  assert.throws(() => make({ cache: "only-if-cached" }), TypeError);
  assert.equal(make({ cache: "only-if-cached", mode: "same-origin" }).cache, "only-if-cached");
});

test("the mode no-cors allows simple methods and filters headers", () => {
  for (const method of ["GET", "head", "POST"]) {
    assert.equal(make({ mode: "no-cors", method }).mode, "no-cors");
  }
  for (const method of ["PUT", "DELETE", "OPTIONS", "PATCH", "X"]) {
    assert.throws(() => make({ mode: "no-cors", method }), TypeError, method);
  }
  const filtered = make({ mode: "no-cors", headers: { accept: "x", "x-own": "y" } });
  assert.deepEqual([...filtered.headers], [["accept", "x"]]);
  const source = make({ headers: { "x-own": "y" } });
  assert.deepEqual([...make({ mode: "no-cors" }, source).headers], []);
  assert.deepEqual([...filtered.clone().headers], [["accept", "x"]]);
  const clone = filtered.clone();
  clone.headers.append("x-own", "z");
  assert.equal(clone.headers.get("x-own"), null);
});

test("a no-cors request takes a body's type only if it is safelisted", () => {
  const typed = (type: string) =>
    make({ mode: "no-cors", method: "POST", body: new Blob(["x"], { type }) });
  assert.equal(typed("text/plain").headers.get("content-type"), "text/plain");
  assert.equal(typed("application/json").headers.get("content-type"), null);
});

test("given headers replace all inherited ones", () => {
  const source = make({ headers: { a: "1", b: "2" } });
  assert.deepEqual([...make({ headers: {} }, source).headers], []);
  assert.deepEqual([...make({ headers: { c: "3" } }, source).headers], [["c", "3"]]);
  source.headers.set("a", "9");
  assert.equal(new Request(source).headers.get("a"), "9");
  assert.throws(() => make({ headers: null }), TypeError);
  assert.throws(() => make({ headers: "a: b" }), TypeError);
});

test("methods: six are put in upper case, three are forbidden, others stay", () => {
  for (const method of ["delete", "Get", "hEAD", "options", "post", "pUt"]) {
    assert.equal(make({ method }).method, method.toUpperCase());
  }
  for (const method of ["patch", "Patch", "custom", "M-SEARCH", "query"]) {
    assert.equal(make({ method }).method, method);
  }
  for (const method of ["connect", "TRACE", "Track", "", "a b", "a\n", "é", "GET ", "(x)"]) {
    assert.throws(() => make({ method }), TypeError, JSON.stringify(method));
  }
});

test("a signal is followed, null is none, others are refused", () => {
  const controller = new AbortController();
  const request = make({ signal: controller.signal });
  assert.ok(request.signal !== controller.signal && request.signal instanceof AbortSignal);
  const copies = [request.clone(), new Request(request), make({ method: "PUT" }, request)];
  const free = make({ signal: null }, request);
  controller.abort("why");
  for (const each of [request, ...copies]) {
    assert.ok(each.signal.aborted);
    assert.equal(each.signal.reason, "why");
  }
  assert.ok(!free.signal.aborted);
  for (const signal of ["x", {}, 0, new EventTarget()]) {
    assert.throws(() => make({ signal }), TypeError);
  }
  assert.ok(make({ signal: AbortSignal.abort() }).signal.aborted);
});

test("only other methods than GET and HEAD have bodies", () => {
  for (const method of ["GET", "HEAD", "get"]) {
    for (const body of ["", "x", new Blob(), new FormData()]) {
      assert.throws(() => make({ method, body }), TypeError);
    }
    assert.equal(make({ method, body: null }).body, null);
    assert.equal(make({ method, body: undefined }).body, null);
  }
  const post = make({ method: "POST", body: "x" });
  assert.throws(() => make({ method: "GET" }, post), TypeError);
  assert.ok(!post.bodyUsed);
  assert.equal(make({ method: "POST", body: null }, post).method, "POST");
});

test("a stream needs duplex, another mode than no-cors, and no keepalive", () => {
  const init = { method: "POST", duplex: "half" };
  assert.throws(() => make({ method: "POST", body: stream() }), TypeError);
  assert.throws(() => make({ ...init, body: stream(), mode: "no-cors" }), TypeError);
  assert.throws(() => make({ ...init, body: stream(), keepalive: true }), TypeError);
  const request = make({ ...init, body: stream() });
  assert.equal(request.headers.get("content-type"), null);
  assert.equal((request as { duplex?: string }).duplex, "half");
  const locked = stream();
  locked.getReader();
  assert.throws(() => make({ ...init, body: locked }), TypeError);
});

test("a failed constructor leaves its input alone", () => {
  const source = make({ method: "POST", body: "x" });
  assert.throws(() => make({ method: "a b" }, source), TypeError);
  assert.throws(() => make({ mode: "navigate" }, source), TypeError);
  assert.throws(() => make({ headers: { "a b": "c" } }, source), TypeError);
  assert.ok(!source.bodyUsed);
});

test("a request with a used body cannot be taken over, but replaced", async () => {
  const source = make({ method: "POST", body: "x" });
  await source.text();
  assert.throws(() => new Request(source), TypeError);
  assert.throws(() => source.clone(), TypeError);
  assert.equal(await make({ body: "y" }, source).text(), "y");
});

test("a taken-over body is used, and its type goes along", async () => {
  const source = make({ method: "POST", body: new URLSearchParams("a=1") });
  const copy = new Request(source);
  assert.ok(source.bodyUsed);
  assert.equal(copy.headers.get("content-type"), "application/x-www-form-urlencoded;charset=UTF-8");
  assert.equal((await copy.formData()).get("a"), "1");
});

test("members of init are read once each, in the order of their names", () => {
  const log: string[] = [];
  new Request(
    "http://a/",
    new Proxy(
      {},
      {
        get(_, name) {
          log.push(String(name));
        },
      },
    ),
  );
  assert.deepEqual(log, [...log].sort());
  assert.equal(new Set(log).size, log.length);
  for (const name of ["body", "duplex", "headers", "method", "priority", "signal", "window"]) {
    assert.ok(log.includes(name), name);
  }
});
