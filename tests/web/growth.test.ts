// Work that grows with its input grows no faster: the time for sixteen times as many items is compared
// with the time for one sixteenth, each the shortest of several runs. The bound is far from both linear
// and quadratic growth, so that a busy machine does not matter.
import { assert, delay, test } from "./harness.ts";

const FEW = 1000;
const MANY = 16 * FEW;
/** Linear work has 16, quadratic work 256. */
const MOST_GROWTH = 100;
/** What a collection or another process may take; quadratic work takes hundreds. */
const NOISE_MS = 10;

/** Prepares work on a number of items, and gives the part that is measured. */
type Work = (count: number) => () => unknown;

async function shortest(work: Work, count: number): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < 5; i++) {
    // What weak references were made to lives as long as the turn.
    await delay(0);
    const run = work(count);
    const start = performance.now();
    await run();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

function testGrowth(name: string, work: Work): void {
  test(`${name}: linear`, async () => {
    const few = await shortest(work, FEW);
    const many = await shortest(work, MANY);
    const figures = `${FEW}: ${few} ms, ${MANY}: ${many} ms`;
    assert.ok(many < MOST_GROWTH * few + NOISE_MS, figures);
  });
}

function times(count: number, run: (i: number) => unknown): () => void {
  return () => {
    for (let i = 0; i < count; i++) run(i);
  };
}

function manyHeaders(count: number): Headers {
  return new Headers(Array.from({ length: count }, (_, i) => [`x-${i}`, "v"]));
}

testGrowth("Headers.append, distinct names", (count) => {
  const headers = new Headers();
  return times(count, (i) => headers.append(`x-${i}`, "v"));
});
testGrowth("Headers.append, one name", (count) => {
  const headers = new Headers();
  return times(count, () => headers.append("set-cookie", "a=b"));
});
testGrowth("Headers.set, distinct names", (count) => {
  const headers = new Headers();
  return times(count, (i) => headers.set(`x-${i}`, "v"));
});
testGrowth("Headers.get and has", (count) => {
  const headers = manyHeaders(count);
  return times(count, (i) => headers.get(`x-${i}`) === "v" && headers.has(`y-${i}`));
});
testGrowth("Headers.delete", (count) => {
  const headers = manyHeaders(count);
  return times(count, (i) => headers.delete(`x-${i}`));
});
testGrowth("Headers that change while they are iterated over", (count) => {
  const headers = manyHeaders(count);
  return () => {
    for (const [name, value] of headers) headers.set(name, `${value}!`);
  };
});

testGrowth("addEventListener and removeEventListener, distinct types", (count) => {
  const target = new EventTarget();
  const listener = () => {};
  return () => {
    for (let i = 0; i < count; i++) target.addEventListener(`t${i}`, listener);
    for (let i = 0; i < count; i++) target.dispatchEvent(new Event(`t${i}`));
    for (let i = 0; i < count; i++) target.removeEventListener(`t${i}`, listener);
  };
});
testGrowth("addEventListener and removeEventListener, one type", (count) => {
  const target = new EventTarget();
  const listeners = Array.from({ length: count }, () => () => {});
  return () => {
    for (let i = 0; i < count; i++) target.addEventListener("t", listeners[i]!);
    target.dispatchEvent(new Event("t"));
    for (let i = 0; i < count; i++) target.removeEventListener("t", listeners[i]!);
  };
});
testGrowth("listeners for once", (count) => {
  const target = new EventTarget();
  for (let i = 0; i < count; i++) target.addEventListener("t", () => {}, { once: true });
  return () => target.dispatchEvent(new Event("t"));
});
testGrowth("listeners of the global object", (count) => {
  const listener = () => {};
  return () => {
    for (let i = 0; i < count; i++) addEventListener(`t${i}`, listener);
    for (let i = 0; i < count; i++) removeEventListener(`t${i}`, listener);
  };
});
testGrowth("listeners that a signal removes", (count) => {
  const target = new EventTarget();
  const controller = new AbortController();
  const { signal } = controller;
  return () => {
    for (let i = 0; i < count; i++) target.addEventListener(`t${i}`, () => {}, { signal });
    controller.abort();
  };
});
testGrowth("signals that depend on one", (count) => {
  const controller = new AbortController();
  let aborted = 0;
  return () => {
    for (let i = 0; i < count; i++) {
      AbortSignal.any([controller.signal]).addEventListener("abort", () => aborted++);
    }
    controller.abort();
    assert.equal(aborted, count);
  };
});
testGrowth("a signal that depends on many", (count) => {
  const controllers = Array.from({ length: count }, () => new AbortController());
  return () => {
    const any = AbortSignal.any(controllers.map(({ signal }) => signal));
    for (let i = 0; i < count; i++) any.addEventListener("abort", () => {});
    controllers[count - 1]!.abort();
    assert.ok(any.aborted);
  };
});

testGrowth("URLSearchParams.append", (count) => {
  const params = new URLSearchParams();
  return times(count, (i) => params.append(`x-${i}`, "v"));
});
testGrowth("append to the query of a URL", (count) => {
  const url = new URL("http://a.example/?a=b#c");
  return () => {
    for (let i = 0; i < count; i++) url.searchParams.append(`x-${i}`, "v");
    assert.ok(url.href.length > 6 * count);
  };
});
testGrowth("URLSearchParams of a record with lone surrogates", (count) => {
  const record: Record<string, string> = {};
  for (let i = 0; i < count; i++) record[`\ud800${i}`] = "v";
  return () => assert.equal(new URLSearchParams(record).size, count);
});
testGrowth("parameters of a MIME type", (count) => {
  const names = Array.from({ length: count }, (_, i) => `a${i}=b`);
  const response = new Response("", { headers: { "content-type": `a/b;${names.join(";")}` } });
  return () => response.clone().blob();
});
testGrowth("FormData.append", (count) => {
  const form = new FormData();
  return times(count, (i) => form.append(`x-${i}`, "v"));
});
testGrowth("slices of a Blob of many parts", (count) => {
  const blob = new Blob(Array.from({ length: count }, () => "part"));
  return () => assert.equal(blob.slice(4, -4).size, 4 * count - 8);
});

test("many headers are as few are", () => {
  const count = 100;
  const headers = manyHeaders(count);
  headers.append("X-7", "w");
  headers.append("Set-Cookie", "a=1");
  headers.append("set-cookie", "b=2");
  headers.set("x-8", "u");
  headers.delete("x-9");
  assert.equal(headers.get("x-7"), "v, w");
  assert.equal(headers.get("x-8"), "u");
  assert.equal(headers.get("x-9"), null);
  assert.ok(headers.has("X-10") && !headers.has("x-9"));
  assert.deepEqual(headers.getSetCookie(), ["a=1", "b=2"]);
  const names = [...headers.keys()];
  assert.equal(names.length, count - 1 + 2);
  assert.deepEqual(names, names.toSorted());
  assert.deepEqual([...new Headers(headers)], [...headers]);
  assert.deepEqual([...new Response(null, { headers }).headers], [...headers]);
  assert.deepEqual([...new Request("http://a/", { headers }).clone().headers], [...headers]);
});

test("iteration over headers sees what is added, changed and deleted", () => {
  const headers = new Headers({ b: "1", d: "2", f: "3" });
  const seen: string[] = [];
  for (const [name, value] of headers) {
    seen.push(`${name}=${value}`);
    if (name === "b") {
      headers.append("d", "x");
      headers.append("c", "y");
      headers.append("z", "w");
    } else if (name === "c") {
      headers.set("f", "9");
      headers.delete("d");
      headers.delete("absent");
    } else if (name === "f") {
      headers.append("set-cookie", "a");
      headers.append("Set-Cookie", "b");
    }
  }
  assert.deepEqual(seen, ["b=1", "c=y", "f=9", "set-cookie=a", "set-cookie=b", "z=w"]);
});

test("many listeners run in order, each phase by itself", () => {
  const target = new EventTarget();
  const order: string[] = [];
  const named = (name: string) => () => void order.push(name);
  const first = named("first");
  target.addEventListener("t", first);
  target.addEventListener("t", named("captured"), true);
  for (let i = 0; i < 100; i++) target.addEventListener(`other-${i}`, named("other"));
  target.addEventListener("t", named("second"), { once: true });
  target.addEventListener("t", first);
  target.addEventListener("t", first, true);
  target.dispatchEvent(new Event("t"));
  target.removeEventListener("t", first);
  target.removeEventListener("t", first, true);
  target.addEventListener("t", first);
  target.dispatchEvent(new Event("t"));
  assert.deepEqual(order, ["captured", "first", "first", "second", "captured", "first"]);
});

test("listeners that go and come while one of many runs", () => {
  const target = new EventTarget();
  for (let i = 0; i < 100; i++) target.addEventListener("u", () => {});
  const order: number[] = [];
  const late = () => void order.push(3);
  const gone = () => void order.push(2);
  target.addEventListener("t", () => {
    order.push(1);
    target.removeEventListener("t", gone);
    target.addEventListener("t", late);
  });
  target.addEventListener("t", gone);
  target.dispatchEvent(new Event("t"));
  assert.deepEqual(order, [1]);
  target.dispatchEvent(new Event("t"));
  assert.deepEqual(order, [1, 1, 3]);
});
