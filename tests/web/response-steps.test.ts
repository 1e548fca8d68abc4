// Response and bodies, step by step as the Fetch Standard has them (sections 2.2.4, 5.2, 5.3 and 5.5).
import { assert, test } from "./harness.ts";

const make = (body?: unknown, init?: unknown) => new Response(body as never, init as never);

function streamOf(...chunks: unknown[]): ReadableStream {
  let next = 0;
  return new ReadableStream({
    pull(controller) {
      if (next === chunks.length) controller.close();
      else controller.enqueue(chunks[next++]);
    },
  });
}

test("the status is an unsigned short from 200 to 599", () => {
  for (const [given, status] of [
    [200, 200],
    [599, 599],
    ["404", 404],
    [200.9, 200],
    [65536 + 201, 201],
  ] as const) {
    assert.equal(make(null, { status: given }).status, status, String(given));
  }
  for (const status of [0, 100, 101, 103, 199, 600, -1, 65535, NaN, null, "x", {}]) {
    assert.throws(() => make(null, { status }), RangeError, String(status));
  }
  for (const status of [Symbol("x"), 200n]) {
    assert.throws(() => make(null, { status }), TypeError, String(status));
  }
  assert.equal(make(null, { status: undefined }).status, 200);
});

test("the status text is a reason-phrase", () => {
  for (let code = 0; code <= 0xff; code++) {
    const statusText = `a${String.fromCharCode(code)}b`;
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) {
      assert.throws(() => make(null, { statusText }), TypeError, `${code}`);
    } else {
      assert.equal(make(null, { statusText }).statusText, statusText, `${code}`);
    }
  }
  assert.throws(() => make(null, { statusText: "\u0100" }), TypeError);
});

test("statuses without a body", async () => {
  for (const status of [204, 205, 304]) {
    for (const body of ["", "x", new Blob(), new Uint8Array(), streamOf()]) {
      assert.throws(() => make(body, { status }), TypeError, `${status}`);
    }
    for (const body of [null, undefined]) assert.equal(make(body, { status }).body, null);
    assert.throws(() => Response.json({}, { status }), TypeError);
  }
  for (const status of [201, 301, 404, 500]) {
    assert.equal(await make("x", { status }).text(), "x");
  }
});

test("the order of checks: body, status, status text, headers, null body status", () => {
  const locked = streamOf();
  locked.getReader();
  assert.throws(() => make(locked, { status: 1 }), TypeError);
  assert.throws(() => make("x", { status: 1, statusText: "\n" }), RangeError);
  assert.throws(() => make("x", { status: 204, headers: { "a b": "c" } }), /a b/);
  // What cannot be converted comes before all of that.
  assert.throws(() => make("x", { status: 1, headers: 5 }), TypeError);
});

test("each body has its type, unless there is one", () => {
  const form = new FormData();
  form.set("a", "b");
  for (const [body, type] of [
    ["x", "text/plain;charset=UTF-8"],
    ["", "text/plain;charset=UTF-8"],
    [new String("x"), "text/plain;charset=UTF-8"],
    [5, "text/plain;charset=UTF-8"],
    [{}, "text/plain;charset=UTF-8"],
    [new URLSearchParams(), "application/x-www-form-urlencoded;charset=UTF-8"],
    [new Blob(["x"], { type: "A/B;c=D" }), "a/b;c=d"],
    [new Blob(["x"]), null],
    [new ArrayBuffer(1), null],
    [new Uint8Array(1), null],
    [new DataView(new ArrayBuffer(1)), null],
    [streamOf(), null],
    [null, null],
    [undefined, null],
  ] as const) {
    assert.equal(make(body).headers.get("content-type"), type, String(type));
    const own = make(body, { headers: { "Content-Type": "x/y" } });
    assert.equal(own.headers.get("content-type"), "x/y");
    const empty = make(body, { headers: { "content-type": "" } });
    assert.equal(empty.headers.get("content-type"), "");
  }
  assert.ok(/^multipart\/form-data; boundary=/.test(make(form).headers.get("content-type")!));
});

