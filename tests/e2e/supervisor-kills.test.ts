// The supervisor is killed (SIGKILL) at random moments while apps are changed through the admin API. Whatever was
// answered is kept, what was under way is there as a whole or not at all, and what is kept is what is served.
//
// A few kills in every run; NANO_SOAK_KILLS=100 for more, NANO_SOAK_SEED=1234 for those of a failure.

import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "../../tools/harness/http.ts";
import { randomFrom } from "../../tools/harness/random.ts";
import { until, within } from "../../tools/harness/wait.ts";
import { Admin } from "./lib/admin-client.ts";
import { build, buildApps, writeFiles, type Workspace } from "./lib/apps.ts";
import { serve } from "./lib/server.ts";
import { alive } from "./lib/upgrades.ts";

const KILLS = Number(process.env.NANO_SOAK_KILLS ?? 8);
const SEED = Number(
  process.env.NANO_SOAK_SEED ?? (process.env.NANO_SOAK_KILLS ? Date.now() % 1_000_000 : 1),
);
const APPS = ["blog", "shop", "wiki"];
const WORDS = ["one", "two", "three"];
const saying = (word: string) => `
  export default { fetch(request, env) {
    return new Response("${word} " + (env.X ?? "-"));
  } };`;

/** What an app is, by the admin API; apps that are not served have none. */
interface View {
  digest: string;
  x: string;
  canary: string;
}
type Views = Record<string, View>;

/** A change, and what an app has to be after it. */
interface Change {
  what: string;
  ask(admin: Admin): Promise<number>;
  makes(before: View | undefined): (after: View | undefined) => boolean;
}

test(`${KILLS} kills of the supervisor in the middle of changes (seed ${SEED})`, async (t) => {
  const random = randomFrom(SEED);
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
  const made = await buildApps(
    t,
    Object.fromEntries(APPS.map((name) => [name, { files: saying("files"), env: { X: "files" } }])),
  );
  const words = new Map<string, string>(); // By digest.
  const snapshots = new Map<string, string>(); // By word.
  for (const word of [...WORDS, "files"]) {
    writeFiles(join(made.directory, "shop"), { "index.ts": saying(word) });
    await build(made);
    for (const { snapshot } of manifestOf(made)) {
      const digest = /([0-9a-f]{64})/.exec(snapshot)![1]!;
      words.set(digest, words.get(digest) ?? word);
    }
    snapshots.set(
      word,
      join(made.dist, manifestOf(made).find(({ name }) => name === "shop")!.snapshot),
    );
  }
  // The first build had the other apps' own snapshots.
  for (const { name, snapshot } of manifestOf(made)) {
    if (name !== "shop") words.set(/([0-9a-f]{64})/.exec(snapshot)![1]!, "files");
  }
  const digestOf = (word: string) => /([0-9a-f]{64})/.exec(snapshots.get(word)!)![1]!;

  function changeOf(app: string): Change {
    const path = `/admin/apps/${app}`;
    const patch = (x: string | null): Change => ({
      what: `X of ${app} becomes ${x}`,
      ask: async (admin) => (await admin.patch(app, { env: { X: x } })).status,
      makes: (before) => (after) => before !== undefined && same(after, { ...before, x: x ?? "-" }),
    });
    const put = (word: string): Change => ({
      what: `${app} becomes ${word}`,
      ask: async (admin) => {
        const { status, headers } = await admin.get(path);
        const condition = status === 404 ? "If-None-Match: *" : `If-Match: ${headers.get("etag")!}`;
        const form = [`snapshot=@${snapshots.get(word)!}`];
        return (await admin.ask(path, { method: "PUT", headers: [condition], form })).status;
      },
      makes: (before) => (after) =>
        after?.digest === digestOf(word) &&
        (before === undefined || (after.x === before.x && after.canary === before.canary)),
    });
    const remove: Change = {
      what: `${app} is removed`,
      ask: async (admin) => {
        const headers = [`If-Match: ${await admin.etag(app)}`];
        return (await admin.ask(path, { method: "DELETE", headers })).status;
      },
      makes: () => (after) => after === undefined,
    };
    const back: Change = {
      what: `${app} is rolled back`,
      ask: async (admin) => (await admin.post(`${path}/rollback`)).status,
      makes: (before) => (after) =>
        after !== undefined && after.x === before?.x && after.canary === before.canary,
    };
    const canary = (word: string, percent: number): Change => ({
      what: `${app} gets ${word} as a canary of ${percent} %`,
      ask: async (admin) =>
        (await admin.post(`${path}/canary`, { version: digestOf(word), percent })).status,
      makes: (before) => (after) =>
        before !== undefined && same(after, { ...before, canary: `${digestOf(word)} ${percent}` }),
    });
    const end: Change = {
      what: `the canary of ${app} ends`,
      ask: async (admin) => (await admin.ask(`${path}/canary`, { method: "DELETE" })).status,
      makes: (before) => (after) => before !== undefined && same(after, { ...before, canary: "" }),
    };
    return pick([
      () => patch(String(Math.floor(random() * 1000))),
      () => patch(null),
      () => put(pick(WORDS)),
      () => put(pick(WORDS)),
      () => remove,
      () => back,
      () => canary(pick(WORDS), 0),
      () => end,
    ])();
  }

  let listen = "127.0.0.1:0";
  const admin = new Admin(made.directory);
  let server = await serve(t, made.dist, { config: made.config, workers: 2, listen });
  listen = `127.0.0.1:${server.port}`;
  let views = await viewsOf(admin);
  let answered = 0;
  let kept = 0;

  for (let kill = 0; kill < KILLS; kill++) {
    // One in peace, by which it is known how long they take.
    const calm = pick(APPS);
    const first = changeOf(calm);
    const began = performance.now();
    const status = await first.ask(admin).catch(() => 0);
    const took = performance.now() - began;
    const before = views;
    views = await viewsOf(admin);
    const isDone = status >= 200 && status < 300;
    const right = isDone ? first.makes(before[calm])(views[calm]) : same(before[calm], views[calm]);
    assert.ok(
      right,
      `${first.what}: ${show(before[calm])}, ${show(views[calm])}, answered ${status}`,
    );

    // Apps of their own, so that each change is there or not whatever comes of the other.
    const changes = new Map<string, Change>();
    for (const app of random() < 0.5 ? [pick(APPS)] : APPS.slice(1)) {
      changes.set(app, changeOf(app));
    }
    const told = `kill ${kill} of seed ${SEED}: ${[...changes.values()].map(({ what }) => what).join(", ")}`;
    const answers = new Map<string, number>(); // Statuses of those that had any.
    const asked = [...changes].map(async ([app, change]) => {
      const status = await change.ask(admin).catch(() => 0);
      if (status !== 0) answers.set(app, status);
    });
    const workers = server.workers();
    // Of two, one waits for the other.
    await sleep(random() * took * (changes.size + 0.3));
    process.kill(server.pid, "SIGKILL");
    await within(Promise.all(asked), "curl");
    await until(`${told}: the workers' end`, () => !workers.some(alive));
    await server.exited;
    checkFolders(made, told);

    server = await serve(t, made.dist, { config: made.config, workers: 2, listen });
    const after = await viewsOf(admin);
    for (const app of APPS) {
      const now = after[app];
      const was = views[app];
      const change = changes.get(app);
      const status = answers.get(app) ?? 0;
      const there = change?.makes(was)(now) ?? false;
      const text = `${told}: ${app} was ${show(was)}, is ${show(now)}, answered ${status}`;
      if (status >= 200 && status < 300) {
        assert.ok(there, text);
        answered += 1;
      } else if (status !== 0 || change === undefined) {
        assert.ok(same(was, now), text);
      } else {
        assert.ok(there || same(was, now), text);
        kept += there && !same(was, now) ? 1 : 0;
      }
      const response = await request(server, `${app}.test`, "/");
      if (now === undefined) {
        assert.equal(response.status, 404, text);
      } else {
        assert.equal(response.text, `${words.get(now.digest)} ${now.x}`, text);
      }
    }
    checkFolders(made, told, after);
    views = after;
  }
  t.diagnostic(`${answered} changes were answered, ${kept} were kept that nobody was told of`);
  await server.stop();
});

