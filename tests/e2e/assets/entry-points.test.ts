// Assets of apps that others call by entry points and methods: files come before the app's `fetch`, and before
// nothing else of its code.

import assert from "node:assert/strict";
import { test } from "node:test";
import { request } from "../../../tools/harness/http.ts";
import { buildApps } from "../lib/apps.ts";
import { serve } from "../lib/server.ts";

const SHOP = `
  import { WorkerEntrypoint } from "cloudflare:workers";
  export default class extends WorkerEntrypoint {
    fetch() { return new Response("code"); }
    total(...numbers) { return numbers.reduce((sum, number) => sum + number, 0); }
  }
  export class Admin extends WorkerEntrypoint {
    fetch() { return new Response("admin " + JSON.stringify(this.ctx.props)); }
    list() { return ["a", "b"]; }
  }`;

const CALLER = `export default {
  async fetch(request, { SHOP, PROPS, ADMIN, PAGES, ENTRY, ASSETS }) {
    const page = async (service) => (await service.fetch("http://any.example/page.txt")).text();
    const told = (call) => call.then(String, (error) => error.name + ": " + error.message);
    const entry = await ENTRY.fetch("http://any.example/page.txt");
    return Response.json({
      files: [await page(SHOP), await page(PROPS), await page(PAGES), await page(ASSETS)],
      code: [await (await SHOP.fetch("http://any.example/other")).text(), await page(ADMIN)],
      methods: [await SHOP.total(1, 2), await ADMIN.list()],
      none: [entry.status, await entry.text(), await told(PAGES.total()), await told(ASSETS.total())],
    });
  },
};`;

for (const isolation of ["shared", "process"] as const) {
  test(`files answer calls of an app's fetch, and none of its entry points, isolation ${isolation}`, async (t) => {
    const { dist, config } = await buildApps(t, {
      shop: {
        files: {
          "index.ts": SHOP,
          "public/page.txt": "the shop's file",
          "public/total": "a file",
          "public/list": "a file",
          "public/_redirects": "/total /page.txt\n/list /page.txt\n",
        },
        assets: "public",
        isolation,
      },
      pages: { files: { "public/page.txt": "alone" }, assets: "public", isolation },
      caller: {
        files: { "index.ts": CALLER, "public/page.txt": "own" },
        assets: "public",
        services: {
          SHOP: "shop",
          PROPS: { app: "shop", props: { a: 1 } },
          ADMIN: { app: "shop", entrypoint: "Admin", props: { a: 1 } },
          PAGES: "pages",
          ENTRY: { app: "pages", entrypoint: "Admin" },
        },
      },
    });
    const server = await serve(t, dist, { config });
    assert.deepEqual((await request(server, "caller.test", "/call")).json, {
      files: ["the shop's file", "the shop's file", "alone", "own"],
      code: ["code", 'admin {"a":1}'],
      methods: [3, ["a", "b"]],
      none: [
        404,
        "The app has no entry points: it is files alone.\n",
        "TypeError: total() of the service PAGES gave nothing: the server answered 404 in its place, and its log says why",
        "TypeError: ASSETS has no method 'total': it is the app's files, which have fetch() alone",
      ],
    });
  });
}
