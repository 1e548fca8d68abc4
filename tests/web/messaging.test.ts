// MessageChannel, MessagePort, MessageEvent: tasks and their order, starting, closing, transfer.
import { assert, delay, test } from "./harness.ts";

type Ports = readonly MessagePort[];
/** TypeScript does not know the event yet. */
type Closing = MessagePort & { onclose: ((event: Event) => void) | null };

/** The next message at a port. */
function next(port: MessagePort): Promise<MessageEvent> {
  return new Promise((resolve) => {
    port.addEventListener("message", resolve, { once: true });
    port.start();
  });
}

// Made while this module is evaluated, perhaps for a snapshot: what is posted arrives when the app runs.
const early = new MessageChannel();
const earlyMessages: unknown[] = [];
early.port2.onmessage = (event) => earlyMessages.push(event.data);
early.port1.postMessage({ at: "top level" });
const waiting = new MessageChannel();
waiting.port1.postMessage("waits in the queue");

test("MessagePort: a channel of the top level survives", async () => {
  early.port1.postMessage("later");
  await delay(5);
  assert.deepEqual(earlyMessages, [{ at: "top level" }, "later"]);
  assert.equal((await next(waiting.port2)).data, "waits in the queue");
});

test("MessageChannel: two ports, always the same", () => {
  const channel = new MessageChannel();
  assert.ok(channel.port1 instanceof MessagePort && channel.port1 instanceof EventTarget);
  assert.equal(channel.port1, channel.port1);
  assert.notEqual(channel.port1, channel.port2);
  assert.throws(() => new (MessagePort as unknown as new () => object)(), /Illegal constructor/);
  assert.throws(() => Reflect.get(MessageChannel.prototype, "port1", {}), TypeError);
  assert.throws(() => MessagePort.prototype.postMessage.call({} as MessagePort, 1), TypeError);
  assert.throws(() => (channel.port1.postMessage as () => void)(), /1 argument required/);
});

test("MessagePort: a message is a task, after microtasks, in order", async () => {
  const { port1, port2 } = new MessageChannel();
  const order: unknown[] = [];
  port2.onmessage = ({ data }) => {
    order.push(data);
    queueMicrotask(() => order.push(`microtask of ${data}`));
  };
  port1.postMessage("first");
  port1.postMessage("second");
  queueMicrotask(() => order.push("microtask"));
  void Promise.resolve().then(() => order.push("promise"));
  order.push("synchronous");
  await delay(5);
  assert.deepEqual(order, [
    "synchronous",
    "microtask",
    "promise",
    "first",
    "microtask of first",
    "second",
    "microtask of second",
  ]);
});

test("MessagePort: ports take turns in the order of their messages", async () => {
  const [one, two] = [new MessageChannel(), new MessageChannel()];
  const order: unknown[] = [];
  one.port2.onmessage = ({ data }) => order.push(data);
  two.port2.onmessage = ({ data }) => order.push(data);
  for (let i = 0; i < 6; i += 2) {
    one.port1.postMessage(i);
    two.port1.postMessage(i + 1);
  }
  await delay(5);
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5]);
});

test("MessagePort: microtasks run between two listeners of one message", async () => {
  const { port1, port2 } = new MessageChannel();
  const order: string[] = [];
  port2.addEventListener("message", () => {
    order.push("one");
    queueMicrotask(() => order.push("microtask"));
  });
  port2.addEventListener("message", () => order.push("two"));
  port2.start();
  port1.postMessage(null);
  await delay(5);
  assert.deepEqual(order, ["one", "microtask", "two"]);
});

test("MessagePort: a ping-pong does not starve timers", async () => {
  const { port1, port2 } = new MessageChannel();
  let turns = 0;
  port1.onmessage = port2.onmessage = (event) => {
    turns++;
    (event.target as MessagePort).postMessage(null);
  };
  port1.postMessage(null);
  await delay(10);
  port1.close();
  assert.ok(turns > 2, String(turns));
});

test("MessagePort: starts by start() and by onmessage, not by a listener", async () => {
  const { port1, port2 } = new MessageChannel();
  const seen: unknown[] = [];
  port2.addEventListener("message", ({ data }) => seen.push(data));
  port1.postMessage(1);
  await delay(5);
  assert.deepEqual(seen, []);
  port2.start();
  port2.start();
  assert.deepEqual(seen, []);
  await delay(5);
  assert.deepEqual(seen, [1]);
  // Any value starts the port, also one that is no handler.
  port1.addEventListener("message", ({ data }) => seen.push(data));
  port2.postMessage(2);
  port1.onmessage = null;
  await delay(5);
  assert.deepEqual(seen, [1, 2]);
});

