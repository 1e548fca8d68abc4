// setTimeout, setInterval, queueMicrotask: order, arguments, cancellation, exceptions.
import { assert, delay, test } from "./harness.ts";

// Set while this module is evaluated, perhaps for a snapshot: it fires when the app is served.
const order: string[] = [];
setTimeout(() => order.push("later"), 20);
setTimeout(() => order.push("sooner"), 10);
clearTimeout(setTimeout(() => order.push("never"), 15));

test("setTimeout: timers set at the top level survive", async () => {
  await delay(40);
  assert.deepEqual(order, ["sooner", "later"]);
});

test("setTimeout: arguments and this", async () => {
  const seen = await new Promise<unknown[]>((resolve) => {
    setTimeout(
      function (this: unknown, ...args: unknown[]) {
        resolve([this, ...args]);
      },
      0,
      1,
      "two",
    );
  });
  assert.deepEqual(seen.slice(1), [1, "two"]);
  assert.equal(seen[0], globalThis);
});

test("setTimeout: by deadline, then by age", async () => {
  const order: number[] = [];
  setTimeout(() => order.push(3), 20);
  setTimeout(() => order.push(1), 0);
  setTimeout(() => order.push(2), 0);
  setTimeout(() => order.push(4), 20);
  await delay(40);
  assert.deepEqual(order, [1, 2, 3, 4]);
});

test("setTimeout: many timers in random order", async () => {
  const fired: { index: number; wait: number }[] = [];
  let seed = 1;
  const ids: number[] = [];
  const start = performance.now();
  for (let index = 0; index < 500; index++) {
    seed = (seed * 16807) % 2147483647;
    const wait = 5 + (seed % 30);
    ids.push(setTimeout(() => fired.push({ index, wait }), wait) as unknown as number);
  }
  const span = performance.now() - start;
  for (let i = 0; i < ids.length; i += 3) clearTimeout(ids[i]);
  // Set last and for the longest time, it fires last.
  await delay(40);
  assert.equal(fired.length, 333);
  // Whatever the clock does meanwhile: a timer that was set later and waits no less fires later, and
  // so does one that waits longer by more than the time it took to set them all.
  fired.forEach((late, position) => {
    for (const early of fired.slice(0, position)) {
      const setLater = early.index > late.index && early.wait >= late.wait;
      const waitsLonger = early.wait > late.wait + span + 1;
      assert.ok(!setLater && !waitsLonger, JSON.stringify([early, late, span]));
    }
  });
});

test("setTimeout: never early", async () => {
  const start = performance.now();
  await delay(15);
  assert.ok(performance.now() - start >= 15);
});

test("setTimeout: microtasks run between two timers", async () => {
  const order: string[] = [];
  setTimeout(() => {
    order.push("timer 1");
    queueMicrotask(() => order.push("microtask"));
  });
  setTimeout(() => order.push("timer 2"));
  await delay(10);
  assert.deepEqual(order, ["timer 1", "microtask", "timer 2"]);
});

test("setTimeout: an exception is reported, the others go on", async () => {
  const errors: unknown[] = [];
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    errors.push(event.error);
  };
  addEventListener("error", onError);
  let after = false;
  setTimeout(() => {
    throw 17;
  });
  setTimeout(() => (after = true));
  await delay(10);
  removeEventListener("error", onError);
  assert.deepEqual(errors, [17]);
  assert.ok(after);
});

test("setTimeout: code in a string is refused", () => {
  assert.throws(() => setTimeout("globalThis.x = 1"), /must be a function/);
  assert.throws(() => setInterval({} as never, 1), TypeError);
  assert.throws(() => (setTimeout as unknown as () => void)(), /1 argument required/);
});

test("clearTimeout: also within the turn, and for unknown numbers", async () => {
  let fired = false;
  let second = 0;
  setTimeout(() => clearTimeout(second), 5);
  second = setTimeout(() => (fired = true), 5) as unknown as number;
  clearTimeout(undefined);
  clearTimeout(123456789);
  clearTimeout(-1);
  await delay(20);
  assert.equal(fired, false);
});

