// AbortController and AbortSignal.
import { assert, delay, test } from "./harness.ts";

test("AbortController: abort sets the reason and fires once", () => {
  const controller = new AbortController();
  const { signal } = controller;
  assert.equal(controller.signal, signal);
  assert.equal(signal.aborted, false);
  assert.equal(signal.reason, undefined);
  signal.throwIfAborted();
  const events: Event[] = [];
  signal.addEventListener("abort", (event) => events.push(event));
  controller.abort();
  controller.abort("again");
  assert.equal(events.length, 1);
  assert.ok(events[0]!.isTrusted && !events[0]!.bubbles && !events[0]!.cancelable);
  assert.ok(signal.aborted);
  assert.ok(signal.reason instanceof DOMException);
  assert.equal(signal.reason.name, "AbortError");
  assert.equal(
    assert.throws(() => signal.throwIfAborted()),
    signal.reason,
  );
});

test("AbortController: any reason but undefined", () => {
  for (const reason of [null, 0, "text", { a: 1 }]) {
    const controller = new AbortController();
    controller.abort(reason);
    assert.equal(controller.signal.reason, reason);
    assert.ok(controller.signal.aborted);
  }
});

test("AbortSignal: is not constructible", () => {
  assert.throws(() => new AbortSignal(), /Illegal constructor/);
  assert.equal(AbortSignal.length, 0);
});

test("AbortSignal.abort", () => {
  assert.equal(AbortSignal.abort().reason.name, "AbortError");
  assert.equal(AbortSignal.abort(1).reason, 1);
  let calls = 0;
  AbortSignal.abort().onabort = () => calls++;
  assert.equal(calls, 0);
});

test("AbortSignal: onabort keeps its place among the listeners", () => {
  const controller = new AbortController();
  const calls: string[] = [];
  const { signal } = controller;
  signal.onabort = () => calls.push("never");
  signal.addEventListener("abort", () => calls.push("second"));
  signal.onabort = () => calls.push("first");
  assert.equal(typeof signal.onabort, "function");
  controller.abort();
  assert.deepEqual(calls, ["first", "second"]);
  signal.onabort = 1 as never;
  assert.equal(signal.onabort, null);
});

test("AbortSignal.timeout: aborts with a TimeoutError", async () => {
  const signal = AbortSignal.timeout(5);
  assert.equal(signal.aborted, false);
  await new Promise((resolve) => (signal.onabort = resolve));
  assert.equal(signal.reason.name, "TimeoutError");
  assert.equal(signal.reason.code, DOMException.TIMEOUT_ERR);
});

test("AbortSignal.timeout: enforces its range", () => {
  for (const bad of [-1, NaN, Infinity, 2 ** 53, "x"]) {
    assert.throws(() => AbortSignal.timeout(bad as number), TypeError);
  }
  assert.throws(() => (AbortSignal.timeout as unknown as () => void)(), TypeError);
});

test("AbortSignal.any: follows the first to abort", () => {
  const [one, two] = [new AbortController(), new AbortController()];
  const any = AbortSignal.any([one.signal, two.signal]);
  let event: Event | undefined;
  any.addEventListener("abort", (given) => (event = given));
  two.abort("two");
  one.abort("one");
  assert.equal(any.reason, "two");
  assert.equal(event?.target, any);
});

test("AbortSignal.any: already aborted, or empty", () => {
  const controller = new AbortController();
  const any = AbortSignal.any([controller.signal, AbortSignal.abort(1), AbortSignal.abort(2)]);
  assert.ok(any.aborted);
  assert.equal(any.reason, 1);
  assert.equal(AbortSignal.any([]).aborted, false);
  assert.throws(() => AbortSignal.any([1] as never), TypeError);
  assert.throws(() => AbortSignal.any({} as never), TypeError);
});

test("AbortSignal.any: nested, reasons are set before any listener runs", () => {
  const controller = new AbortController();
  const inner = AbortSignal.any([controller.signal]);
  const outer = AbortSignal.any([inner, new AbortController().signal]);
  const seen: unknown[] = [];
  controller.signal.addEventListener("abort", () => seen.push(inner.reason, outer.reason));
  inner.addEventListener("abort", () => seen.push("inner"));
  outer.addEventListener("abort", () => seen.push("outer"));
  controller.abort("r");
  assert.deepEqual(seen, ["r", "r", "inner", "outer"]);
});

test("AbortSignal.any: many dependents of a signal that lives on", async () => {
  const root = new AbortController();
  let calls = 0;
  for (let i = 0; i < 2000; i++) {
    const any = AbortSignal.any([root.signal]);
    const listener = () => calls++;
    any.addEventListener("abort", listener);
    if (i % 10 !== 0) any.removeEventListener("abort", listener);
    if (i % 100 === 0) await delay(0);
  }
  root.abort();
  assert.equal(calls, 200);
});

test("AbortSignal: an abort listener may abort another controller", () => {
  const [one, two] = [new AbortController(), new AbortController()];
  one.signal.onabort = () => two.abort("from one");
  one.abort();
  assert.equal(two.signal.reason, "from one");
});

test("AbortSignal.timeout: microtasks run between its listeners, as after any task", async () => {
  const signal = AbortSignal.timeout(1);
  const order: string[] = [];
  signal.addEventListener("abort", () => {
    order.push("one");
    queueMicrotask(() => order.push("microtask"));
  });
  signal.addEventListener("abort", () => order.push("two"));
  await delay(10);
  assert.deepEqual(order, ["one", "microtask", "two"]);
});