test("MessagePort: the event", async () => {
  const { port1, port2 } = new MessageChannel();
  const arrival = next(port2);
  const posted = { list: [1, 2] };
  port1.postMessage(posted);
  posted.list.push(3);
  const event = await arrival;
  assert.ok(event instanceof MessageEvent && event.isTrusted);
  assert.deepEqual(event.data, { list: [1, 2] });
  assert.deepEqual(
    [event.origin, event.lastEventId, event.source, event.bubbles, event.cancelable],
    ["", "", null, false, false],
  );
  assert.deepEqual(event.ports as unknown, []);
  assert.ok(Object.isFrozen(event.ports));
  assert.equal(event.target, port2);
});

test("MessagePort: what cannot be cloned", () => {
  const { port1, port2 } = new MessageChannel();
  for (const value of [() => {}, Symbol("s"), port2, { deep: [new AbortController()] }]) {
    assert.throws(() => port1.postMessage(value), { name: "DataCloneError" });
  }
  assert.throws(() => port1.postMessage(port2), { name: "DataCloneError", message: /MessagePort/ });
});

test("MessagePort: transfer by list and by options", async () => {
  const { port1, port2 } = new MessageChannel();
  for (const wrap of [
    (list: Transferable[]) => list,
    (transfer: Transferable[]) => ({ transfer }),
  ]) {
    const { buffer } = new Uint8Array([1, 2, 3]);
    const arrival = next(port2);
    port1.postMessage({ buffer }, wrap([buffer]) as never);
    assert.ok((buffer as unknown as { detached: boolean }).detached);
    assert.deepEqual(new Uint8Array((await arrival).data.buffer), new Uint8Array([1, 2, 3]));
  }
  for (const options of [undefined, null, {}, { transfer: [] }, []]) {
    port1.postMessage(1, options as never);
  }
  for (const options of [1, "x", { transfer: 1 }, { transfer: [1] }, [1], { transfer: null }]) {
    assert.throws(() => port1.postMessage(1, options as never), TypeError);
  }
  assert.throws(() => port1.postMessage(1, [{}] as never), { name: "DataCloneError" });
});

test("MessagePort: ports travel, with what waits in them", async () => {
  const carrier = new MessageChannel();
  const channel = new MessageChannel();
  channel.port1.postMessage("posted before");
  carrier.port1.postMessage({ port: channel.port2 }, [channel.port2]);
  channel.port1.postMessage("posted meanwhile");
  const { data, ports } = await next(carrier.port2);
  const [port] = ports as [MessagePort];
  assert.equal(data.port, port);
  assert.notEqual(port, channel.port2);
  const seen: unknown[] = [];
  port.onmessage = (event) => seen.push(event.data);
  channel.port1.postMessage("posted after");
  await delay(5);
  assert.deepEqual(seen, ["posted before", "posted meanwhile", "posted after"]);
  const answer = next(channel.port1);
  port.postMessage("back");
  assert.equal((await answer).data, "back");
});

test("MessagePort: a started port that is transferred delivers nothing at its old end", async () => {
  const { port1, port2 } = new MessageChannel();
  let old = 0;
  port2.onmessage = () => old++;
  port1.postMessage(1);
  const moved = structuredClone(port2, { transfer: [port2] });
  await delay(5);
  assert.equal(old, 0);
  assert.equal((await next(moved)).data, 1);
  port2.postMessage("goes nowhere");
  assert.throws(() => structuredClone(port2, { transfer: [port2] }), { name: "DataCloneError" });
});

test("MessagePort: transfer of itself, of its other end, and of a port twice", async () => {
  const { port1, port2 } = new MessageChannel();
  assert.throws(() => port1.postMessage(1, [port1]), { name: "DataCloneError" });
  assert.throws(() => port1.postMessage(1, { transfer: [port1] }), { name: "DataCloneError" });
  const other = new MessageChannel();
  assert.throws(() => port1.postMessage(1, [other.port1, other.port1]), { name: "DataCloneError" });
  // The message is lost, and the port with it: nobody is left who could receive it.
  port1.postMessage("doomed", [port2]);
  assert.throws(() => port1.postMessage(1, [port2]), { name: "DataCloneError" });
  port1.postMessage("nobody listens");
  await delay(2);
});

test("MessagePort: an exception in the message leaves the transferred ports alone", async () => {
  const carrier = new MessageChannel();
  const { port1, port2 } = new MessageChannel();
  assert.throws(() => carrier.port1.postMessage({ port1, f() {} }, [port1]), {
    name: "DataCloneError",
  });
  const arrival = next(port2);
  port1.postMessage("still here");
  assert.equal((await arrival).data, "still here");
});