test("clearTimeout and clearInterval are interchangeable", async () => {
  let fired = false;
  clearInterval(setTimeout(() => (fired = true), 0));
  clearTimeout(setInterval(() => (fired = true), 0));
  await delay(10);
  assert.equal(fired, false);
});

test("setInterval: repeats until it is cleared", async () => {
  let count = 0;
  await new Promise<void>((resolve) => {
    const id = setInterval(() => {
      if (++count === 3) {
        clearInterval(id);
        resolve();
      }
    }, 2);
  });
  await delay(10);
  assert.equal(count, 3);
});

test("setInterval: goes on after an exception", async () => {
  let count = 0;
  const onError = (event: Event) => event.preventDefault();
  addEventListener("error", onError);
  const id = setInterval(() => {
    count++;
    throw new Error("each time");
  }, 1);
  await delay(30);
  clearInterval(id);
  removeEventListener("error", onError);
  assert.ok(count >= 2, String(count));
});

test("setTimeout: a timer that sets itself anew does not starve the others", async () => {
  let spins = 0;
  let stop = false;
  const spin = () => {
    spins++;
    if (!stop) setTimeout(spin, 0);
  };
  spin();
  await delay(20);
  stop = true;
  assert.ok(spins > 1);
});

test("setTimeout: delays are longs", async () => {
  const fired: string[] = [];
  setTimeout(() => fired.push("negative"), -5);
  setTimeout(() => fired.push("wrapped"), 2 ** 32);
  setTimeout(() => fired.push("nan"), NaN);
  setTimeout(() => fired.push("string"), "1" as unknown as number);
  await delay(15);
  assert.deepEqual(fired, ["negative", "wrapped", "nan", "string"]);
});

test("queueMicrotask: in order, before timers, exceptions reported", async () => {
  const order: string[] = [];
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    order.push(event.error);
  };
  addEventListener("error", onError);
  setTimeout(() => order.push("timer"), 0);
  queueMicrotask(() => order.push("one"));
  queueMicrotask(() => {
    throw "thrown";
  });
  queueMicrotask(() => order.push("two"));
  await delay(10);
  removeEventListener("error", onError);
  assert.deepEqual(order, ["one", "thrown", "two", "timer"]);
  assert.throws(() => queueMicrotask(1 as never), TypeError);
});

test("setTimeout: deeply nested timers are clamped to 4 ms, chained promises are not", async () => {
  const times: number[] = [];
  await new Promise<void>((resolve) => {
    const step = () => {
      times.push(performance.now());
      if (times.length < 10) setTimeout(step, 0);
      else resolve();
    };
    setTimeout(step, 0);
  });
  for (let i = 7; i < times.length; i++) {
    assert.ok(times[i]! - times[i - 1]! > 3.99, `${i}: ${times[i]! - times[i - 1]!}`);
  }
  // The timer that settles a promise is not the task that its reactions run in.
  const spans: number[] = [];
  for (let i = 0; i < 20; i++) {
    const start = performance.now();
    await delay(0);
    spans.push(performance.now() - start);
  }
  assert.ok(Math.min(...spans.slice(10)) < 4, spans.join());
});

test("setInterval: is clamped once it has nested", async () => {
  const times: number[] = [];
  await new Promise<void>((resolve) => {
    const id = setInterval(() => {
      times.push(performance.now());
      if (times.length < 10) return;
      clearInterval(id);
      resolve();
    });
  });
  for (let i = 7; i < times.length; i++) {
    assert.ok(times[i]! - times[i - 1]! > 3.99, `${i}: ${times[i]! - times[i - 1]!}`);
  }
});

test("setInterval: cleared within its own call", async () => {
  let calls = 0;
  const id = setInterval(() => {
    calls++;
    clearInterval(id);
  }, 0);
  await delay(15);
  assert.equal(calls, 1);
});

test("setTimeout: survives an app that patches Map", async () => {
  const { get, set, delete: remove } = Map.prototype;
  Map.prototype.get =
    Map.prototype.set =
    Map.prototype.delete =
      () => {
        throw new Error("patched");
      };
  let fired: Promise<void>;
  try {
    fired = delay(1);
    clearTimeout(setTimeout(() => {}, 1));
  } finally {
    Object.assign(Map.prototype, { get, set, delete: remove });
  }
  await fired;
});
