// Performance, user timing, the performance timeline and its observers.
import { assert, delay, test } from "./harness.ts";

/** TypeScript's callback lacks the third argument. */
type Callback = (
  list: PerformanceObserverEntryList,
  observer: PerformanceObserver,
  options: { droppedEntriesCount?: number },
) => void;

function clear(): void {
  performance.clearMarks();
  performance.clearMeasures();
}

// Marked while this module is evaluated, perhaps for a snapshot.
performance.mark("top level");

test("performance: entries of the top level survive", () => {
  const [entry] = performance.getEntriesByName("top level");
  assert.ok(entry instanceof PerformanceMark && entry.startTime >= 0);
});

test("performance: now, timeOrigin, toJSON", () => {
  const [one, two] = [performance.now(), performance.now()];
  assert.ok(one >= 0 && two >= one);
  assert.ok(Math.abs(performance.timeOrigin + one - Date.now()) < 1000);
  assert.deepEqual(Object.keys(performance.toJSON() as object), ["timeOrigin"]);
  const { timeOrigin } = performance.toJSON() as { timeOrigin: number };
  assert.equal(timeOrigin, performance.timeOrigin);
  assert.ok(performance instanceof EventTarget);
  assert.throws(() => new (Performance as unknown as new () => object)(), /Illegal constructor/);
  assert.throws(() => performance.now.call({} as Performance), TypeError);
});

test("performance: the clock has steps of 5 µs", () => {
  const start = performance.now();
  let next = start;
  while (next === start) next = performance.now();
  assert.ok(next - start >= 0.005 - 1e-9, String(next - start));
  const steps = start * 200;
  assert.ok(Math.abs(steps - Math.round(steps)) < 1e-3, String(steps));
});

test("performance: the global property is replaceable", () => {
  const original = performance;
  const descriptor = Object.getOwnPropertyDescriptor(globalThis, "performance")!;
  assert.ok(descriptor.enumerable && descriptor.configurable && descriptor.get);
  (globalThis as { performance: unknown }).performance = 1;
  assert.equal(performance as unknown, 1);
  Object.defineProperty(globalThis, "performance", descriptor);
  assert.equal(performance, original);
});

test("performance.mark: name, time and detail", () => {
  clear();
  const before = performance.now();
  const mark = performance.mark("m");
  assert.ok(mark instanceof PerformanceMark && mark instanceof PerformanceEntry);
  assert.deepEqual([mark.name, mark.entryType, mark.duration, mark.detail], ["m", "mark", 0, null]);
  assert.ok(mark.startTime >= before && mark.startTime <= performance.now());
  const detail = { a: [1] };
  const other = performance.mark("n", { startTime: 0, detail });
  detail.a.push(2);
  assert.equal(other.startTime, 0);
  assert.deepEqual(other.detail, { a: [1] });
  assert.equal(other.detail, other.detail);
  assert.equal(performance.mark("zero", { detail: 0 }).detail, 0);
  assert.deepEqual(
    performance.getEntries().map((entry) => entry.name),
    ["n", "m", "zero"],
  );
});

test("performance.mark: errors add no entry", () => {
  clear();
  assert.throws(() => (performance.mark as unknown as () => void)(), TypeError);
  assert.throws(() => performance.mark("m", { startTime: -1 }), TypeError);
  assert.throws(() => performance.mark("m", { startTime: NaN }), TypeError);
  assert.throws(() => performance.mark("m", 1 as never), TypeError);
  assert.throws(() => performance.mark("m", { detail: () => {} }), { name: "DataCloneError" });
  assert.equal(performance.getEntries().length, 0);
});

test("PerformanceMark: the constructor queues nothing", () => {
  clear();
  const mark = new PerformanceMark("m", { startTime: 1 }) as PerformanceMark & { id: number };
  assert.deepEqual([mark.startTime, mark.id], [1, 0]);
  assert.equal(performance.getEntriesByName("m").length, 0);
  for (const name of ["PerformanceEntry", "PerformanceMeasure", "PerformanceObserverEntryList"]) {
    const { [name]: constructor } = globalThis as unknown as Record<string, new () => object>;
    assert.throws(() => new constructor!(), /Illegal constructor/);
  }
});