test("MessagePort: close() ends the channel, but not what is on its way", async () => {
  const { port1, port2 } = new MessageChannel();
  const seen: unknown[] = [];
  port2.onmessage = ({ data }) => seen.push(data);
  port1.onmessage = ({ data }) => seen.push(data);
  port1.postMessage("in flight");
  port1.close();
  port1.postMessage("after close()");
  port2.postMessage("to a closed port");
  await delay(5);
  assert.deepEqual(seen, ["in flight"]);
  port1.close();
  assert.throws(() => structuredClone(port1, { transfer: [port1] }), { name: "DataCloneError" });
});

test("MessagePort: close() in a listener keeps the messages that wait", async () => {
  const { port1, port2 } = new MessageChannel();
  const seen: unknown[] = [];
  port2.onmessage = ({ data }) => {
    seen.push(data);
    port2.close();
  };
  port1.postMessage(1);
  port1.postMessage(2);
  await delay(5);
  assert.deepEqual(seen, [1, 2]);
});

test("MessagePort: the other end gets a close event, as a task and after the messages", async () => {
  const { port1, port2 } = new MessageChannel();
  const seen: unknown[] = [];
  (port1 as Closing).onclose = () => seen.push("own end");
  (port2 as Closing).onclose = (event) => seen.push(event.type, event.isTrusted);
  port2.onmessage = ({ data }) => seen.push(data);
  port1.postMessage("message");
  port1.close();
  assert.deepEqual(seen, []);
  await delay(5);
  assert.deepEqual(seen, ["message", "close", true]);
});

test("MessagePort: event handler attributes belong to ports", () => {
  const { port1 } = new MessageChannel();
  assert.equal(port1.onmessage, null);
  assert.equal(port1.onmessageerror, null);
  const handler = () => {};
  port1.onmessageerror = handler;
  assert.equal(port1.onmessageerror, handler);
  port1.onmessageerror = 1 as never;
  assert.equal(port1.onmessageerror, null);
  const { get } = Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage")!;
  assert.throws(() => get!.call(new EventTarget()), TypeError);
  assert.throws(() => get!.call(undefined), TypeError);
});

test("MessagePort: a listener's exception is reported, and messages go on", async () => {
  const { port1, port2 } = new MessageChannel();
  const seen: unknown[] = [];
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    seen.push(event.error);
  };
  addEventListener("error", onError);
  port2.onmessage = ({ data }) => {
    throw data;
  };
  port1.postMessage(1);
  port1.postMessage(2);
  await delay(5);
  removeEventListener("error", onError);
  assert.deepEqual(seen, [1, 2]);
});

test("MessageEvent: constructor", () => {
  const plain = new MessageEvent("x");
  assert.deepEqual(
    [plain.data, plain.origin, plain.lastEventId, plain.source, plain.ports as unknown],
    [null, "", "", null, []],
  );
  const { port1, port2 } = new MessageChannel();
  const event = new MessageEvent("x", {
    data: 1,
    origin: "a\uD800",
    lastEventId: "id",
    source: port1,
    ports: [port1, port2],
    bubbles: true,
  });
  assert.deepEqual([event.data, event.origin, event.lastEventId], [1, "a\uFFFD", "id"]);
  assert.equal(event.source, port1);
  assert.equal(event.ports, event.ports);
  assert.ok(Object.isFrozen(event.ports) && event.ports[1] === port2);
  assert.ok(event.bubbles && !event.isTrusted);
  for (const init of [{ ports: 1 }, { ports: [1] }, { ports: null }, { source: {} }, 1]) {
    assert.throws(() => new MessageEvent("x", init as never), TypeError);
  }
  assert.throws(() => new (MessageEvent as unknown as new () => object)(), TypeError);
});

test("MessageEvent: initMessageEvent", () => {
  const event = new MessageEvent("x", { data: 1 });
  const { port1 } = new MessageChannel();
  event.initMessageEvent("y", true, true, "data", "origin", "id", port1, [port1]);
  assert.deepEqual(
    [event.type, event.bubbles, event.cancelable, event.data, event.origin, event.lastEventId],
    ["y", true, true, "data", "origin", "id"],
  );
  assert.deepEqual([event.source, (event.ports as Ports)[0]], [port1, port1]);
  event.initMessageEvent("z");
  assert.deepEqual([event.type, event.data, event.source], ["z", null, null]);
  assert.equal(MessageEvent.prototype.initMessageEvent.length, 1);
  const target = new EventTarget();
  target.addEventListener("z", () => event.initMessageEvent("again", false, false, 2));
  target.dispatchEvent(event);
  assert.deepEqual([event.type, event.data], ["z", null]);
});
