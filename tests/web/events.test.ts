// Event, CustomEvent, ErrorEvent, PromiseRejectionEvent and EventTarget.
import { assert, test } from "./harness.ts";

test("Event: attributes from the init dictionary", () => {
  const event = new Event("x", { bubbles: true, cancelable: true, composed: true });
  assert.equal(event.type, "x");
  assert.ok(event.bubbles && event.cancelable && event.composed);
  assert.equal(event.target, null);
  assert.equal(event.currentTarget, null);
  assert.equal(event.eventPhase, Event.NONE);
  assert.equal(event.defaultPrevented, false);
  assert.equal(event.returnValue, true);
  assert.ok(event.timeStamp >= 0 && event.timeStamp <= performance.now());
  assert.deepEqual(event.composedPath(), []);
});

test("Event: argument errors", () => {
  assert.throws(() => new (Event as unknown as new () => Event)(), /1 argument required/);
  assert.throws(() => new Event("x", 1 as never), TypeError);
  assert.throws(() => new Event(Symbol() as never), TypeError);
  assert.throws(() => Reflect.get(Event.prototype, "type", {}), TypeError);
});

test("Event: isTrusted is an unforgeable own property", () => {
  const [one, two] = [new Event("x"), new Event("y")];
  const descriptor = Object.getOwnPropertyDescriptor(one, "isTrusted")!;
  assert.equal(descriptor.configurable, false);
  assert.equal(descriptor.enumerable, true);
  assert.equal(descriptor.get, Object.getOwnPropertyDescriptor(two, "isTrusted")!.get);
  assert.equal(one.isTrusted, false);
});

test("Event: cancelBubble and returnValue are the legacy forms", () => {
  const event = new Event("x", { cancelable: true });
  event.cancelBubble = false;
  assert.equal(event.cancelBubble, false);
  event.cancelBubble = true;
  event.cancelBubble = false;
  assert.equal(event.cancelBubble, true);
  event.returnValue = true;
  assert.equal(event.defaultPrevented, false);
  event.returnValue = false;
  assert.equal(event.defaultPrevented, true);
});

test("Event: initEvent starts anew, but not during a dispatch", () => {
  const event = new Event("x", { cancelable: true });
  event.preventDefault();
  event.initEvent("y", true);
  assert.equal(event.type, "y");
  assert.equal(event.bubbles, true);
  assert.equal(event.cancelable, false);
  assert.equal(event.defaultPrevented, false);
  const target = new EventTarget();
  target.addEventListener("y", () => event.initEvent("z"));
  target.dispatchEvent(event);
  assert.equal(event.type, "y");
});

test("EventTarget: a listener sees the dispatch", () => {
  const target = new EventTarget();
  const event = new Event("x");
  let calls = 0;
  target.addEventListener("x", function (this: unknown, given) {
    calls++;
    assert.equal(this, target);
    assert.equal(given, event);
    assert.equal(given.target, target);
    assert.equal(given.srcElement, target);
    assert.equal(given.currentTarget, target);
    assert.equal(given.eventPhase, Event.AT_TARGET);
    assert.deepEqual(given.composedPath(), [target]);
    assert.throws(() => target.dispatchEvent(given), { name: "InvalidStateError" });
  });
  assert.equal(target.dispatchEvent(event), true);
  assert.equal(calls, 1);
  assert.equal(event.currentTarget, null);
  assert.equal(event.target, target);
  assert.equal(event.eventPhase, Event.NONE);
});

test("EventTarget: capturing listeners first, otherwise in order, each once", () => {
  const target = new EventTarget();
  const calls: string[] = [];
  const bubble = () => calls.push("bubble");
  target.addEventListener("x", bubble);
  target.addEventListener("x", bubble);
  target.addEventListener("x", () => calls.push("capture"), { capture: true });
  target.addEventListener("x", () => calls.push("last"));
  target.addEventListener("y", () => calls.push("other"));
  target.dispatchEvent(new Event("x"));
  assert.deepEqual(calls, ["capture", "bubble", "last"]);
});

