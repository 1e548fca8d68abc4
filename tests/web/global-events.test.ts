// The global object as an event target: what is reported to it, of exceptions and of rejected promises.
import { assert, delay, test } from "./harness.ts";

test("global object: is an event target without a receiver", () => {
  assert.ok(globalThis instanceof EventTarget);
  let target: unknown;
  const listener = (event: Event) => (target = event.target);
  const { addEventListener: add, dispatchEvent: fire, removeEventListener: remove } = globalThis;
  add("custom", listener);
  fire(new Event("custom"));
  remove("custom", listener);
  assert.equal(target, globalThis);
});

test("global object: onerror gets five arguments and cancels by returning true", () => {
  const seen: unknown[][] = [];
  globalThis.onerror = (...args: unknown[]) => {
    seen.push(args);
    return true;
  };
  const error = new RangeError("reported");
  reportError(error);
  globalThis.onerror = null;
  assert.equal(seen.length, 1);
  assert.ok(/reported/.test(String(seen[0]![0])));
  assert.equal(seen[0]!.length, 5);
  assert.equal(seen[0]![4], error);
  assert.equal(globalThis.onerror, null);
});

test("reportError: any value, one argument required", () => {
  const seen: unknown[] = [];
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    seen.push(event.error);
  };
  addEventListener("error", onError);
  reportError(null);
  reportError("text");
  let looks = 0;
  const curious: PropertyDescriptor = { get: () => looks++, enumerable: true };
  reportError(
    Object.defineProperties(
      {},
      { name: curious, message: curious, stack: curious, cause: curious, fileName: curious },
    ),
  );
  removeEventListener("error", onError);
  assert.equal(seen.length, 3);
  assert.equal(looks, 0);
  assert.deepEqual(seen.slice(0, 2), [null, "text"]);
  assert.throws(() => (reportError as () => void)(), TypeError);
});

test("unhandledrejection: fires with promise and reason", async () => {
  const seen: PromiseRejectionEvent[] = [];
  const listener = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    seen.push(event);
  };
  addEventListener("unhandledrejection", listener);
  const reason = new Error("nobody cares");
  const promise = Promise.reject(reason);
  const handled = Promise.reject(1);
  handled.catch(() => {});
  await delay(5);
  removeEventListener("unhandledrejection", listener);
  assert.equal(seen.length, 1);
  assert.equal(seen[0]!.promise, promise);
  assert.equal(seen[0]!.reason, reason);
  assert.ok(seen[0]!.isTrusted);
});

test("rejectionhandled: fires when a handler comes late", async () => {
  const seen: unknown[] = [];
  globalThis.onunhandledrejection = (event) => event.preventDefault();
  globalThis.onrejectionhandled = (event) => seen.push(event.promise, event.reason);
  const promise = Promise.reject(3);
  await delay(5);
  promise.catch(() => {});
  await delay(5);
  globalThis.onunhandledrejection = null;
  globalThis.onrejectionhandled = null;
  assert.deepEqual(seen, [promise, 3]);
});

test("global object: self can be replaced", () => {
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, "self")!;
  (globalThis as { self: unknown }).self = 1;
  assert.equal(self as unknown, 1);
  Object.defineProperty(globalThis, "self", descriptor);
  assert.equal(self, globalThis);
});

test("ErrorEvent: message and place of an exception", async () => {
  const seen: ErrorEvent[] = [];
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    seen.push(event);
  };
  addEventListener("error", onError);
  const error = new RangeError("first line\nsecond line");
  reportError(error);
  reportError("text");
  reportError(new DOMException("m", "AbortError"));
  const odd = new Error("odd");
  odd.stack = "no frames here";
  reportError(odd);
  setTimeout(() => {
    throw 17;
  });
  await delay(5);
  removeEventListener("error", onError);
  assert.deepEqual(
    seen.map((event) => event.message),
    [
      "Uncaught RangeError: first line\nsecond line",
      "Uncaught text",
      "Uncaught AbortError: m",
      "Uncaught no frames here",
      "Uncaught 17",
    ],
  );
  const [, line, column] = /:(\d+):(\d+)/.exec(error.stack!)!;
  assert.deepEqual([seen[0]!.lineno, seen[0]!.colno], [Number(line), Number(column)]);
  assert.ok(/events/.test(seen[0]!.filename), seen[0]!.filename);
  // What is no error has the place of the call of reportError(), if there is one.
  assert.equal(seen[1]!.filename, seen[0]!.filename);
  assert.ok(seen[1]!.lineno > seen[0]!.lineno);
  assert.deepEqual([seen[4]!.filename, seen[4]!.lineno, seen[4]!.colno], ["", 0, 0]);
});

test("error: microtasks run between the listeners of an exception that a task threw", async () => {
  const order: string[] = [];
  const one = (event: Event) => {
    event.preventDefault();
    order.push("one");
    queueMicrotask(() => order.push("microtask"));
  };
  const two = () => order.push("two");
  addEventListener("error", one);
  addEventListener("error", two);
  setTimeout(() => {
    throw new Error("from a task");
  });
  await delay(5);
  const inTask = order.splice(0);
  reportError(new Error("from a script"));
  await delay(0);
  removeEventListener("error", one);
  removeEventListener("error", two);
  assert.deepEqual(inTask, ["one", "microtask", "two"]);
  assert.deepEqual(order, ["one", "two", "microtask"]);
});

test("unhandledrejection: after the task that rejected, before the next timer", async () => {
  const order: string[] = [];
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    order.push(`unhandled ${event.reason}`);
    queueMicrotask(() => order.push("microtask of the listener"));
  };
  addEventListener("unhandledrejection", onRejection);
  setTimeout(() => {
    void Promise.reject("one");
    const handledInTime = Promise.reject("two");
    queueMicrotask(() => {
      order.push("microtask");
      handledInTime.catch(() => {});
    });
  });
  setTimeout(() => order.push("next timer"));
  await delay(10);
  removeEventListener("unhandledrejection", onRejection);
  assert.deepEqual(order, [
    "microtask",
    "unhandled one",
    "microtask of the listener",
    "next timer",
  ]);
});

test("unhandledrejection: a promise that its listener handles is never reported as handled", async () => {
  const seen: string[] = [];
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    seen.push("unhandled");
    event.promise.catch(() => {});
  };
  const onHandled = () => seen.push("handled");
  addEventListener("unhandledrejection", onRejection);
  addEventListener("rejectionhandled", onHandled);
  void Promise.reject(1);
  await delay(5);
  removeEventListener("unhandledrejection", onRejection);
  removeEventListener("rejectionhandled", onHandled);
  assert.deepEqual(seen, ["unhandled"]);
});

test("unhandledrejection: a listener that always rejects does not stop the rest", async () => {
  let calls = 0;
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    calls++;
    void Promise.reject(calls);
  };
  addEventListener("unhandledrejection", onRejection);
  void Promise.reject(0);
  await delay(20);
  removeEventListener("unhandledrejection", onRejection);
  globalThis.onunhandledrejection = (event) => event.preventDefault();
  await delay(5);
  globalThis.onunhandledrejection = null;
  assert.ok(calls > 1, String(calls));
});