test("performance.measure: between marks", () => {
  clear();
  performance.mark("start", { startTime: 10 });
  performance.mark("end", { startTime: 30 });
  performance.mark("start", { startTime: 15 });
  const times = (...args: [string, unknown?, string?]): [number, number] => {
    const { startTime, duration } = performance.measure(...(args as [string]));
    return [startTime, duration];
  };
  assert.deepEqual(times("m", "start", "end"), [15, 15]);
  assert.deepEqual(times("m", undefined, "end"), [0, 30]);
  assert.deepEqual(times("m", "end", "start"), [30, -15]);
  assert.deepEqual(times("m", { start: "start", end: "end" }), [15, 15]);
  assert.deepEqual(times("m", { start: 1, end: 4 }), [1, 3]);
  assert.deepEqual(times("m", { start: 1, duration: 4 }), [1, 4]);
  assert.deepEqual(times("m", { end: 10, duration: 4 }), [6, 4]);
  const now = performance.now();
  const [start, duration] = times("m");
  assert.ok(start === 0 && duration >= now);
  const { detail } = performance.measure("m", { start: 0, detail: { d: 1 } });
  assert.deepEqual(detail, { d: 1 });
  assert.equal(performance.measure("m", {}).detail, null);
});

test("performance.measure: errors", () => {
  clear();
  performance.mark("start");
  const measure = performance.measure.bind(performance) as (...args: unknown[]) => unknown;
  assert.throws(() => measure(), TypeError);
  assert.throws(() => measure("m", "no such mark"), { name: "SyntaxError" });
  assert.throws(() => measure("m", "start", "no such mark"), { name: "SyntaxError" });
  assert.throws(() => measure("m", { start: 1 }, "start"), TypeError);
  assert.throws(() => measure("m", { detail: 1 }), TypeError);
  assert.throws(() => measure("m", { duration: 1 }), TypeError);
  assert.throws(() => measure("m", { start: 1, end: 2, duration: 1 }), TypeError);
  assert.throws(() => measure("m", { start: -1 }), TypeError);
  assert.throws(() => measure("m", { start: Infinity }), TypeError);
  assert.throws(() => measure("m", { start: 0, detail: Symbol() }), { name: "DataCloneError" });
  // Times of a page's loading, even when there is such a mark.
  performance.mark("navigationStart");
  assert.throws(() => measure("m", "navigationStart"), TypeError);
  assert.equal(performance.getEntriesByType("measure").length, 0);
});

test("performance: getEntries in chronological order, by type and by name", () => {
  clear();
  performance.mark("b", { startTime: 2 });
  performance.mark("a", { startTime: 1 });
  performance.measure("b", { start: 1.5, end: 2 });
  const names = (entries: PerformanceEntryList) => entries.map((e) => `${e.entryType} ${e.name}`);
  assert.deepEqual(names(performance.getEntries()), ["mark a", "measure b", "mark b"]);
  assert.deepEqual(names(performance.getEntriesByType("mark")), ["mark a", "mark b"]);
  assert.deepEqual(names(performance.getEntriesByName("b")), ["measure b", "mark b"]);
  assert.deepEqual(names(performance.getEntriesByName("b", "mark")), ["mark b"]);
  assert.deepEqual(names(performance.getEntriesByName("b", undefined)), ["measure b", "mark b"]);
  assert.deepEqual(performance.getEntriesByType("Mark"), []);
  assert.deepEqual(performance.getEntriesByName("b", "resource"), []);
  assert.notEqual(performance.getEntries(), performance.getEntries());
  performance.clearMarks("b");
  assert.deepEqual(names(performance.getEntries()), ["mark a", "measure b"]);
  performance.clearMeasures("a");
  performance.clearMeasures();
  assert.deepEqual(names(performance.getEntries()), ["mark a"]);
});

test("PerformanceEntry: toJSON and ids", () => {
  clear();
  const [one, two] = [performance.mark("one"), performance.mark("two")] as unknown as {
    id: number;
    toJSON(): object;
    startTime: number;
  }[];
  assert.deepEqual(one!.toJSON(), {
    id: one!.id,
    name: "one",
    entryType: "mark",
    startTime: one!.startTime,
    duration: 0,
    navigationId: 0,
  });
  assert.ok(one!.id >= 100 && two!.id > one!.id);
  assert.throws(() => structuredClone(one), { name: "DataCloneError" });
});