test("EventTarget: once, remove, and removal during a dispatch", () => {
  const target = new EventTarget();
  const calls: string[] = [];
  const second = () => calls.push("second");
  target.addEventListener("x", () => calls.push("once"), { once: true });
  target.addEventListener("x", () => target.removeEventListener("x", second));
  target.addEventListener("x", second);
  const kept = () => calls.push("kept");
  target.addEventListener("x", kept);
  target.removeEventListener("x", kept, true);
  target.dispatchEvent(new Event("x"));
  target.dispatchEvent(new Event("x"));
  assert.deepEqual(calls, ["once", "kept", "kept"]);
});

test("EventTarget: a listener added during a dispatch waits for the next one", () => {
  const target = new EventTarget();
  let calls = 0;
  target.addEventListener("x", () => target.addEventListener("x", () => calls++), { once: true });
  target.dispatchEvent(new Event("x"));
  assert.equal(calls, 0);
  target.dispatchEvent(new Event("x"));
  assert.equal(calls, 1);
});

test("EventTarget: passive listeners cannot cancel, others can", () => {
  const target = new EventTarget();
  target.addEventListener("x", (event) => event.preventDefault(), { passive: true });
  assert.equal(target.dispatchEvent(new Event("x", { cancelable: true })), true);
  target.addEventListener("x", (event) => event.preventDefault());
  assert.equal(target.dispatchEvent(new Event("x", { cancelable: true })), false);
  assert.equal(target.dispatchEvent(new Event("x")), true);
});

test("EventTarget: stopImmediatePropagation", () => {
  const target = new EventTarget();
  let calls = 0;
  target.addEventListener("x", (event) => event.stopImmediatePropagation());
  target.addEventListener("x", () => calls++);
  target.dispatchEvent(new Event("x"));
  assert.equal(calls, 0);
});

test("EventTarget: stopPropagation while capturing skips the other listeners", () => {
  const target = new EventTarget();
  const calls: string[] = [];
  target.addEventListener("x", (event) => event.stopPropagation(), true);
  target.addEventListener("x", () => calls.push("capture"), true);
  target.addEventListener("x", () => calls.push("bubble"));
  target.dispatchEvent(new Event("x"));
  assert.deepEqual(calls, ["capture"]);
});

test("EventTarget: handleEvent is looked up at each dispatch", () => {
  const target = new EventTarget();
  const calls: unknown[] = [];
  const listener = {
    handleEvent(this: unknown, _: Event) {
      calls.push(this === listener);
    },
  };
  target.addEventListener("x", listener);
  target.dispatchEvent(new Event("x"));
  listener.handleEvent = () => calls.push("new");
  target.dispatchEvent(new Event("x"));
  assert.deepEqual(calls, [true, "new"]);
});

test("EventTarget: signal removes the listener", () => {
  const target = new EventTarget();
  const controller = new AbortController();
  let calls = 0;
  target.addEventListener("x", () => calls++, { signal: controller.signal });
  target.dispatchEvent(new Event("x"));
  controller.abort();
  target.dispatchEvent(new Event("x"));
  target.addEventListener("x", () => calls++, { signal: controller.signal });
  target.dispatchEvent(new Event("x"));
  assert.equal(calls, 1);
  assert.throws(() => target.addEventListener("x", null, { signal: null as never }), TypeError);
});

test("EventTarget: an exception is reported and does not stop the others", () => {
  const target = new EventTarget();
  const seen: unknown[] = [];
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    seen.push(event.error.message, event.isTrusted, event.cancelable);
  };
  addEventListener("error", onError);
  target.addEventListener("x", () => {
    throw new Error("from a listener");
  });
  target.addEventListener("x", { handleEvent: 1 } as never);
  target.addEventListener("x", () => seen.push("after"));
  assert.equal(target.dispatchEvent(new Event("x")), true);
  removeEventListener("error", onError);
  assert.deepEqual(seen.slice(0, 3), ["from a listener", true, true]);
  assert.ok(/handleEvent/.test(String(seen[3])));
  assert.equal(seen.at(-1), "after");
});

