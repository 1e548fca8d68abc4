// Profiles of apps that run (`nano ctl profile`): what is in them, and every way to end early.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { request } from "../../tools/harness/http.ts";
import { nano } from "../../tools/harness/paths.ts";
import { until } from "../../tools/harness/wait.ts";
import { run, type Finished } from "./lib/program.ts";
import type { Server } from "./lib/server.ts";
import { Swapping } from "./lib/swapping.ts";
import { temporaryFolder } from "./lib/temporary.ts";

interface Node {
  id: number;
  callFrame: { functionName: string; url: string; lineNumber: number };
  hitCount: number;
  children?: number[];
  positionTicks?: { line: number; ticks: number }[];
}
interface CpuProfile {
  nodes: Node[];
  startTime: number;
  endTime: number;
  samples: number[];
  timeDeltas: number[];
}

const SHOP = {
  "index.ts": `import { fibonacci } from "./math.ts";
class KeptForTheTest { field = "a secret of the app"; }
const kept: KeptForTheTest[] = [];
export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/keep") for (let i = 0; i < 1234; i++) kept.push(new KeptForTheTest());
    if (pathname === "/spin") for (;;);
    if (pathname === "/hot") return new Response(String(fibonacci(24)));
    return new Response("fine");
  },
};`,
  "math.ts": `// Lines that are in no bundle.
export interface Unused {
  field: string;
}

export function fibonacci(n: number): number {
  return n < 2
    ? n
    : fibonacci(n - 1) + fibonacci(n - 2);
}
`,
};

const start = (t: Parameters<typeof Swapping.start>[0], workers = 1) =>
  Swapping.start(
    t,
    {
      shop: { files: SHOP, limits: { cpu: "300ms" } },
      other: { files: `export default { fetch: () => new Response("other") };` },
    },
    { workers },
    { drain_timeout: "200ms" },
  );

function profile(made: Swapping, args: string[], cwd = "/"): Promise<Finished> {
  const admin = join(made.made.directory, "nano.sock");
  return run(nano, ["ctl", "profile", ...args, "--admin", admin], { cwd });
}

/** Waits until the first worker records: V8 has a thread for that. */
function recording(made: Swapping): Promise<unknown> {
  return until("a recording", () => {
    const tasks = `/proc/${made.server.workers()[0]}/task`;
    return readdirSync(tasks).some((task) =>
      readFileSync(`${tasks}/${task}/comm`, "utf8").startsWith("v8:Prof"),
    );
  });
}

/** Asks for a path again and again, until the promise is settled. */
async function during<T>(server: Server, path: string, promise: Promise<T>): Promise<T> {
  let over = false;
  const ended = promise.finally(() => (over = true));
  while (!over) await request(server, "shop.test", path);
  return ended;
}

/** Checks what DevTools rely on. */
function check(text: string): CpuProfile {
  const profile = JSON.parse(text) as CpuProfile;
  const ids = new Set(profile.nodes.map(({ id }) => id));
  assert.equal(ids.size, profile.nodes.length);
  for (const { children = [] } of profile.nodes) {
    for (const id of children) assert.ok(ids.delete(id), "a node has one parent");
  }
  assert.deepEqual([...ids], [profile.nodes[0]!.id], "all nodes are below the first");
  assert.equal(profile.nodes[0]!.callFrame.functionName, "(root)");
  assert.equal(profile.samples.length, profile.timeDeltas.length);
  const known = new Set(profile.nodes.map(({ id }) => id));
  assert.ok(profile.samples.every((id) => known.has(id)));
  const sum = profile.timeDeltas.reduce((a, b) => a + b, 0);
  assert.ok(sum <= profile.endTime - profile.startTime);
  return profile;
}

/** What was found to take time, by functions and sources. */
function hits(profile: CpuProfile): Map<string, number> {
  const names = new Map(
    profile.nodes.map(({ id, callFrame }) => [id, `${callFrame.functionName} ${callFrame.url}`]),
  );
  const found = new Map<string, number>();
  for (const id of profile.samples) {
    const name = names.get(id)!;
    found.set(name, (found.get(name) ?? 0) + 1);
  }
  return found;
}

test("a CPU profile names what is hot, in the app's sources", async (t) => {
  const made = await start(t, 2);
  const cwd = temporaryFolder(t);
  const ended = await during(
    made.server,
    "/hot",
    profile(made, ["shop", "--seconds", "2", "--worker", "1"], cwd),
  );
  assert.equal(ended.status, 0, ended.stderr);
  const [name] = readdirSync(cwd);
  assert.match(name!, /^shop-\d{8}-\d{6}\.cpuprofile$/);
  assert.match(ended.stderr, /^Wrote shop-.*\.cpuprofile, .*B\./);
  assert.equal(statSync(join(cwd, name!)).mode & 0o777, 0o600);
  const found = check(readFileSync(join(cwd, name!), "utf8"));
  const duration = (found.endTime - found.startTime) / 1e6;
  assert.ok(duration >= 1.9 && duration < 4, `it took ${duration} s`);
  assert.ok((hits(found).get("fibonacci math.ts") ?? 0) > 5, JSON.stringify([...hits(found)]));
  const hot = found.nodes.filter(({ callFrame }) => callFrame.functionName === "fibonacci");
  assert.ok(hot.every(({ callFrame }) => callFrame.lineNumber === 5));
  const lines = hot.flatMap(({ positionTicks = [] }) => positionTicks.map(({ line }) => line));
  assert.ok(lines.length > 0 && lines.every((line) => line >= 6 && line <= 9), `${lines}`);
});

