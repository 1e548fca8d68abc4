// What the garbage collector may take: signals, listeners, channels. And what it must not.
import { assert, delay, test } from "./harness.ts";

/**
 * True if the collector takes any of the objects. It is brought to look at all of the heap by memory that
 * outlives its young generation. (Looking at a WeakRef keeps its target for that turn, so that is rare.)
 */
async function isCollected(refs: readonly WeakRef<object>[]): Promise<boolean> {
  const kept: unknown[] = [];
  for (let round = 1; round <= 160; round++) {
    kept[round % 4] = Array.from({ length: 50_000 }, (_, i) => [i]);
    await delay(0);
    if (round % 8 === 0 && refs.some((ref) => ref.deref() === undefined)) return true;
  }
  return false;
}

function refsTo(make: () => object): WeakRef<object>[] {
  return Array.from({ length: 20 }, () => new WeakRef(make()));
}

test("lifetime: the measure itself", async () => {
  assert.ok(await isCollected(refsTo(() => ({}))));
});

test("lifetime: dependent signals that nobody watches", async () => {
  const { signal } = new AbortController();
  assert.ok(await isCollected(refsTo(() => AbortSignal.any([signal]))));
  assert.equal(signal.aborted, false);
});

test("lifetime: dependent signals stay while their abort can be seen", async () => {
  const controller = new AbortController();
  let aborted = 0;
  for (let i = 0; i < 20; i++) {
    AbortSignal.any([controller.signal]).addEventListener("abort", () => aborted++);
  }
  await isCollected(refsTo(() => ({})));
  controller.abort();
  assert.equal(aborted, 20);
});

test("lifetime: listeners that are gone leave their signal", async () => {
  const { signal } = new AbortController();
  const target = new EventTarget();
  const refs = refsTo(() => {
    const listener = () => {};
    target.addEventListener("x", listener, { signal });
    target.removeEventListener("x", listener);
    return listener;
  });
  assert.ok(await isCollected(refs));
  assert.equal(signal.aborted, false);
});

test("lifetime: a channel that is let go of, open and started", async () => {
  const refs = refsTo(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = port2.onmessage = () => {};
    port1.postMessage("delivered and gone");
    return port1;
  });
  assert.ok(await isCollected(refs));
});

test("lifetime: a port stays while a message for it is on its way", async () => {
  let received = 0;
  for (let i = 0; i < 20; i++) {
    const { port1, port2 } = new MessageChannel();
    port2.onmessage = () => received++;
    port1.postMessage(null);
  }
  await isCollected(refsTo(() => ({})));
  assert.equal(received, 20);
});

test("lifetime: promises that were rejected and reported", async () => {
  globalThis.onunhandledrejection = (event) => event.preventDefault();
  const refs = refsTo(() => Promise.reject(1));
  const collected = await isCollected(refs);
  globalThis.onunhandledrejection = null;
  assert.ok(collected);
});
