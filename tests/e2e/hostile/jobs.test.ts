// Apps whose slow work on other threads never ends, beside one that needs a little of it: nobody waits for another's.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { buildApps, type App } from "../lib/apps.ts";
import { request } from "../../../tools/harness/http.ts";
import { serve } from "../lib/server.ts";
import { until } from "../../../tools/harness/wait.ts";

// Each key takes minutes.
const FLOOD: App = {
  files: `const rsa = () => crypto.subtle.generateKey(
  { name: "RSA-OAEP", modulusLength: 16_384, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" },
  true, ["encrypt", "decrypt"]);
export default {
  async fetch({ url }: Request) {
    if (url.endsWith("/stop")) for (;;);
    await Promise.all(Array.from({ length: 20 }, rsa));
    return new Response("survived");
  },
};`,
  limits: { first_byte: "100ms", cpu: "50ms" },
};
// Digests of as much are made on another thread.
const MODEST = `export default {
  async fetch() {
    const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(4e6));
    return new Response(new Uint8Array(digest).toHex());
  },
};`;
/** More than the threads that keep the processors busy. */
const FLOODS = 6;

test("slow work of other apps keeps nobody waiting", async (t) => {
  const names = Array.from({ length: FLOODS }, (_, i) => `flood${i}`);
  const { dist } = await buildApps(t, {
    ...Object.fromEntries(names.map((name) => [name, FLOOD])),
    modest: MODEST,
  });
  const server = await serve(t, dist, { workers: 1 });
  const [worker] = await until("the worker", () => server.workers());
  const digest = createHash("sha256").update(new Uint8Array(4e6)).digest("hex");
  for (const name of names) {
    const { status } = await request(server, `${name}.test`, "/");
    assert.equal(status, 504);
  }
  for (let i = 0; i < 3; i++) {
    const { status, text } = await request(server, "modest.test", "/");
    assert.deepEqual([status, text], [200, digest]);
  }
  // What nobody needs any more is given up: the threads take other work, or end.
  for (const name of names) {
    const response = await request(server, `${name}.test`, "/stop");
    assert.equal(response.header("nano-error"), "cpu-limit");
  }
  assert.deepEqual(server.workers(), [worker]);
});