test("that of an app that is idle, and was not booted, is as well", async (t) => {
  const made = await start(t);
  const ended = await profile(made, ["other", "--seconds", "1", "-o", "-"]);
  assert.equal(ended.status, 0, ended.stderr);
  const found = check(ended.stdout);
  const idle = (hits(found).get("(idle) ") ?? 0) + (hits(found).get("(not sampled) ") ?? 0);
  assert.ok(idle > found.samples.length * 0.8, JSON.stringify([...hits(found)]));
});

test("a heap snapshot has what the app holds, in a file for the user alone", async (t) => {
  const made = await start(t);
  await request(made.server, "shop.test", "/keep");
  const file = join(temporaryFolder(t), "kept.heapsnapshot");
  const ended = await profile(made, ["shop", "--heap", "-o", file]);
  assert.equal(ended.status, 0, ended.stderr);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const { snapshot, nodes, strings } = JSON.parse(readFileSync(file, "utf8")) as {
    snapshot: { meta: { node_fields: string[]; node_types: [string[]] }; node_count: number };
    nodes: number[];
    strings: string[];
  };
  const { node_fields: fields, node_types: types } = snapshot.meta;
  assert.equal(nodes.length, snapshot.node_count * fields.length);
  const kept = strings.indexOf("KeptForTheTest");
  let count = 0;
  for (let at = 0; at < nodes.length; at += fields.length) {
    const type = types[0][nodes[at + fields.indexOf("type")]!];
    if (type === "object" && nodes[at + fields.indexOf("name")] === kept) count++;
  }
  assert.ok(count >= 1234, `${count} objects of the class`);
  // It goes on as it was.
  assert.equal((await request(made.server, "shop.test", "/")).text, "fine");
});

test("a worker makes one at a time, and a client that leaves ends it", async (t) => {
  const made = await start(t);
  await request(made.server, "shop.test", "/");
  const admin = join(made.made.directory, "nano.sock");
  const file = join(temporaryFolder(t), "left.cpuprofile");
  const args = ["ctl", "profile", "shop", "--seconds", "200", "-o", file, "--admin", admin];
  const leaves = spawn(nano, args, { stdio: "ignore" });
  await recording(made);
  const busy = await profile(made, ["other", "--seconds", "1", "-o", "-"]);
  assert.equal(busy.status, 1);
  assert.match(busy.stderr, /being made in worker 1 already/);
  leaves.kill("SIGINT");
  const next = await until("one that is made", async () => {
    const other = await profile(made, ["other", "--seconds", "1", "-o", "-"]);
    return other.status === 0 && other;
  });
  check(next.stdout);
  assert.ok(!existsSync(file));
});

test("an isolate that ends takes its profile with it, and the client is told", async (t) => {
  const made = await start(t);
  await request(made.server, "shop.test", "/");
  const file = join(temporaryFolder(t), "none.cpuprofile");
  const begin = () => profile(made, ["shop", "--seconds", "200", "-o", file]);

  const stopped = begin();
  await recording(made);
  assert.equal(
    (await request(made.server, "shop.test", "/spin")).header("nano-error"),
    "cpu-limit",
  );
  const { status, stderr } = await stopped;
  assert.equal(status, 1);
  assert.match(
    stderr,
    /There is no profile\n.*isolate ended meanwhile: it was stopped at a limit[^]*limits APP cpu=0s/,
  );

  await request(made.server, "shop.test", "/");
  const swapped = begin();
  await recording(made);
  await made.rebuild("shop", `export default { fetch: () => new Response("new") };`);
  made.server.signal("SIGHUP");
  assert.match((await swapped).stderr, /another version took its place/);
  assert.equal((await request(made.server, "shop.test", "/")).text, "new");

  const killed = begin();
  await recording(made);
  process.kill(made.server.workers()[0]!, "SIGKILL");
  assert.match((await killed).stderr, /The worker ended meanwhile/);
  assert.ok(!existsSync(file));
});

test("what cannot be is told", async (t) => {
  const made = await start(t);
  const ask = async (...args: string[]) => {
    const { status, stderr } = await profile(made, args);
    return [status, stderr];
  };
  const [missing, why] = await ask("nobody");
  assert.equal(missing, 4);
  assert.match(String(why), /There is no app 'nobody'/);
  const [nowhere, where] = await ask("shop", "--worker", "7");
  assert.equal(nowhere, 1);
  assert.match(String(where), /There is no worker 7/);
  assert.equal((await ask("shop", "--seconds", "301"))[0], 2);
  assert.equal((await ask("shop", "--heap", "--seconds", "3"))[0], 2);
  for (const wrong of ["3m", "0s", "s", "1.5"]) {
    const [status, said] = await ask("shop", "--seconds", wrong);
    assert.equal(status, 2);
    assert.match(String(said), new RegExp(`'${wrong}' is not a number of seconds from 1 to 300`));
  }
  // Before anything is recorded, which nobody here waits for; and nothing is left.
  const folder = temporaryFolder(t);
  for (const place of ["/nowhere/at.cpuprofile", folder]) {
    const [unwritable, file] = await ask("shop", "--seconds", "300s", "-o", place);
    assert.equal(unwritable, 1);
    assert.ok(String(file).includes(place), String(file));
  }
  const { stdout } = await profile(made, ["--help"]);
  assert.match(stdout, /stops the worker/);
});
