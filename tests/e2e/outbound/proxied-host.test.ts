// A proxy that goes by Host, against RFC 9112, section 3.2.2, is no way around what an app may call.

import assert from "node:assert/strict";
import { test } from "node:test";
import { run, serveInside } from "../lib/inside.ts";
import { answering, response } from "../lib/origin.ts";
import { suiteScope } from "../lib/temporary.ts";

const scope = suiteScope();

test("a proxy that is asked for a whole URL gets the Host of that", async () => {
  const proxy = await answering(scope, (request) =>
    response(200, {}, `${request.target} ${request.header("host")}`),
  );
  const outbound = { allow: ["a.test"], proxy: proxy.url };
  const server = await serveInside(scope, { outbound });
  const seen = await run(server, async () => {
    const own = await fetch("http://a.test/x", { headers: { host: "b.test" } });
    return own.text();
  });
  assert.equal(seen, "http://a.test:80/x a.test");
});
