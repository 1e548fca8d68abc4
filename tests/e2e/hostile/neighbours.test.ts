// What attacks of one app cost another, which two workers serve beside it under load: nothing, but for what was under
// way in a worker that had to end. NANO_HOSTILE_ROUNDS=100 (`make hostile`) makes each so often, and tells how long
// the other app's clients waited of those that asked meanwhile, beside how long a stop may take;
// NANO_HOSTILE_ONLY=regexp: only attacks in whose kind and name ("deadly: large sort") that is.

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { test } from "node:test";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { Connection, requestBytes } from "../../../tools/harness/http.ts";
import { until } from "../../../tools/harness/wait.ts";
import { Admin } from "../lib/admin-client.ts";
import { buildApps } from "../lib/apps.ts";
import { originOf, response, type Origin } from "../lib/origin.ts";
import { serve, type LogLine, type Server } from "../lib/server.ts";
import { attackers, ATTACKS, budgetOf, type Attacker, type NamedAttack } from "./attacks.ts";
import { CUT, WORKER } from "./attacks/attack.ts";
import { COMPRESSED } from "./attacks/bombs.ts";
import type { Scope } from "../lib/temporary.ts";
import { checkLosses, epoch, HEALTHY, Load, percentile, type Sample } from "../lib/load.ts";

const ROUNDS = Number(process.env.NANO_HOSTILE_ROUNDS ?? 1);
const ONLY = new RegExp(process.env.NANO_HOSTILE_ONLY ?? "");
/** Deaths after which an app becomes another version, for which it is not blamed: one that ends five is refused. */
const FORGIVEN = 3;
/** In a series of rounds, by how much the clients may wait longer than the stop takes; milliseconds. */
const MARGIN = 50;

const CLIENTS = 32;
const INTERVAL = 64;

/** What the attackers call: answers that are far larger than what is sent, and ones without an end. */
function helper(scope: Scope): Promise<Origin> {
  const zeros = Buffer.alloc(COMPRESSED);
  const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
  const coded: Record<string, Buffer> = {
    gzip: gzipSync(zeros, { level: 1 }),
    br: brotliCompressSync(zeros, quick),
  };
  return originOf(scope, (peer) =>
    peer.answer(async ({ target }) => {
      const coding = target.slice(1);
      if (coding === "endless") {
        await peer.send("HTTP/1.1 200 OK\r\n\r\n");
        const part = Buffer.alloc(65_536);
        while (peer.ending === "open") await peer.send(part);
      }
      return response(200, coding ? { "Content-Encoding": coding } : {}, coded[coding]);
    }),
  );
}

/** The server under attack, and what it says: the lines that count, as they come. */
class Scene {
  readonly #server: Server;
  readonly #admin: Admin;
  readonly #deaths: LogLine[] = [];
  /** Of an app's present version. */
  readonly #blame = new Map<Attacker, number>();
  #versions = 0;

  constructor(server: Server, admin: Admin) {
    this.#server = server;
    this.#admin = admin;
  }

  /** Of workers, so far. */
  get deaths(): LogLine[] {
    // Floods are not kept.
    for (const line of this.#server.lines.splice(0)) {
      if (line.includes("starting it again")) this.#deaths.push(JSON.parse(line) as LogLine);
    }
    return this.#deaths;
  }

  blame(app: Attacker, deaths: number): void {
    this.#blame.set(app, (this.#blame.get(app) ?? 0) + deaths);
  }