test("Response.json", async () => {
  const { json } = Response as { json(data: unknown, init?: unknown): Response };
  assert.equal(json(1).headers.get("content-type"), "application/json");
  const typed = json([], { headers: { "content-type": "a/b" }, status: 201, statusText: "Made" });
  assert.equal(typed.headers.get("content-type"), "a/b");
  assert.equal(typed.status, 201);
  assert.equal(typed.statusText, "Made");
  for (const [data, text] of [
    [null, "null"],
    ["\u00fc\ud800", '"\u00fc\\ud800"'],
    [{ a: undefined, b: () => 1 }, "{}"],
    [{ toJSON: () => "x" }, '"x"'],
  ] as const) {
    assert.equal(await json(data).text(), text);
  }
  const cycle: unknown[] = [];
  cycle.push(cycle);
  for (const data of [undefined, Symbol("x"), () => 1, 1n, cycle]) {
    assert.throws(() => json(data), TypeError);
  }
  const thrown = assert.throws(() =>
    json({
      get a() {
        throw new RangeError("mine");
      },
    }),
  );
  assert.ok(thrown instanceof RangeError);
  assert.throws(() => (json as never as () => void)(), TypeError);
  assert.throws(() => json({}, { status: 99 }), RangeError);
});

test("Response.redirect", () => {
  for (const status of [301, 302, 303, 307, 308]) {
    const response = Response.redirect("HTTP://A/\u00fc", status);
    assert.equal(response.status, status);
    assert.equal(response.headers.get("location"), "http://a/%C3%BC");
    assert.equal(response.body, null);
    assert.equal(response.type, "default");
    assert.equal(response.statusText, "");
  }
  for (const status of [200, 300, 304, 305, 306, 309, 0, 404, NaN]) {
    assert.throws(() => Response.redirect("http://a/", status), RangeError, `${status}`);
  }
  // The URL is checked first.
  assert.throws(() => Response.redirect("//a", 200), TypeError);
  assert.throws(() => (Response.redirect as never as () => void)(), TypeError);
});

test("Response.error", async () => {
  const response = Response.error();
  assert.equal(response.type, "error");
  assert.equal(response.status, 0);
  assert.ok(!response.ok);
  assert.equal(response.body, null);
  assert.equal(await response.text(), "");
  assert.throws(() => response.headers.append("a", "b"), TypeError);
  assert.equal(response.clone().type, "error");
});

test("a clone shares nothing but the content", async () => {
  const response = make("x", { status: 201, statusText: "S", headers: { a: "1" } });
  const copy = response.clone();
  response.headers.set("a", "2");
  assert.equal(copy.headers.get("a"), "1");
  assert.equal(copy.status, 201);
  assert.equal(copy.statusText, "S");
  assert.equal(await response.text(), "x");
  assert.ok(!copy.bodyUsed);
  assert.equal(await copy.text(), "x");
  assert.throws(() => copy.clone(), TypeError);
  const immutable = Response.redirect("http://a/").clone();
  assert.throws(() => immutable.headers.set("a", "b"), TypeError);
});

test("a cloned stream's chunks are copies", async () => {
  const chunk = new Uint8Array([1, 2, 3]);
  const response = make(streamOf(chunk));
  const copy = response.clone();
  const [mine, other] = await Promise.all([response.bytes(), copy.bytes()]);
  mine[0] = 9;
  assert.deepEqual([...other], [1, 2, 3]);
});