test("performance: the timeline is bounded, and the latest entries stay", async () => {
  clear();
  for (let i = 0; i < 10_000; i++) performance.mark(`mark ${i}`);
  const { length } = performance.getEntriesByType("mark");
  assert.ok(length <= 4096 && length >= 3072, String(length));
  assert.ok(performance.measure("m", "mark 9999").duration >= 0);
  assert.throws(() => performance.measure("m", "mark 0"), { name: "SyntaxError" });
  const dropped = await new Promise<number | undefined>((resolve) => {
    const callback: Callback = (list, observer, { droppedEntriesCount }) => {
      assert.equal(list.getEntries().length, length);
      observer.disconnect();
      resolve(droppedEntriesCount);
    };
    const observer = new PerformanceObserver(callback as PerformanceObserverCallback);
    observer.observe({ type: "mark", buffered: true });
  });
  assert.equal(dropped, 10_000 - length);
});

test("PerformanceObserver: told in a task, of its types, once", async () => {
  clear();
  const calls: string[][] = [];
  const options: object[] = [];
  const callback = function (
    this: PerformanceObserver,
    ...[list, observer, given]: Parameters<Callback>
  ) {
    assert.ok(this === observer && list instanceof PerformanceObserverEntryList);
    calls.push(list.getEntries().map((entry) => entry.name));
    options.push(given);
    assert.deepEqual(list.getEntriesByType("measure"), []);
    assert.deepEqual(list.getEntriesByName("one", "mark").length, calls.length === 1 ? 1 : 0);
  };
  const observer = new PerformanceObserver(callback as PerformanceObserverCallback);
  performance.mark("before");
  observer.observe({ entryTypes: ["mark", "unknown"] });
  performance.mark("one");
  performance.measure("not asked for");
  performance.mark("two");
  await Promise.resolve();
  assert.deepEqual(calls, []);
  await delay(5);
  performance.mark("three");
  await delay(5);
  observer.disconnect();
  performance.mark("four");
  await delay(5);
  assert.deepEqual(calls, [["one", "two"], ["three"]]);
  assert.deepEqual(options.map(Object.keys), [["droppedEntriesCount"], []]);
});

test("PerformanceObserver: buffered entries, types that add up, takeRecords", async () => {
  clear();
  performance.mark("early");
  const observer = new PerformanceObserver(() => {});
  observer.observe({ type: "mark", buffered: true });
  observer.observe({ type: "measure" });
  performance.measure("late");
  assert.deepEqual(
    observer.takeRecords().map((entry) => entry.name),
    ["early", "late"],
  );
  assert.deepEqual(observer.takeRecords(), []);
  observer.disconnect();
});

test("PerformanceObserver: errors", () => {
  assert.throws(() => new PerformanceObserver(1 as never), TypeError);
  assert.throws(() => new (PerformanceObserver as unknown as new () => object)(), TypeError);
  const observer = new PerformanceObserver(() => {});
  assert.throws(() => observer.observe(), TypeError);
  assert.throws(() => observer.observe({}), TypeError);
  assert.throws(() => observer.observe({ entryTypes: ["mark"], type: "mark" }), TypeError);
  assert.throws(() => observer.observe({ entryTypes: ["mark"], buffered: false }), TypeError);
  observer.observe({ entryTypes: [] });
  assert.throws(() => observer.observe({ type: "mark" }), { name: "InvalidModificationError" });
  assert.deepEqual(PerformanceObserver.supportedEntryTypes as unknown, ["mark", "measure"]);
  assert.equal(PerformanceObserver.supportedEntryTypes, PerformanceObserver.supportedEntryTypes);
  assert.ok(Object.isFrozen(PerformanceObserver.supportedEntryTypes));
});

test("PerformanceObserver: an exception is reported, and the others are told", async () => {
  clear();
  const seen: unknown[] = [];
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    seen.push(event.error);
  };
  addEventListener("error", onError);
  const observers = [
    new PerformanceObserver(() => {
      throw "thrown";
    }),
    new PerformanceObserver(() => seen.push("told")),
  ];
  for (const observer of observers) observer.observe({ type: "mark" });
  performance.mark("m");
  await delay(5);
  for (const observer of observers) observer.disconnect();
  removeEventListener("error", onError);
  assert.deepEqual(seen, ["thrown", "told"]);
});
