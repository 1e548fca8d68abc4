// Projects of the shapes that Cloudflare's templates with files have: each html_handling and not_found_handling, with
// and without code and a binding.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { asker, built, COMMON, project, SHOW_ENV, type Files } from "./lib.ts";

const PAGES: Files = {
  "public/index.html": "home",
  "public/about.html": "about",
  "public/docs/index.html": "docs",
  "public/404.html": "missing",
};

/** By html_handling: what is answered; "→" is a redirect. */
const HTML: Record<string, Record<string, string>> = {
  "auto-trailing-slash": {
    "/about": "about",
    "/about/": "→ /about",
    "/docs": "→ /docs/",
    "/docs/": "docs",
  },
  "force-trailing-slash": {
    "/about": "→ /about/",
    "/about/": "about",
    "/docs": "→ /docs/",
    "/docs/": "docs",
  },
  "drop-trailing-slash": {
    "/about": "about",
    "/about/": "→ /about",
    "/docs": "docs",
    "/docs/": "→ /docs",
  },
  none: {
    "/about.html": "about",
    "/docs/index.html": "docs",
    "/about": "missing",
    "/docs": "missing",
  },
};

/** By not_found_handling: status and text for a path that is not there. */
const NOT_FOUND: Record<string, [number, string]> = {
  none: [404, ""],
  "404-page": [404, "missing"],
  "single-page-application": [200, "home"],
};

describe("shapes of wrangler projects with files", () => {
  for (const [handling, answers] of Object.entries(HTML)) {
    test(`assets alone, html_handling ${handling}`, async (t) => {
      const directory = project(t, PAGES, {
        ...COMMON,
        assets: { directory: "./public", html_handling: handling, not_found_handling: "404-page" },
      });
      const ask = await asker(t, await built(directory));
      for (const [path, expected] of Object.entries(answers)) {
        const response = await ask(path);
        const place = response.header("location");
        assert.equal(place === undefined ? response.text : `→ ${place}`, expected, path);
      }
    });
  }

  for (const [handling, [status, text]] of Object.entries(NOT_FOUND)) {
    test(`assets alone, not_found_handling ${handling}`, async (t) => {
      const directory = project(t, PAGES, {
        ...COMMON,
        assets: { directory: "public", not_found_handling: handling },
      });
      const ask = await asker(t, await built(directory));
      const response = await ask("/nowhere");
      assert.equal(response.status, status);
      if (text) assert.equal(response.text, text);
      assert.equal((await ask("/")).text, "home");
    });
  }

  test("an index.ts beside a wrangler file that names no code is no app", async (t) => {
    const directory = project(
      t,
      { ...PAGES, "index.ts": `throw new Error("not meant");` },
      { ...COMMON, assets: { directory: "public" } },
    );
    const ask = await asker(t, await built(directory));
    assert.equal((await ask("/")).text, "home");
  });

  test("assets with a binding, and code for what is no file", async (t) => {
    const directory = project(
      t,
      {
        ...PAGES,
        "worker.js": `export default { async fetch(request, env) {
          if (new URL(request.url).pathname === "/page")
            return new Response("via code: " + await (await env.ASSETS.fetch(new URL("/about", request.url))).text());
          return new Response("code"); } };`,
      },
      { ...COMMON, main: "worker.js", assets: { directory: "public", binding: "ASSETS" } },
    );
    const ask = await asker(t, await built(directory));
    assert.equal((await ask("/about")).text, "about");
    assert.equal((await ask("/page")).text, "via code: about");
    assert.equal((await ask("/other")).text, "code");
  });

  test("assets without a binding are not in env", async (t) => {
    const directory = project(
      t,
      { ...PAGES, "worker.js": SHOW_ENV },
      { ...COMMON, main: "worker.js", assets: { directory: "public" } },
    );
    const ask = await asker(t, await built(directory));
    assert.deepEqual((await ask("/x")).json, { assets: "undefined" });
  });

  for (const [first, answers] of [
    [true, { "/about": "code", "/api/x": "code", "/api/docs/y": "code" }],
    [
      ["/api/*", "!/api/docs/*"],
      { "/about": "about", "/api/x": "code", "/api/docs/about": "file" },
    ],
  ] as const) {
    test(`run_worker_first: ${JSON.stringify(first)}`, async (t) => {
      const directory = project(
        t,
        {
          ...PAGES,
          "public/api/x": "file",
          "public/api/docs/about": "file",
          "worker.js": `export default { fetch: () => new Response("code") };`,
        },
        { ...COMMON, main: "worker.js", assets: { directory: "public", run_worker_first: first } },
      );
      const ask = await asker(t, await built(directory));
      for (const [path, text] of Object.entries(answers))
        assert.equal((await ask(path)).text, text);
    });
  }
});
