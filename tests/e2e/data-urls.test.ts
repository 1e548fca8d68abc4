// fetch() of data: URLs against the vectors of Web Platform Tests, which are no tests by themselves. WPT_DIR
// names the copy of the suite.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, test } from "node:test";
import { buildApps } from "./lib/apps.ts";
import { request } from "../../tools/harness/http.ts";
import { root } from "../../tools/harness/paths.ts";
import { serve } from "./lib/server.ts";

const suite = resolve(root, process.env.WPT_DIR ?? "../shared/wpt");
const vectors = join(suite, "fetch/data-urls/resources");
/** WPT_REQUIRED=1 lets the test fail where there is none. */
const skip =
  existsSync(vectors) || process.env.WPT_REQUIRED === "1"
    ? false
    : `SKIPPED: there is no ${vectors}; WPT_DIR names a copy of the suite`;

/** Runs inside the app: [url, expected Content-Type or null for an error, bytes] → what was wrong. */
const app = `
  import dataUrls from "./data-urls.json";
  import base64 from "./base64.json";

  async function check(url, type, body) {
    const shown = JSON.stringify(url);
    let response;
    try {
      response = await fetch(url);
    } catch (error) {
      if (type === null && error instanceof TypeError) return [];
      return [shown + " failed: " + error];
    }
    const found = [response.headers.get("content-type"), [...(await response.bytes())].join()];
    if (type === null) return [shown + " was fetched"];
    const expected = [type, body.join()];
    return found.join(" ") === expected.join(" ") ? [] : [shown + " gave " + found.join(" ")];
  }

  export default {
    async fetch() {
      const failures = [];
      for (const [url, type, body] of dataUrls) {
        // Without a body: an error.
        failures.push(...(await check(url, body === undefined ? null : type, body)));
      }
      for (const [text, bytes] of base64) {
        const type = bytes === null ? null : "text/plain;charset=US-ASCII";
        failures.push(...(await check("data:;base64," + text, type, bytes)));
      }
      return Response.json({ count: dataUrls.length + base64.length, failures });
    },
  };
`;

describe("data: URLs", () => {
  test("the vectors of Web Platform Tests", { skip }, async (t) => {
    const files = {
      "index.js": app,
      "data-urls.json": readFileSync(join(vectors, "data-urls.json"), "utf8"),
      "base64.json": readFileSync(join(vectors, "base64.json"), "utf8"),
    };
    const { dist } = await buildApps(t, { vectors: { files } });
    const server = await serve(t, dist);
    const { text } = await request(server, "vectors.test", "/");
    const report = JSON.parse(text) as { count: number; failures: string[] };
    assert.deepEqual(report.failures, []);
    assert.ok(report.count > 100, `${report.count} vectors`);
  });
});
