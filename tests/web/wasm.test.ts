// WebAssembly as apps meet it after boot, and its streaming functions (WebAssembly Web API, section 4).
import { assert, test } from "./harness.ts";

/** A module that exports add1(i32): i32. */
const module = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x06, 0x01, 0x60, 0x01, 0x7f, 0x01, 0x7f],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x07, 0x08, 0x01, 0x04, 0x61, 0x64, 0x64, 0x31, 0x00, 0x00],
  ...[0x0a, 0x09, 0x01, 0x07, 0x00, 0x20, 0x00, 0x41, 0x01, 0x6a, 0x0b],
]);
const bad = Uint8Array.from([0, 0x61, 0x73, 0x6d, 2, 0, 0, 0]);

type Exports = { add1(value: number): number };

function response(body: BodyInit | null = module, init: ResponseInit = {}): Response {
  return new Response(body, { headers: { "content-type": "application/wasm" }, ...init });
}

function chunks(...parts: (Uint8Array | Error | string)[]): ReadableStream {
  let next = 0;
  return new ReadableStream({
    pull(controller) {
      const part = parts[next++];
      if (part === undefined) controller.close();
      else if (part instanceof Error) controller.error(part);
      else controller.enqueue(part);
    },
  });
}

test("modules are compiled and run, now and later", async () => {
  assert.ok(WebAssembly.validate(module) && !WebAssembly.validate(bad));
  const now = new WebAssembly.Instance(new WebAssembly.Module(module));
  assert.equal((now.exports as Exports).add1(41), 42);
  const compiled = await WebAssembly.compile(module);
  assert.ok(compiled instanceof WebAssembly.Module);
  const { instance } = await WebAssembly.instantiate(module);
  assert.equal((instance.exports as Exports).add1(1), 2);
  await assert.rejects(WebAssembly.compile(bad), WebAssembly.CompileError);
});

test("compileStreaming and instantiateStreaming take a Response or a promise of one", async () => {
  for (const source of [response(), Promise.resolve(response())]) {
    assert.ok((await WebAssembly.compileStreaming(source)) instanceof WebAssembly.Module);
  }
  const { module: made, instance } = await WebAssembly.instantiateStreaming(response(), {});
  assert.ok(made instanceof WebAssembly.Module);
  assert.equal((instance.exports as Exports).add1(2), 3);
  const reason = new RangeError("mine");
  await assert.rejects(WebAssembly.compileStreaming(Promise.reject(reason)), RangeError);
});

test("what is no Response is a TypeError", async () => {
  for (const source of [undefined, null, 1, "x", {}, module, new Request("http://a/"), Response]) {
    await assert.rejects(WebAssembly.compileStreaming(source as never), TypeError);
    await assert.rejects(WebAssembly.instantiateStreaming(source as never), TypeError);
  }
  await assert.rejects((WebAssembly.compileStreaming as () => Promise<unknown>)(), TypeError);
});

test("the Content-Type is application/wasm, without parameters", async () => {
  for (const type of ["application/wasm", "APPLICATION/WASM", " \tapplication/wasm "]) {
    assert.ok(
      await WebAssembly.compileStreaming(response(module, { headers: { "content-type": type } })),
    );
  }
  for (const type of ["", "application/wasm;", "application/wasm;a=b", "text/wasm", "text/plain"]) {
    const init = { headers: { "content-type": type } };
    await assert.rejects(WebAssembly.compileStreaming(response(module, init)), TypeError, type);
  }
  await assert.rejects(WebAssembly.compileStreaming(new Response(module)), TypeError);
  const twice = new Headers({ "content-type": "application/wasm" });
  twice.append("content-type", "application/wasm");
  await assert.rejects(
    WebAssembly.compileStreaming(response(module, { headers: twice })),
    TypeError,
  );
});

test("the status is ok", async () => {
  for (const status of [300, 404, 500]) {
    await assert.rejects(WebAssembly.compileStreaming(response(module, { status })), TypeError);
  }
  assert.ok(await WebAssembly.compileStreaming(response(module, { status: 201 })));
  await assert.rejects(WebAssembly.compileStreaming(Response.error()), TypeError);
});

test("bodies: streams, chunks, none, malformed ones", async () => {
  const parts = Array.from(module, (byte) => Uint8Array.of(byte));
  assert.ok(await WebAssembly.compileStreaming(response(chunks(...parts))));
  assert.ok(await WebAssembly.compileStreaming(response(new Blob([module]))));
  for (const body of [null, "", bad, chunks(), chunks(module.subarray(0, 20))]) {
    await assert.rejects(
      WebAssembly.compileStreaming(response(body as never)),
      WebAssembly.CompileError,
    );
  }
  const broken = chunks(module.subarray(0, 10), new RangeError("mine"));
  await assert.rejects(WebAssembly.compileStreaming(response(broken)), RangeError);
  await assert.rejects(WebAssembly.compileStreaming(response(chunks("text"))), TypeError);
});

test("the body is used, and may not have been", async () => {
  const source = response();
  const pending = WebAssembly.compileStreaming(source);
  await pending;
  assert.ok(source.bodyUsed);
  await assert.rejects(WebAssembly.compileStreaming(source), TypeError);
  const locked = response();
  locked.body!.getReader();
  await assert.rejects(WebAssembly.compileStreaming(locked), TypeError);
  // A response that is refused stays as it was.
  const typed = new Response(module);
  await assert.rejects(WebAssembly.compileStreaming(typed), TypeError);
  assert.equal((await typed.bytes()).length, module.length);
});

test("a fetched module is compiled", async () => {
  let text = "";
  for (const byte of module) text += String.fromCharCode(byte);
  const { instance } = await WebAssembly.instantiateStreaming(
    fetch(`data:application/wasm;base64,${btoa(text)}`),
  );
  assert.equal((instance.exports as Exports).add1(5), 6);
});

test("the streaming functions look as Web IDL wants", () => {
  assert.equal(WebAssembly.compileStreaming.length, 1);
  assert.equal(WebAssembly.instantiateStreaming.length, 1);
  const descriptor = Object.getOwnPropertyDescriptor(WebAssembly, "compileStreaming")!;
  assert.ok(descriptor.writable && descriptor.enumerable && descriptor.configurable);
});

test("SharedArrayBuffer and Temporal exist", () => {
  assert.equal(new SharedArrayBuffer(8).byteLength, 8);
  const { Temporal } = globalThis as unknown as {
    Temporal: { PlainDate: { from(text: string): { add(days: object): object } } };
  };
  assert.equal(String(Temporal.PlainDate.from("2024-02-28").add({ days: 2 })), "2024-03-01");
});