const show = (view: View | undefined) => (view === undefined ? "absent" : JSON.stringify(view));
const same = (one: View | undefined, other: View | undefined) => show(one) === show(other);

function manifestOf({ dist }: Workspace): { name: string; snapshot: string }[] {
  return JSON.parse(readFileSync(join(dist, "manifest.json"), "utf8")).apps;
}

async function viewsOf(admin: Admin): Promise<Views> {
  const { json } = await until("the admin API", async () => {
    const answer = await admin.get("/admin/apps").catch(() => undefined);
    return answer?.status === 200 && answer;
  });
  const views: Views = {};
  for (const app of json.apps) {
    if (app.state !== "serving") continue;
    const { canary } = app;
    views[app.name] = {
      digest: app.version.digest,
      x: app.env.X?.value ?? "-",
      canary: canary === null ? "" : `${canary.version.digest} ${canary.percent}`,
    };
  }
  return views;
}

/** Nothing is left of what was under way but what the next start removes, and nothing at all after that. */
function checkFolders({ dist }: Workspace, told: string, after?: Views): void {
  const folder = join(dist, ".state");
  const text = existsSync(join(folder, "state.json"))
    ? readFileSync(join(folder, "state.json"), "utf8")
    : "";
  const temporary = readdirSync(folder).filter((name) => name.endsWith(".tmp"));
  const uploads = readdirSync(join(folder, "uploads"));
  const served = after === undefined ? [] : Object.values(after).map(({ digest }) => digest);
  const unknown = readdirSync(join(folder, "snapshots")).filter((name) => {
    const digest = name.replace(".snap", "");
    return !text.includes(digest) && !served.includes(digest);
  });
  // Of one change each; two may be under way, of which one was begun.
  const most = after === undefined ? 1 : 0;
  assert.ok(temporary.length <= most, `${told}: ${temporary.join()}`);
  assert.ok(uploads.length <= 2 * most, `${told}: ${uploads.join()}`);
  assert.ok(unknown.length <= 2 * most, `${told}: ${unknown.join()}`);
}
