// What servers do to a client, well or badly: NANO's fetch() comes to what curl comes to, or to something else
// for a reason that behaviours/differences.ts lists. A difference that is not listed fails, and so does one that is
// listed and is none.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { buildApps } from "../lib/apps.ts";
import { serve, type Server } from "../lib/server.ts";
import { suiteScope, temporaryFolder } from "../lib/temporary.ts";
import { codings } from "./behaviours/codings.ts";
import { connections } from "./behaviours/connections.ts";
import { differences } from "./behaviours/differences.ts";
import { framing } from "./behaviours/framing.ts";
import { heads } from "./behaviours/heads.ts";
import { APP, curlOutcomes, joined, nanoOutcomes } from "./behaviours/outcomes.ts";
import { redirects } from "./behaviours/redirects.ts";
import { Stage } from "./behaviours/scripted-server.ts";

const groups = { heads, framing, connections, redirects, codings };
const behaviours = Object.values(groups).flat();
/** How many behaviours NANO meets at a time. */
const AT_ONCE = 32;

describe("a server's behaviour", () => {
  const scope = suiteScope();
  let server: Server;
  let worker: number;
  let byCurl: string[];
  const byNano: string[] = [];

  /** A stage for each behaviour, all at addresses of their own: 127.NET.x.y. */
  async function stages(net: number): Promise<Stage[]> {
    const opened = behaviours.map(async (behaviour, i) => {
      const stage = new Stage(behaviour);
      scope.after(() => stage.close());
      await stage.open(`127.${net}.${i >> 7}.${1 + (i & 127)}`);
      return stage;
    });
    return Promise.all(opened);
  }

  async function askCurl(): Promise<void> {
    const met = await stages(1);
    const outcomes = await curlOutcomes(met, temporaryFolder(scope));
    byCurl = outcomes.map((some, i) => joined(some, met[i].connections));
  }

  async function askNano(): Promise<void> {
    const met = [...(await stages(2)).entries()];
    const meetNext = async () => {
      for (let next = met.shift(); next !== undefined; next = met.shift()) {
        const [i, stage] = next;
        byNano[i] = joined(await nanoOutcomes(server, "app.test", stage), stage.connections);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, meetNext));
  }

  before(async () => {
    const { dist } = await buildApps(scope, { app: APP });
    server = await serve(scope, dist);
    [worker] = server.workers();
    await Promise.all([askCurl(), askNano()]);
  });

  test("there are many, each with a name of its own", () => {
    assert.ok(behaviours.length >= 200);
    for (const [name, group] of Object.entries(groups)) {
      const names = new Set(group.map((behaviour) => behaviour.name));
      assert.equal(names.size, group.length);
      for (const other of differences[name].keys())
        assert.ok(names.has(other), `no such behaviour: ${other}`);
    }
  });

  let number = 0;
  for (const [name, group] of Object.entries(groups)) {
    describe(name, () => {
      for (const behaviour of group) {
        const i = number++;
        test(behaviour.name, () => {
          const difference = differences[name].get(behaviour.name);
          if (difference === undefined) return assert.equal(byNano[i], byCurl[i]);
          assert.equal(byNano[i], difference.outcome, `curl's is ${byCurl[i]}`);
          assert.notEqual(byNano[i], byCurl[i], "no difference any more: the row may go");
        });
      }
    });
  }

  test("the worker has survived all this", () => {
    assert.deepEqual(server.workers(), [worker]);
    for (const { level, msg } of server.log) assert.notEqual(level, "error", msg);
  });
});
