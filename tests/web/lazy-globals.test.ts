// Globals that the engine fills in when they are first read: script cannot tell them from others. An app
// of its own (not in index.ts): it takes globals away from whatever comes after it. That all of them are
// there is asked in tests/unit/runtime/lazy_groups.test.cc.
//
// What a read would change is looked at while the modules are evaluated, before any test has run; each
// check takes a global of its own.
import { assert, test } from "./harness.ts";

const globals = globalThis as unknown as Record<string, unknown>;

const described = Object.getOwnPropertyDescriptor(globalThis, "CountQueuingStrategy")!;

test("the first look at a lazy global's descriptor shows a data property", () => {
  assert.equal(typeof described.value, "function");
  assert.deepEqual(Object.keys(described).sort(), [
    "configurable",
    "enumerable",
    "value",
    "writable",
  ]);
  assert.equal(described.writable, true);
  assert.equal(described.enumerable, false);
  assert.equal(described.configurable, true);
  assert.equal(globals.CountQueuingStrategy, described.value);
});

const kind = typeof WritableStreamDefaultWriter;

test("typeof of a lazy global that was not read before", () => {
  assert.equal(kind, "function");
});

const Original = globals.ErrorEvent as new (type: string) => Event;
globals.ErrorEvent = "mine";
const assigned = globals.ErrorEvent;
globals.ErrorEvent = Original;
globals.PromiseRejectionEvent = "mine";
const assignedUnread = Object.getOwnPropertyDescriptor(globalThis, "PromiseRejectionEvent");

test("a lazy global can be assigned before and after it is read", () => {
  assert.equal(assigned, "mine");
  assert.equal(new Original("error").type, "error");
  assert.deepEqual(assignedUnread, {
    value: "mine",
    writable: true,
    enumerable: false,
    configurable: true,
  });
});

const deleted = Reflect.deleteProperty(globalThis, "ReadableStreamBYOBRequest");

test("a lazy global can be deleted before it is read", () => {
  assert.equal(deleted, true);
  assert.equal("ReadableStreamBYOBRequest" in globalThis, false);
  assert.equal(typeof globals.ReadableStreamBYOBRequest, "undefined");
});

Object.defineProperty(globalThis, "TextDecoderStream", { value: 1, enumerable: true });

test("a lazy global can be redefined before it is read", () => {
  assert.deepEqual(Object.getOwnPropertyDescriptor(globalThis, "TextDecoderStream"), {
    value: 1,
    writable: true,
    enumerable: true,
    configurable: true,
  });
});

globals.FormData = class FormData {};

test("the runtime does not use an app's replacement of a lazy global", async () => {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const form = await new Response("a=1", { headers }).formData();
  assert.equal(form.get("a"), "1");
  assert.equal(form instanceof FormData, false);
});

test("classes of one group belong together", () => {
  const transform = new TransformStream();
  assert.ok(transform.readable instanceof ReadableStream);
  assert.ok(transform.writable instanceof WritableStream);
  assert.ok(new Response("text").body instanceof ReadableStream);
  assert.ok(new TextEncoderStream().readable instanceof ReadableStream);
  assert.ok(new CustomEvent("x") instanceof Event);
  assert.equal(ReadableStream.name, "ReadableStream");
  assert.equal(String(new ReadableStream()), "[object ReadableStream]");
});

test("streams are bodies, whenever they were made", async () => {
  const stream = new ReadableStream({
    start(controller) {
      controller.enqueue(new Uint8Array([104, 105]));
      controller.close();
    },
  });
  assert.equal(await new Response(stream).text(), "hi");
});