test("every way to read rejects a used, locked or broken body", async () => {
  const methods = ["arrayBuffer", "blob", "bytes", "formData", "json", "text"] as const;
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  for (const method of methods) {
    const used = make("{}", { headers });
    await used.text();
    await assert.rejects(used[method](), TypeError, `used ${method}`);
    const locked = make(streamOf(), { headers });
    locked.body!.getReader();
    await assert.rejects(locked[method](), TypeError, `locked ${method}`);
    assert.ok(!locked.bodyUsed);
    const broken = make(
      new ReadableStream({ start: (controller) => controller.error(new RangeError("mine")) }),
      { headers },
    );
    await assert.rejects(broken[method](), RangeError, `broken ${method}`);
    const wrong = make(streamOf("text"), { headers });
    await assert.rejects(wrong[method](), TypeError, `wrong chunk ${method}`);
    const once = make("{}", { headers });
    const reading = once[method]();
    assert.ok(once.bodyUsed, method);
    await assert.rejects(once[method](), TypeError);
    await reading;
    const none = make(null, { headers });
    await none[method]().catch(() => {});
    assert.ok(!none.bodyUsed);
    await assert.rejects(
      (Response.prototype[method] as () => Promise<unknown>).call({}),
      TypeError,
      `no response ${method}`,
    );
  }
});

test("what is read belongs to the reader", async () => {
  const source = new Uint8Array([1, 2, 3]);
  const response = make(source);
  source[0] = 9;
  const buffer = await response.arrayBuffer();
  assert.equal(buffer.byteLength, 3);
  assert.deepEqual([...new Uint8Array(buffer)], [1, 2, 3]);
  const view = make(new Uint16Array([1, 2]).subarray(1));
  assert.deepEqual([...(await view.bytes())], [2, 0]);
  const shared = make(new Uint8Array(new SharedArrayBuffer(2)));
  assert.equal((await shared.bytes()).length, 2);
});

test("json and text decode as UTF-8", async () => {
  const bytes = (...values: number[]) => new Uint8Array(values);
  assert.equal(await make(bytes(0xef, 0xbb, 0xbf, 0x61)).text(), "a");
  assert.equal(await make(bytes(0xff, 0xfe, 0x61)).text(), "\ufffd\ufffda");
  assert.equal(await make(bytes(0xef, 0xbb, 0xbf, 0x31)).json(), 1);
  for (const text of ["", " ", "{", "[1,]", "undefined", "'a'"]) {
    await assert.rejects(make(text).json(), SyntaxError, text);
  }
  const latin1 = { headers: { "content-type": "text/plain;charset=latin1" } };
  assert.equal(await make(bytes(0xe4), latin1).text(), "\ufffd");
});

test("a body's stream is the same object, and its state is the body's", async () => {
  const response = make("abc");
  const { body } = response;
  assert.equal(response.body, body);
  assert.ok(body instanceof ReadableStream, "there is a stream");
  const reader = body!.getReader();
  await assert.rejects(response.text(), TypeError);
  reader.releaseLock();
  assert.ok(!response.bodyUsed);
  await body!.cancel();
  assert.ok(response.bodyUsed);
  await assert.rejects(response.text(), TypeError);
  const given = streamOf(new Uint8Array([120]));
  const wrapped = make(given);
  assert.equal(wrapped.body, given);
  assert.equal(await wrapped.text(), "x");
  assert.ok(given.locked);
});

test("a stream that was read from cannot become a body", async () => {
  const disturbed = streamOf(new Uint8Array(1), new Uint8Array(1));
  const reader = disturbed.getReader();
  await reader.read();
  assert.throws(() => make(disturbed), TypeError);
  reader.releaseLock();
  assert.throws(() => make(disturbed), TypeError);
});

test("a `then` on Object.prototype sees nothing of a body that is read as text", async () => {
  const bytes = new TextEncoder().encode("hello");
  for (const body of [streamOf(bytes), bytes, new Blob([bytes]), "hello"]) {
    const response = make(body);
    let calls = 0;
    const prototype = Object.prototype as { then?: unknown };
    try {
      prototype.then = (done: (value: unknown) => void) => {
        delete prototype.then;
        calls++;
        done({ done: false, value: new Uint8Array(1) });
      };
      assert.equal(await response.text(), "hello");
    } finally {
      delete prototype.then;
    }
    assert.equal(calls, 0);
  }
});
