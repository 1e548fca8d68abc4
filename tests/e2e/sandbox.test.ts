// What workers have given up, seen from outside; that nothing they need is among it is what all the
// other tests see. What they cannot do is tried in tests/unit/server/sandbox/.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { buildApps } from "./lib/apps.ts";
import { Authority } from "./lib/certificates.ts";
import { cannotHold } from "./lib/held.ts";
import { answering, response } from "./lib/origin.ts";
import { request } from "../../tools/harness/http.ts";
import { nano } from "../../tools/harness/paths.ts";
import { until } from "../../tools/harness/wait.ts";
import { serve, type LogLine, type Server } from "./lib/server.ts";
import { Swapping } from "./lib/swapping.ts";

const HELLO = `export default { fetch: () => new Response("hello") };`;

/** Lines of a file in /proc, by what stands before the tab. */
function statusOf(pid: number): Record<string, string> {
  const lines = readFileSync(`/proc/${pid}/status`, "utf8").trim().split("\n");
  return Object.fromEntries(lines.map((line) => line.split(/:\s*/, 2) as [string, string]));
}

const FILTERED = { Seccomp: "2", NoNewPrivs: "1", CapEff: "0000000000000000" };

function shown(pid: number) {
  const { Seccomp, NoNewPrivs, CapEff } = statusOf(pid);
  return { Seccomp, NoNewPrivs, CapEff };
}

const isSaying = ({ msg }: LogLine) => /sandbox/.test(msg);

/** What the log says of the sandbox, which is something. */
async function sayings(server: Server): Promise<LogLine[]> {
  await server.waitForLog("what workers have given up", isSaying);
  return server.log.filter(isSaying);
}

test("workers are in a sandbox, those that come later too, and the main process is not", async (t) => {
  const { dist } = await buildApps(t, { app: HELLO });
  const before = shown(process.pid);
  const server = await serve(t, dist, { workers: 2 });
  assert.equal((await request(server, "app.test", "/")).text, "hello");
  const first = server.workers();
  for (const worker of first) {
    assert.deepEqual(shown(worker), FILTERED);
    const limits = readFileSync(`/proc/${worker}/limits`, "utf8");
    assert.match(limits, /^Max core file size +[01] +[01] /m);
    const descriptors = Number(/^Max open files +\d+ +(\d+) /m.exec(limits)![1]);
    assert.ok(descriptors <= 65536 + 4 * 10000, limits);
  }
  assert.deepEqual(shown(server.pid), before);

  process.kill(first[0], "SIGKILL");
  const later = await until("a worker in its place", () => {
    const added = server.workers().find((worker) => !first.includes(worker));
    return added !== undefined && statusOf(added).Seccomp === "2" ? added : undefined;
  });
  assert.deepEqual(shown(later), FILTERED);
  assert.equal((await request(server, "app.test", "/")).text, "hello");
  const said = await sayings(server);
  assert.equal(said.length, 1);
  assert.equal(said[0].level, "info");
  assert.match(
    String(said[0].in_force),
    /no_new_privs, limits, landlock \d+, capabilities, seccomp/,
  );
});

test("it can be switched off", async (t) => {
  const { dist, config } = await buildApps(t, { app: HELLO }, { sandbox: false });
  const before = shown(process.pid);
  const server = await serve(t, dist, { config });
  assert.equal((await request(server, "app.test", "/")).text, "hello");
  for (const worker of server.workers()) assert.deepEqual(shown(worker), before);
  assert.equal(server.log.filter(isSaying).length, 0);
});

test(
  "what the system lacks is said once, and the rest is in force",
  { skip: cannotHold },
  async (t) => {
    const { dist } = await buildApps(t, { app: HELLO });
    const calls = "landlock_create_ruleset";
    const server = await serve(t, dist, {
      workers: 2,
      program: "strace",
      prefix: ["-D", "-f", "-qq", "-o", "/dev/null", "-e", `trace=${calls}`, "-e"].concat(
        `inject=${calls}:error=ENOSYS`,
        nano,
      ),
    });
    assert.equal((await request(server, "app.test", "/")).text, "hello");
    for (const worker of server.workers()) assert.deepEqual(shown(worker), FILTERED);
    const said = await sayings(server);
    assert.equal(said.length, 1);
    assert.equal(said[0].level, "warn");
    assert.match(said[0].msg, /without: landlock \(Function not implemented\)/);
  },
);

test("authorities that a reload names are read for the workers", async (t) => {
  const authority = await Authority.make(t);
  const tls = await authority.certify();
  const { url } = await answering(t, () => response(200, {}, "secured"), { tls });
  const files = `export default { async fetch(request) {
    const { searchParams } = new URL(request.url);
    try { return await fetch(searchParams.get("url")); }
    catch (error) { return new Response(String(error.cause?.code)); }
  } };`;
  const swapping = await Swapping.start(t, { app: { files, default: true } });
  const path = `/?url=${encodeURIComponent(url)}`;
  const before = await request(swapping.server, "app.test", path);
  assert.match(before.text, /UNABLE_TO|SELF_SIGNED/);
  swapping.apps.app.outbound = { ca: authority.file };
  swapping.configure();
  await swapping.reload();
  assert.equal((await request(swapping.server, "app.test", path)).text, "secured");
});
