// What a build says of a first request that got no answer: why, and where it is stuck.

import assert from "node:assert/strict";
import { test } from "node:test";
import { nanocBuild, workspace } from "./lib/apps.ts";

const cases = [
  [
    "a loop",
    `import { spin } from "./lib";
export default {
  async fetch() {
    console.error("so far");
    await null;
    spin();
  },
};`,
    /got no answer: its script is still running after 3 s\n +at spin \(\S*lib\.ts:3:3\)\n +at fetch \(\S*index\.ts:6:5\)\n +so far\n/,
  ],
  [
    "a regular expression",
    `export default { fetch() { return new Response(String(/^(a+)+$/.test("a".repeat(60) + "b"))); } };`,
    /got no answer: its script is still running after 3 s\n +at fetch \(\S*index\.ts:1:\d+\)\n/,
  ],
  [
    "a promise",
    `export default { fetch() { return new Promise(() => {}); } };`,
    /got no answer: the promise of its answer has not settled after 3 s\n/,
  ],
  [
    "a body",
    `export default { fetch() { return new Response(new ReadableStream({
      start(c) { c.enqueue(new Uint8Array(9)); } })); } };`,
    /got no answer: the answer's body has not come to an end after 3 s\n/,
  ],
  [
    "memory",
    `export default { fetch() { for (const a = []; ; ) a.push(new Array(1000).fill(1)); } };`,
    /got no answer: (it passed its `limits\.memory`|the app was stopped: it reached its memory limit)/,
  ],
] as const;

for (const [what, source, expected] of cases) {
  test(`what the first request waits for: ${what}`, { concurrency: true }, async (t) => {
    const made = workspace(t, {
      app: {
        limits: { memory: "32MiB" }, // Which takes no seconds to fill.
        files: {
          "index.ts": source,
          "lib.ts": `export function spin() {
  let i = 0;
  for (;;) i++;
}`,
        },
      },
    });
    const { status, stdout, stderr } = await nanocBuild([".", "-o", "dist"], {
      cwd: made.directory,
    });
    assert.equal(status, 0, stderr);
    assert.match(stdout, expected);
    assert.match(stdout, /The app was built\. Served, it would not answer such a request either/);
  });
}
