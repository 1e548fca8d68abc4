// Which file answers which path: each html_handling with each not_found_handling, run_worker_first, _redirects,
// _headers and .assetsignore, by the rules of Cloudflare's static assets.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { request } from "../../../tools/harness/http.ts";
import { build, nanocBuild, workspace, type App } from "../lib/apps.ts";
import { serve, type Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";

const HTML = [
  "auto-trailing-slash",
  "force-trailing-slash",
  "drop-trailing-slash",
  "none",
] as const;
const NOT_FOUND = ["none", "404-page", "single-page-application"] as const;

const PAGES = {
  "public/index.html": "home",
  "public/about.html": "about",
  "public/docs/index.html": "docs",
  "public/404.html": "missing",
  "public/docs/404.html": "missing docs",
};

/** What is answered to a path: a page's text, or "→" and where it is. */
const PAGES_BY_HANDLING: Record<(typeof HTML)[number], Record<string, string>> = {
  "auto-trailing-slash": {
    "/": "home",
    "/index": "→ /",
    "/index.html": "→ /",
    "/about": "about",
    "/about/": "→ /about",
    "/about.html": "→ /about",
    "/docs": "→ /docs/",
    "/docs/": "docs",
    "/docs/index": "→ /docs/",
    "/docs/index.html": "→ /docs/",
  },
  "force-trailing-slash": {
    "/": "home",
    "/index.html": "→ /",
    "/about": "→ /about/",
    "/about/": "about",
    "/about.html": "→ /about/",
    "/docs": "→ /docs/",
    "/docs/": "docs",
    "/docs/index.html": "→ /docs/",
  },
  "drop-trailing-slash": {
    "/": "home",
    "/index.html": "→ /",
    "/about": "about",
    "/about/": "→ /about",
    "/about.html": "→ /about",
    "/docs": "docs",
    "/docs/": "→ /docs",
    "/docs/index.html": "→ /docs",
  },
  none: {
    "/index.html": "home",
    "/about.html": "about",
    "/docs/index.html": "docs",
  },
};

const MISSING: Record<
  (typeof NOT_FOUND)[number],
  Record<string, [status: number, text: string]>
> = {
  none: { "/x": [404, "Not Found\n"], "/docs/x/y": [404, "Not Found\n"] },
  "404-page": { "/x": [404, "missing"], "/docs/x/y": [404, "missing docs"] },
  "single-page-application": { "/x": [200, "home"], "/docs/x/y": [200, "home"] },
};

const CODE = `export default {
  fetch: (request) => new Response("code " + new URL(request.url).pathname),
};`;
/** Lets those pass who say a word; `/many` asks for more files than it might make calls. */
const GATE = `export default {
  async fetch(request, env) {
    if (new URL(request.url).pathname === "/many") {
      let size = 0;
      for (let i = 0; i < 10; i++) {
        const response = await env.ASSETS.fetch("http://any.example/text.txt");
        size += (await response.arrayBuffer()).byteLength;
      }
      return new Response(String(size));
    }
    if (!request.headers.has("x-word")) return new Response("no", { status: 403 });
    return env.ASSETS.fetch(request);
  },
};`;
const NAVIGATION = { "sec-fetch-mode": "navigate" };

describe("the routes of assets", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    const apps: Record<string, App> = {};
    for (const html of HTML) {
      for (const missing of NOT_FOUND) {
        apps[`${html}-${missing}`] = {
          files: PAGES,
          assets: { directory: "public", html_handling: html, not_found_handling: missing },
        };
      }
    }
    apps.spa = {
      files: { ...PAGES, "index.ts": CODE },
      assets: { directory: "public", not_found_handling: "single-page-application" },
    };
    apps.first = {
      files: { ...PAGES, "index.ts": CODE },
      assets: { directory: "public", run_worker_first: true },
    };
    apps.some = {
      files: { ...PAGES, "public/api/docs/a.txt": "file", "index.ts": CODE },
      assets: { directory: "public", run_worker_first: ["!/api/docs/*", "/api/*", "/about"] },
    };
    apps.gate = {
      files: { ...PAGES, "public/text.txt": "text ".repeat(500), "index.ts": GATE },
      assets: { directory: "public", run_worker_first: true, not_found_handling: "404-page" },
      limits: { subrequests: 2 },
    };
    apps.rules = {
      files: {
        ...PAGES,
        "public/_redirects": [
          "# comment",
          "/old /about 301",
          "/blog/* https://blog.example/:splat",
          "/users/:id/posts /about?user=:id 307",
          "/shown/* /about 200",
          "/about.html /elsewhere",
        ].join("\n"),
        "public/_headers": [
          "/*",
          "  X-Frame-Options: DENY",
          "/docs/*",
          "  Cache-Control: no-store",
          "  ! ETag",
          "https://rules.test/about",
          "  X-Host: it",
        ].join("\n"),
        "public/.assetsignore": "*.map\n!keep.map\nprivate/\n/top.txt\n",
        "public/a.map": "ignored",
        "public/keep.map": "kept",
        "public/private/x.txt": "ignored",
        "public/top.txt": "ignored",
        "public/docs/top.txt": "served",
        "public/.env": "SECRET=1",
        "public/.well-known/security.txt": "mailto",
      },
      assets: "public",
    };
    const made = workspace(scope, apps);
    await build(made);
    server = await serve(scope, made.dist, { config: made.config });
  });

  const ask = (app: string, path: string, headers: Record<string, string> = {}, method = "GET") =>
    request(server, `${app}.test`, path, { headers, method });
  const shown = async (app: string, path: string) => {
    const { status, text, header } = await ask(app, path).then((response) => ({
      status: response.status,
      text: response.text,
      header: response.header("location"),
    }));
    return status === 307 ? `→ ${header}` : text;
  };

  for (const html of HTML) {
    for (const missing of NOT_FOUND) {
      test(`html_handling ${html}, not_found_handling ${missing}`, async () => {
        const app = `${html}-${missing}`;
        for (const [path, expected] of Object.entries(PAGES_BY_HANDLING[html])) {
          assert.equal(await shown(app, path), expected, path);
        }
        for (const [path, [status, text]] of Object.entries(MISSING[missing])) {
          const response = await ask(app, path);
          assert.deepEqual([response.status, response.text], [status, text], path);
        }
        if (html === "none" && missing !== "single-page-application") {
          assert.equal((await ask(app, "/about")).status, 404);
        }
      });
    }
  }

  test("redirects keep the query", async () => {
    const response = await ask("auto-trailing-slash-none", "/docs?a=1&b");
    assert.equal(response.header("location"), "/docs/?a=1&b");
  });

  test("a browser that goes to a page gets the page that is set, all else the code", async () => {
    assert.equal((await ask("spa", "/x", NAVIGATION)).text, "home");
    assert.equal((await ask("spa", "/x")).text, "code /x");
    assert.equal((await ask("spa", "/about", NAVIGATION)).text, "about");
    assert.equal((await ask("spa", "/form", NAVIGATION, "POST")).text, "code /form");
  });

  test("the code first, always or for some paths", async () => {
    assert.equal((await ask("first", "/about")).text, "code /about");
    assert.equal((await ask("first", "/x", NAVIGATION)).text, "code /x");
    assert.equal((await ask("some", "/about")).text, "code /about");
    assert.equal((await ask("some", "/docs/")).text, "docs");
    assert.equal((await ask("some", "/api/x")).text, "code /api/x");
    assert.equal((await ask("some", "/api/docs/a.txt")).text, "file");
    // An exception is for files alone.
    assert.equal((await ask("some", "/api/docs/x")).status, 404);
    assert.equal((await ask("some", "/api/docs/../x")).text, "code /api/x");
    assert.equal((await ask("some", "/x")).text, "code /x");
  });

  test("code that lets requests pass to the files", async () => {
    const pass = (path: string, more: Record<string, string> = {}, method = "GET") =>
      ask("gate", path, { "x-word": "1", ...more }, method);
    assert.equal((await ask("gate", "/about")).status, 403);
    assert.equal((await pass("/about")).text, "about");
    assert.equal((await pass("/about.html")).header("location"), "/about");
    const missing = await pass("/x");
    assert.deepEqual([missing.status, missing.text], [404, "missing"]);
    const text = await pass("/text.txt", { "accept-encoding": "gzip" });
    assert.equal(text.header("content-encoding"), "gzip");
    assert.equal(gunzipSync(text.body).toString(), "text ".repeat(500));
    const etag = text.header("etag")!;
    const same = await pass("/text.txt", { "accept-encoding": "gzip", "if-none-match": etag });
    assert.deepEqual([same.status, same.header("etag")], [304, etag]);
    const part = await pass("/text.txt", { range: "bytes=5-8" });
    assert.deepEqual([part.status, part.text], [206, "text"]);
    assert.equal(part.header("content-range"), "bytes 5-8/2500");
    const head = await pass("/text.txt", { "accept-encoding": "identity" }, "HEAD");
    assert.equal(head.header("content-length"), "2500");
    assert.equal((await pass("/about", {}, "POST")).status, 405);
    // They are no calls to others.
    assert.equal((await pass("/many")).text, "25000");
  });

  test("_redirects come before files", async () => {
    const sent = async (path: string) => {
      const response = await ask("rules", path);
      return `${response.status} ${response.header("location")}`;
    };
    assert.equal(await sent("/old?q=1"), "301 /about?q=1");
    assert.equal(await sent("/blog/2026/a"), "302 https://blog.example/2026/a");
    assert.equal(await sent("/users/7/posts"), "307 /about?user=7");
    assert.equal(await sent("/about.html"), "302 /elsewhere");
    assert.equal((await ask("rules", "/shown/deep/path")).text, "about");
    for (const path of ["/_redirects", "/_headers", "/.assetsignore"]) {
      assert.equal((await ask("rules", path)).status, 404);
    }
  });

  test("_headers add fields and take them away", async () => {
    const about = await ask("rules", "/about");
    assert.equal(about.header("x-frame-options"), "DENY");
    assert.equal(about.header("x-host"), "it");
    assert.ok(about.header("etag") !== undefined);
    const docs = await ask("rules", "/docs/");
    assert.equal(docs.header("x-frame-options"), "DENY");
    assert.equal(docs.header("x-host"), undefined);
    assert.equal(docs.header("cache-control"), "no-store");
    assert.equal(docs.header("etag"), undefined);
    assert.equal((await ask("rules", "/old")).header("x-frame-options"), "DENY");
  });

  test(".assetsignore leaves files out, and private ones are never in", async () => {
    for (const path of ["/a.map", "/private/x.txt", "/top.txt", "/.env"]) {
      assert.equal((await ask("rules", path)).status, 404, path);
    }
    assert.equal((await ask("rules", "/keep.map")).text, "kept");
    assert.equal((await ask("rules", "/docs/top.txt")).text, "served");
    assert.equal((await ask("rules", "/.well-known/security.txt")).text, "mailto");
  });
});