  /** Serves another version of an app that may be refused soon, or whose isolates are not what they were. */
  async renew(app: Attacker): Promise<void> {
    if (app === "attacker" || (app === "deadly" && (this.#blame.get(app) ?? 0) < FORGIVEN)) return;
    const env = { VERSION: String(++this.#versions) };
    await this.#admin.settled(await this.#admin.patch(app, { env }));
    this.#blame.delete(app);
  }

  /** What comes of an attack, in the words of Attack.expect. */
  async attack({ name, app, body }: NamedAttack): Promise<string | number> {
    const before = this.deaths.length;
    const connection = await Connection.open(this.#server);
    try {
      const sent = connection.send(
        requestBytes(`${app}.test`, "/" + encodeURIComponent(name), {
          ...(body && { method: "POST", body }),
        }),
      );
      sent.catch(() => {}); // Told by the answer that does not come.
      const head = await connection.readHead();
      const refused = head.header("nano-error");
      if (refused !== undefined) return refused;
      const length = Number(head.header("content-length") ?? Infinity);
      let received = 0;
      while (received < length) {
        const part = await connection.readSome();
        if (part.length === 0) break;
        received += part.length;
        // Chunks' end; the attacks' own bytes are zeros.
        if (length === Infinity && part.toString("latin1").endsWith("0\r\n\r\n"))
          return head.status;
      }
      return received === length ? head.status : CUT;
    } catch (error) {
      assert.match(String(error), /ended|ECONNRESET|EPIPE/);
      await until("the worker's death", () => this.deaths.length > before);
      return WORKER;
    } finally {
      connection.close();
    }
  }

  async allWorkers(): Promise<void> {
    await until("two workers", () => this.#server.workers().length === 2);
  }
}

interface Told {
  samples: Sample[];
  outcomes: Map<string | number, number>;
}

/** Makes an attack so many times at once. Adds what the other app's clients waited that asked meanwhile. */
async function round(
  scene: Scene,
  load: Load,
  attack: NamedAttack,
  together: number,
  told: Told,
): Promise<void> {
  const before = scene.deaths.length;
  const start = epoch();
  const outcomes = await Promise.all(Array.from({ length: together }, () => scene.attack(attack)));
  const end = epoch();
  const samples = await load.settled();
  const died = scene.deaths.slice(before);
  for (const death of died) assert.equal(death.app, attack.app, death.msg);
  for (const outcome of outcomes) {
    assert.ok(attack.expect.includes(outcome), `${attack.name}: ${outcome}`);
    told.outcomes.set(outcome, (told.outcomes.get(outcome) ?? 0) + 1);
  }
  assert.equal(died.length, outcomes.filter((outcome) => outcome === WORKER).length);
  checkLosses(samples, died.length);
  told.samples.push(...samples.filter(({ due }) => due >= start && due <= end));
  scene.blame(attack.app, died.length);
  await scene.allWorkers();
  await scene.renew(attack.app);
}

const ms = (value: number) => value.toFixed(0).padStart(5);

function row(name: string, { samples, outcomes }: Told): string {
  const made = [...outcomes].map(([outcome, count]) => `${count} × ${outcome}`).join(", ");
  const budget = Math.max(...[...outcomes.keys()].map(budgetOf));
  const p99 = percentile(samples, 99);
  const late = p99 > budget + MARGIN ? " LATE" : "";
  const waits = [percentile(samples, 50), p99, percentile(samples, 100), budget].map(ms).join(" ");
  return `${name.padEnd(46)}${waits}${late.padEnd(6)} ${samples.length} asked; ${made}`;
}

test("attacks of an app cost the app beside nothing", { timeout: 14_400_000 }, async (t) => {
  const origin = await helper(t);
  const { dist, config } = await buildApps(t, { healthy: HEALTHY, ...attackers(origin.url) });
  const server = await serve(t, dist, { workers: 2, config });
  const scene = new Scene(server, new Admin(dirname(dist)));
  await scene.allWorkers();
  const load = new Load({
    port: server.port,
    hosts: ["healthy.test"],
    clients: CLIENTS,
    interval: INTERVAL,
  });
  t.after(() => load.end());
  let asked = 0;
  let lost = 0;
  for (let i = 0; i < 10; i++) await load.settled();
  if (ROUNDS > 1) {
    console.log("What the other app's clients waited that asked meanwhile, in milliseconds:");
    console.log(`${"".padEnd(46)}  p50   p99   max  stop`);
  }
  for (const attack of ATTACKS.filter(({ kind, name }) => ONLY.test(`${kind}: ${name}`))) {
    await t.test(attack.name, async () => {
      const told: Told = { samples: [], outcomes: new Map() };
      const together = Math.min(ROUNDS, attack.together ?? 1);
      for (let i = 0; i < ROUNDS; i += together) await round(scene, load, attack, together, told);
      // As they come: a series takes an hour.
      if (ROUNDS > 1) console.log(row(attack.name, told));
      asked += told.samples.length;
      lost += told.samples.filter((sample) => sample.lost).length;
    });
  }
  assert.ok(server.running, server.output);
  t.diagnostic(`${asked} asked during attacks, ${lost} lost with a worker`);
});
