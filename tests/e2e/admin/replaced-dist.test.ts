// A dist that is replaced as a whole while it is served, as deployments do that switch a link or a folder's name: what
// was changed through the API is kept in the new one.

import assert from "node:assert/strict";
import { cpSync, existsSync, readFileSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { request } from "../../../tools/harness/http.ts";
import { Admin } from "../lib/admin-client.ts";
import { buildApps } from "../lib/apps.ts";
import { serve } from "../lib/server.ts";
import { serveToUpgrade, upgrade, alive } from "../lib/upgrades.ts";
import { until } from "../../../tools/harness/wait.ts";

const APP = `export default { fetch: (request, env) => new Response(env.A + " " + env.B) };`;
const copy = (from: string, to: string) =>
  cpSync(from, to, { recursive: true, filter: (path) => !path.endsWith("/.state") });

for (const way of ["a link that is switched", "a rename"]) {
  for (const then of ["a change", "an upload", "a reload"]) {
    test(`a dist that is replaced by ${way}, then ${then}`, async (t) => {
      const made = await buildApps(t, { app: APP });
      const place = (name: string) => join(made.directory, name);
      copy(made.dist, place("second"));
      if (way !== "a rename") {
        renameSync(made.dist, place("first"));
        symlinkSync("first", made.dist);
      }
      const server = await serve(t, made.dist, { config: made.config });
      const admin = new Admin(made.directory);
      await admin.settled(await admin.patch("app", { env: { A: "a" } }));
      if (way === "a rename") {
        renameSync(made.dist, place("first"));
        renameSync(place("second"), made.dist);
      } else {
        symlinkSync("second", place("next"));
        renameSync(place("next"), made.dist);
      }
      let expected = "a undefined";
      if (then === "a change") {
        await admin.settled(await admin.patch("app", { env: { B: "b" } }));
        expected = "a b";
      } else if (then === "an upload") {
        const { apps } = JSON.parse(readFileSync(join(made.dist, "manifest.json"), "utf8"));
        const form = [`snapshot=@${join(made.dist, apps[0].snapshot)}`];
        await admin.settled(
          await admin.ask("/admin/apps/app", { method: "PUT", headers: ["If-Match: *"], form }),
        );
      } else {
        await admin.settled(await admin.post("/admin/reload"));
      }
      assert.equal((await request(server, "app.test", "/")).text, expected);
      await server.stop();
      assert.ok(existsSync(join(made.dist, ".state/state.json")));
      const next = await serve(t, made.dist, { config: made.config });
      assert.equal((await request(next, "app.test", "/")).text, expected);
    });
  }
}

test("a dist that is replaced, then an upgrade", async (t) => {
  const made = await buildApps(t, { app: APP });
  const { server } = await serveToUpgrade(t, made);
  const admin = new Admin(made.directory);
  await admin.settled(await admin.patch("app", { env: { A: "a" } }));
  const second = join(made.directory, "second");
  copy(made.dist, second);
  renameSync(made.dist, join(made.directory, "first"));
  renameSync(second, made.dist);
  await upgrade(server, server.pid);
  assert.equal((await request(server, "app.test", "/")).text, "a undefined");
  await until("the old server's end", () => !alive(server.pid));
});