describe("builds with assets", () => {
  const building = async (
    t: Parameters<typeof workspace>[0],
    app: App,
    args: string[] = [],
    status = 0,
  ) => {
    const made = workspace(t, { app });
    const result = await nanocBuild([made.directory, "-o", made.dist, ...args]);
    assert.equal(result.status, status, result.stderr + result.stdout);
    return result;
  };

  test("the summary has them", async (t) => {
    const files = {
      "public/a.txt": "a".repeat(2000),
      "public/b.map": "",
      "public/.assetsignore": "*.map",
    };
    const { stdout } = await building(t, { files, assets: "public" }, ["--json"]);
    const [app] = (JSON.parse(stdout) as { apps: { assets: Record<string, number> }[] }).apps;
    assert.partialDeepStrictEqual(app!.assets, { files: 1, bytes: 2000, ignored: 1 });
    const shown = await building(t, { files: { ...files, "index.ts": CODE }, assets: "public" });
    assert.match(shown.stdout + shown.stderr, /assets[^]*1 file, 2\.0 kB/);
  });

  for (const [what, app, said] of [
    ["a folder that is not there", { files: CODE, assets: "public" }, /there is no such folder/],
    [
      "code among the files",
      { files: { "index.ts": CODE, "a.txt": "" }, assets: "." },
      /index\.ts[^]*the app's code is in the folder of its assets/,
    ],
    [
      "a Pages project's code",
      { files: { "index.ts": CODE, "public/_worker.js": CODE }, assets: "public" },
      /_worker\.js[^]*given to everybody/,
    ],
    [
      "a name in `env` twice",
      { files: { "index.ts": CODE, "public/a": "" }, assets: "public", env: { ASSETS: "1" } },
      /assets and a variable by the name 'ASSETS'/,
    ],
    [
      "the name of a public variable",
      { files: { "index.ts": CODE, "public/a": "" }, assets: "public", build_env: { ASSETS: "1" } },
      /assets and a variable by the name 'ASSETS'/,
    ],
    [
      "a word that is none",
      { files: { "public/a": "" }, assets: { directory: "public", html_handling: "auto" } },
      /'auto' is none of its values/,
    ],
    [
      "a number for a word",
      { files: { "public/a": "" }, assets: { directory: "public", not_found_handling: 404 } },
      /'404' is none of its values[^]*`404-page`/,
    ],
    [
      "a path in the place of a list",
      { files: { "public/a": "" }, assets: { directory: "public", run_worker_first: "/api/*" } },
      /a list of paths[^]*Write \["\/api\/\*"\]/,
    ],
    [
      "a file in the place of a folder",
      { files: { "public/a": "" }, assets: "public/a" },
      /it is a file[^]*Name the folder/,
    ],
  ] as const) {
    test(`${what}: an error says what to do`, async (t) => {
      const { stderr, stdout } = await building(t, app as unknown as App, [], 1);
      assert.match(stderr + stdout, said);
    });
  }

  test("a rule that is none is told with its line, and passed over", async (t) => {
    const files = { "public/a.txt": "", "public/_redirects": "/a /b\n/c\n/d /e 999\n" };
    const { stderr, stdout } = await building(t, { files, assets: "public" });
    assert.match(stderr + stdout, /_redirects:2/);
    assert.match(stderr + stdout, /_redirects:3/);
  });

  test("what cannot do what it says is told", async (t) => {
    const files = { "public/a.txt": "", "public/_redirects": "/* /index.html 200\n" };
    const assets = {
      directory: "public",
      run_worker_first: true,
      not_found_handling: "single-page-application",
    } as const;
    const { stderr } = await building(t, { files, assets });
    assert.match(stderr, /`not_found_handling: single-page-application`\./);
    assert.match(stderr, /there is no index\.html in it/);
    assert.match(stderr, /`run_worker_first` has no effect/);
  });
});
