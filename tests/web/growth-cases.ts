// Work on a number of items, for tests/e2e/growth.test.ts: an app that does one of them for each request,
// `?work=NAME&count=N`, so that what it costs can be measured from outside.
import { assert } from "./harness.ts";

/** Prepares work on a number of items, and gives the part that grows with it. */
type Work = (count: number) => () => unknown;

const works = new Map<string, Work>();

function times(count: number, run: (i: number) => unknown): () => void {
  return () => {
    for (let i = 0; i < count; i++) run(i);
  };
}

function manyHeaders(count: number): Headers {
  return new Headers(Array.from({ length: count }, (_, i) => [`x-${i}`, "v"]));
}

works.set("Headers.append, distinct names", (count) => {
  const headers = new Headers();
  return times(count, (i) => headers.append(`x-${i}`, "v"));
});
works.set("Headers.append, one name", (count) => {
  const headers = new Headers();
  return times(count, () => headers.append("set-cookie", "a=b"));
});
works.set("Headers.set, distinct names", (count) => {
  const headers = new Headers();
  return times(count, (i) => headers.set(`x-${i}`, "v"));
});
works.set("Headers.get and has", (count) => {
  const headers = manyHeaders(count);
  return times(count, (i) => headers.get(`x-${i}`) === "v" && headers.has(`y-${i}`));
});
works.set("Headers.delete", (count) => {
  const headers = manyHeaders(count);
  return times(count, (i) => headers.delete(`x-${i}`));
});
works.set("Headers that change while they are iterated over", (count) => {
  const headers = manyHeaders(count);
  return () => {
    for (const [name, value] of headers) headers.set(name, `${value}!`);
  };
});

works.set("addEventListener and removeEventListener, distinct types", (count) => {
  const target = new EventTarget();
  const listener = () => {};
  return () => {
    for (let i = 0; i < count; i++) target.addEventListener(`t${i}`, listener);
    for (let i = 0; i < count; i++) target.dispatchEvent(new Event(`t${i}`));
    for (let i = 0; i < count; i++) target.removeEventListener(`t${i}`, listener);
  };
});
works.set("addEventListener and removeEventListener, one type", (count) => {
  const target = new EventTarget();
  const listeners = Array.from({ length: count }, () => () => {});
  return () => {
    for (let i = 0; i < count; i++) target.addEventListener("t", listeners[i]!);
    target.dispatchEvent(new Event("t"));
    for (let i = 0; i < count; i++) target.removeEventListener("t", listeners[i]!);
  };
});
works.set("listeners for once", (count) => {
  const target = new EventTarget();
  for (let i = 0; i < count; i++) target.addEventListener("t", () => {}, { once: true });
  return () => target.dispatchEvent(new Event("t"));
});
works.set("listeners of the global object", (count) => {
  const listener = () => {};
  return () => {
    for (let i = 0; i < count; i++) addEventListener(`t${i}`, listener);
    for (let i = 0; i < count; i++) removeEventListener(`t${i}`, listener);
  };
});
works.set("listeners that a signal removes", (count) => {
  const target = new EventTarget();
  const controller = new AbortController();
  const { signal } = controller;
  return () => {
    for (let i = 0; i < count; i++) target.addEventListener(`t${i}`, () => {}, { signal });
    controller.abort();
  };
});
works.set("signals that depend on one", (count) => {
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
works.set("a signal that depends on many", (count) => {
  const controllers = Array.from({ length: count }, () => new AbortController());
  return () => {
    const any = AbortSignal.any(controllers.map(({ signal }) => signal));
    for (let i = 0; i < count; i++) any.addEventListener("abort", () => {});
    controllers[count - 1]!.abort();
    assert.ok(any.aborted);
  };
});

works.set("URLSearchParams.append", (count) => {
  const params = new URLSearchParams();
  return times(count, (i) => params.append(`x-${i}`, "v"));
});
works.set("append to the query of a URL", (count) => {
  const url = new URL("http://a.example/?a=b#c");
  return () => {
    for (let i = 0; i < count; i++) url.searchParams.append(`x-${i}`, "v");
    assert.ok(url.href.length > 6 * count);
  };
});
works.set("URLSearchParams of a record with lone surrogates", (count) => {
  const record: Record<string, string> = {};
  for (let i = 0; i < count; i++) record[`\ud800${i}`] = "v";
  return () => assert.equal(new URLSearchParams(record).size, count);
});
works.set("parameters of a MIME type", (count) => {
  const names = Array.from({ length: count }, (_, i) => `a${i}=b`);
  const response = new Response("", { headers: { "content-type": `a/b;${names.join(";")}` } });
  return () => response.clone().blob();
});
works.set("FormData.append", (count) => {
  const form = new FormData();
  return times(count, (i) => form.append(`x-${i}`, "v"));
});
works.set("slices of a Blob of many parts", (count) => {
  const blob = new Blob(Array.from({ length: count }, () => "part"));
  return () => assert.equal(blob.slice(4, -4).size, 4 * count - 8);
});

/** Without a name, the names. */
export default {
  async fetch(request: Request): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const name = searchParams.get("work");
    if (name === null) return Response.json([...works.keys()]);
    await works.get(name)!(Number(searchParams.get("count")))();
    return new Response("done");
  },
};
