// Entry points that an app calls and another one does not export: told when apps are built, served and deployed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { build, workspace, writeConfig, type App } from "./lib/apps.ts";
import { controlled } from "./lib/controlled.ts";

test("entry points that are not there are told when apps are built, served and deployed", async (t) => {
  const target = (...names: string[]): App => ({
    files: `
      import { WorkerEntrypoint } from "cloudflare:workers";
      export const text = "no entry point";
      export const worker = { fetch: () => new Response("worker") };
      ${names.map((name) => `export class ${name} extends WorkerEntrypoint {}`).join("\n")}
      export default { fetch: () => new Response("target") };`,
  });
  const caller = (entrypoint: string): App => ({
    files: `export default { fetch: () => new Response("caller") };`,
    services: { TARGET: { app: "target", entrypoint }, PLAIN: "target" },
  });
  // A method that V8 cannot store makes it an app that is loaded late.
  const late = (entrypoint: string): App => ({
    ...caller(entrypoint),
    services: { LATE: { app: "deferred", entrypoint } },
  });
  const deferred: App = {
    files: `
      const format = new Intl.NumberFormat("de");
      export const Numbers = { fetch: () => new Response(format.format(1)) };
      export default { fetch: () => new Response("deferred") };`,
  };
  const made = workspace(t, {
    target: target("One", "Two"),
    caller: caller("Tow"),
    deferred,
    late: late("X"),
  });
  const built = await build(made);
  assert.equal(built.status, 0);
  const said =
    /services\.TARGET: the app 'target' has no entry point 'Tow', and calls of it will fail/;
  assert.match(built.stderr, /▲ caller: .*nano\.yaml:\d+:\d+\n/);
  assert.match(built.stderr, said);
  assert.match(
    built.stderr,
    /The entry points of 'target': 'default', 'One', 'Two', 'worker'\. Did you mean 'Two'\?/,
  );
  assert.match(
    built.stderr,
    /'deferred' has no entry point 'X'[^]*The entry points of 'deferred': 'default', 'Numbers'\.\n/,
  );
  // The same of an app that was taken from the cache.
  assert.match((await build(made)).stderr, said);

  const { server, done, change } = await controlled(t, made, 1);
  const told = () =>
    server.log.filter(({ msg }) => / has no entry point /.test(msg)).map(({ msg }) => msg);
  assert.equal(told().length, 2);
  assert.match(
    told()[0]!,
    /app 'caller', services\.TARGET: the app 'target' has no entry point 'Tow'/,
  );
  // A reload that changes nothing of it says it no more; one that mends it is quiet, too.
  await done(["reload"], /./);
  assert.equal(told().length, 2);
  const apps = {
    target: target("One", "Two"),
    caller: caller("Two"),
    deferred,
    late: late("Numbers"),
  };
  writeConfig(made.directory, apps);
  assert.doesNotMatch((await build(made)).stderr, /entry point/);
  await done(["reload"], /serves/);
  assert.equal(told().length, 2);
  // Of two apps that change one after the other, the second one is told of until it has.
  await change("target", target("One", "Three").files as string);
  await done(["deploy", made.dist, "target"], /target +code changed/);
  assert.match(told()[2]!, /app 'caller'.* no entry point 'Two'[^]*'One', 'Three', 'worker'/);
  writeConfig(made.directory, { ...apps, caller: caller("Three") });
  await done(["reload"], /serves/);
  assert.equal(told().length, 3);
});