test("EventTarget: argument errors and brand checks", () => {
  const target = new EventTarget();
  assert.throws(() => target.addEventListener("x", 1 as never), TypeError);
  assert.throws(() => (target.addEventListener as (type: string) => void)("x"), TypeError);
  assert.throws(() => target.dispatchEvent({} as Event), TypeError);
  assert.throws(() => EventTarget.prototype.addEventListener.call({}, "x", null), TypeError);
  target.addEventListener("x", null);
});

test("EventTarget: subclasses", () => {
  class Emitter extends EventTarget {
    emit() {
      return this.dispatchEvent(new CustomEvent("x", { detail: 7 }));
    }
  }
  const emitter = new Emitter();
  let detail: unknown;
  emitter.addEventListener("x", (event) => (detail = (event as CustomEvent).detail));
  emitter.emit();
  assert.equal(detail, 7);
});

test("CustomEvent: detail and initCustomEvent", () => {
  assert.equal(new CustomEvent("x").detail, null);
  const event = new CustomEvent("x", { detail: { a: 1 } });
  assert.deepEqual(event.detail, { a: 1 });
  event.initCustomEvent("y", true, true, 2 as never);
  assert.equal(event.detail as unknown, 2);
  assert.equal(event.type, "y");
  assert.ok(event instanceof Event);
});

test("ErrorEvent and PromiseRejectionEvent", () => {
  const error = new Error("e");
  const event = new ErrorEvent("error", {
    message: "m",
    filename: "f",
    lineno: 2,
    colno: 3,
    error,
    cancelable: true,
  });
  assert.deepEqual(
    [event.message, event.filename, event.lineno, event.colno, event.error, event.cancelable],
    ["m", "f", 2, 3, error, true],
  );
  const promise = Promise.resolve();
  const rejection = new PromiseRejectionEvent("x", { promise, reason: 1 });
  assert.equal(rejection.promise, promise);
  assert.equal(rejection.reason, 1);
  assert.throws(() => new PromiseRejectionEvent("x", {} as never), /'promise'.*required/);
});

test("interfaces: property attributes", () => {
  const onGlobal = Object.getOwnPropertyDescriptor(globalThis, "EventTarget")!;
  assert.deepEqual(
    [onGlobal.writable, onGlobal.enumerable, onGlobal.configurable],
    [true, false, true],
  );
  const operation = Object.getOwnPropertyDescriptor(globalThis, "setTimeout")!;
  assert.deepEqual(
    [operation.writable, operation.enumerable, operation.configurable],
    [true, true, true],
  );
  const method = Object.getOwnPropertyDescriptor(EventTarget.prototype, "dispatchEvent")!;
  assert.deepEqual([method.writable, method.enumerable, method.configurable], [true, true, true]);
  assert.equal(EventTarget.prototype.addEventListener.length, 2);
  assert.equal(Event.length, 1);
  assert.equal(Object.prototype.toString.call(new Event("x")), "[object Event]");
  assert.equal(globalThis.self, globalThis);
});

test("EventTarget: a signal removes the listener that was added with it, and no later one", () => {
  const controller = new AbortController();
  const target = new EventTarget();
  let calls = 0;
  const listener = () => calls++;
  target.addEventListener("x", listener, { signal: controller.signal, once: true });
  target.dispatchEvent(new Event("x"));
  target.addEventListener("x", listener);
  controller.abort();
  target.dispatchEvent(new Event("x"));
  assert.equal(calls, 2);
});

test("AbortSignal: onabort is the signals' own attribute", () => {
  const { get, set } = Object.getOwnPropertyDescriptor(AbortSignal.prototype, "onabort")!;
  assert.throws(() => get!.call(new EventTarget()), TypeError);
  assert.throws(() => set!.call(undefined, () => {}), TypeError);
});
