// Whom an app may call: what nano.yaml says under outbound, asked of hosts, of addresses and of redirects.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { failureOf } from "../lib/failing.ts";
import { runAs, serveAllInside } from "../lib/inside.ts";
import { answering, response } from "../lib/origin.ts";
import type { Server } from "../lib/server.ts";
import { suiteScope } from "../lib/temporary.ts";

describe("whom an app may call", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    server = await serveAllInside(scope, {
      app: {},
      careful: { outbound: { deny: ["127.0.0.2", "localhost", "127.0.0.3:1"] } },
      closed: { outbound: "none" },
      named: { outbound: { allow: ["*.test"] } },
      open: { outbound: { allow: ["*.test", "127.0.0.1"] } },
    });
  });

  const DENIED: [string, string][] = [
    ["closed", "http://127.0.0.1:1/"],
    ["careful", "http://127.0.0.2:1/"],
    ["careful", "http://localhost:1/"],
    ["careful", "http://127.0.0.3:1/"],
    ["careful", "http://[::ffff:127.0.0.2]:1/"],
    ["careful", "http://2130706434:1/"],
    ["open", "http://127.0.0.2:1/"],
    ["named", "http://other.example/"],
    ["app", "http://169.254.169.254/latest/meta-data"],
    ["app", "http://[fe80::1]/"],
    ["app", "http://[::ffff:169.254.169.254]/"],
    ["app", "http://[fd00:ec2::254]/"],
    ["app", "http://100.100.100.200/"],
  ];
  for (const [app, url] of DENIED) {
    test(`${app} may not call ${url}`, async () => {
      assert.equal((await failureOf(server, url, app)).code, "ERR_OUTBOUND_DENIED");
    });
  }

  test("what is not denied is not", async () => {
    const { port } = await answering(scope, () => response(200, {}, "there"));
    for (const app of ["careful", "open"]) {
      const text = await runAs(
        server,
        app,
        {},
        async (_, url: string) => (await fetch(url)).text(),
        `http://127.0.0.1:${port}/`,
      );
      assert.equal(text, "there");
    }
  });

  test("nor may a redirect lead there", async () => {
    for (const location of [
      "http://127.0.0.2:1/",
      "http://169.254.169.254/",
      "http://localhost:1/",
    ]) {
      const origin = await answering(scope, () => response(302, { Location: location }));
      const { cause, message } = await runAs(
        server,
        "careful",
        {},
        (_, url: string) => tell(fetch(url)),
        origin.url,
      );
      assert.equal(cause?.code, "ERR_OUTBOUND_DENIED");
      assert.ok(message.includes(new URL(location).host), message);
    }
  });
});
