// What an app is told that asks for its own files while it is built.

import assert from "node:assert/strict";
import { test } from "node:test";
import { build, workspace } from "../lib/apps.ts";

const CODE = `export default {
  async fetch(request, env) {
    const page = await env.ASSETS.fetch(request);
    return new Response(await page.text());
  },
};`;
const LACK =
  "`env.ASSETS` is not there while the app is built: its files can be asked for once it is served";

test("requests that ask for files while an app is built say why there are none", async (t) => {
  const files = { "index.ts": CODE, "public/index.html": "page" };
  const assets = { directory: "public", run_worker_first: true };
  const made = workspace(t, {
    first: { files, assets },
    warmed: { files, assets, warmup: ["/"] },
    without: { files: CODE },
  });
  const { stdout, stderr } = await build(made);
  const told = (stdout + stderr).replaceAll(/\s+/g, " ");
  assert.ok(
    told.includes(`first: the first request, GET /, was answered with 500 (${LACK}): TypeError`),
    told,
  );
  assert.match(told, /the warm-up request GET \/ failed: TypeError/);
  assert.ok(told.includes(`The app was built. ${LACK}. Take the request out of \`warmup\``), told);
  // Of an app without files nobody knows what it asked.
  assert.match(told, /without: the first request, GET \/, was answered with 500: TypeError/);
});
