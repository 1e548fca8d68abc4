// Response: the constructor's rules, the static methods, clone.
import { assert, test } from "./harness.ts";

test("a Response has the standard's defaults", () => {
  const response = new Response();
  assert.equal(response.type, "default");
  assert.equal(response.url, "");
  assert.equal(response.redirected, false);
  assert.equal(response.status, 200);
  assert.equal(response.ok, true);
  assert.equal(response.statusText, "");
  assert.equal(response.body, null);
  assert.equal(response.bodyUsed, false);
  assert.deepEqual([...response.headers], []);
  assert.equal(response.headers, response.headers);
  assert.equal(Object.prototype.toString.call(response), "[object Response]");
});

test("status and status text are validated", () => {
  for (const status of [0, 100, 101, 199, 600, 1000, -1]) {
    assert.throws(() => new Response(null, { status }), RangeError, String(status));
  }
  assert.equal(new Response(null, { status: 65736 }).status, 200);
  assert.equal(new Response(null, { status: 404.9 }).status, 404);
  assert.equal(new Response(null, { status: 299 }).ok, true);
  assert.equal(new Response(null, { status: 300 }).ok, false);
  for (const statusText of ["a\nb", "\r", "\0", "\u0100"]) {
    assert.throws(() => new Response(null, { statusText }), TypeError, JSON.stringify(statusText));
  }
  assert.equal(new Response(null, { statusText: "a\t \u00ff" }).statusText, "a\t \u00ff");
});

test("null body statuses have no body", () => {
  for (const status of [204, 205, 304]) {
    assert.equal(new Response(null, { status }).status, status);
    assert.throws(() => new Response("", { status }), TypeError, String(status));
    assert.throws(() => Response.json(1, { status }), TypeError, String(status));
  }
});

test("the Content-Type comes from the body unless there is one", () => {
  assert.equal(new Response("x").headers.get("content-type"), "text/plain;charset=UTF-8");
  const init = { headers: { "Content-Type": "text/html" } };
  assert.equal(new Response("x", init).headers.get("content-type"), "text/html");
  const other = new Response("x", { headers: { a: "b" } });
  assert.deepEqual(
    [...other.headers],
    [
      ["a", "b"],
      ["content-type", "text/plain;charset=UTF-8"],
    ],
  );
  assert.equal(new Response(new Uint8Array(1)).headers.get("content-type"), null);
});

test("Response.json", async () => {
  const response = Response.json({ a: [1, "\u00fc"] }, { status: 201, headers: { x: "y" } });
  assert.equal(response.status, 201);
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.equal(response.headers.get("x"), "y");
  assert.deepEqual(await response.json(), { a: [1, "\u00fc"] });
  const typed = Response.json(null, { headers: { "content-type": "application/x" } });
  assert.equal(typed.headers.get("content-type"), "application/x");
  assert.equal(await typed.text(), "null");
  const loop: { self?: unknown } = {};
  loop.self = loop;
  for (const data of [undefined, () => 1, Symbol("s"), loop]) {
    assert.throws(() => Response.json(data), TypeError);
  }
  assert.throws(() => Response.json(1n), TypeError);
  const thrower = {
    toJSON() {
      throw new EvalError("mine");
    },
  };
  assert.throws(() => Response.json(thrower), EvalError);
});

test("Response.redirect", () => {
  for (const status of [301, 302, 303, 307, 308]) {
    const response = Response.redirect("http://a/b c", status);
    assert.equal(response.status, status);
    assert.equal(response.headers.get("location"), "http://a/b%20c");
    assert.equal(response.body, null);
  }
  assert.equal(Response.redirect("http://a/").status, 302);
  for (const status of [200, 300, 304, 305, 306, 309, 404]) {
    assert.throws(() => Response.redirect("http://a/", status), RangeError, String(status));
  }
  assert.throws(() => Response.redirect("/relative"), TypeError);
});

test("Response.error", () => {
  const response = Response.error();
  assert.equal(response.type, "error");
  assert.equal(response.status, 0);
  assert.equal(response.ok, false);
  assert.equal(response.body, null);
});

test("clone gives two independent responses", async () => {
  const response = new Response("x", { status: 418, statusText: "Teapot", headers: { a: "1" } });
  const copy = response.clone();
  copy.headers.set("a", "2");
  assert.equal(response.headers.get("a"), "1");
  assert.equal(copy.status, 418);
  assert.equal(copy.statusText, "Teapot");
  assert.equal(copy.headers.get("content-type"), "text/plain;charset=UTF-8");
  assert.equal(await copy.text(), "x");
  assert.equal(response.bodyUsed, false);
  assert.equal(await response.text(), "x");
  assert.throws(() => response.clone(), TypeError);
  assert.throws(() => Response.redirect("http://a/").clone().headers.set("a", "b"), TypeError);
});

test("a response can be made from another one", async () => {
  const inner = new Response("inner", { status: 404, statusText: "No", headers: { a: "1" } });
  const outer = new Response(inner.body, inner);
  assert.equal(outer.status, 404);
  assert.equal(outer.statusText, "No");
  assert.equal(outer.headers.get("a"), "1");
  assert.equal(inner.bodyUsed, false);
  assert.equal(await outer.text(), "inner");
  assert.ok(inner.bodyUsed && outer.bodyUsed);
  await assert.rejects(inner.text(), TypeError);
  assert.throws(() => new Response(inner.body), TypeError);
});

test("init's members are read in the order of their names", () => {
  const log: string[] = [];
  const init = {
    get statusText() {
      log.push("statusText");
      return "";
    },
    get status() {
      log.push("status");
      return 200;
    },
    get headers() {
      log.push("headers");
      return {};
    },
  };
  new Response("", init);
  assert.deepEqual(log, ["headers", "status", "statusText"]);
});

test("a Response looks as Web IDL wants", async () => {
  assert.equal(Response.length, 0);
  assert.equal(Response.redirect.length, 1);
  assert.equal(Response.json.length, 1);
  assert.ok(Object.getOwnPropertyDescriptor(Response, "json")!.enumerable);
  const { get } = Object.getOwnPropertyDescriptor(Response.prototype, "status")!;
  assert.throws(() => get!.call(new Request("http://a/")), TypeError);
  await assert.rejects(Response.prototype.json.call({} as never), TypeError);
});
