// Collections that grow: what they hold, in which order, and what changes while they are gone through. That
// their cost is linear is tested from outside: growth-cases.ts.
import { assert, test } from "./harness.ts";

function manyHeaders(count: number): Headers {
  return new Headers(Array.from({ length: count }, (_, i) => [`x-${i}`, "v"]));
}

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
