// What console writes to the server's log: an app runs the cases of tests/web/*-cases.ts, one for each
// request, and the log has to hold their entries, in their order and nothing else.

import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { cases as consoleCases } from "../web/console-cases.ts";
import { cases as inspectCases } from "../web/inspect-cases.ts";
import { buildApps } from "./lib/apps.ts";
import { request } from "../../tools/harness/http.ts";
import { root } from "../../tools/harness/paths.ts";
import { serve, type Server } from "./lib/server.ts";
import { suiteScope } from "./lib/temporary.ts";

const groups = { console: consoleCases, inspect: inspectCases };

const app = `
import { cases as console_ } from ${JSON.stringify(join(root, "tests/web/console-cases.ts"))};
import { cases as inspect } from ${JSON.stringify(join(root, "tests/web/inspect-cases.ts"))};
const groups = { console: console_, inspect };
export default {
  fetch(request) {
    const [, group, index] = new URL(request.url).pathname.split("/");
    console.log("start of " + group + index);
    groups[group][index].run();
    console.log("end of " + group + index);
    return new Response("done");
  },
};
`;

describe("console", () => {
  const scope = suiteScope();
  let server: Server;

  before(async () => {
    const { dist } = await buildApps(scope, { app: { files: app } });
    server = await serve(scope, dist);
  });

  for (const [group, cases] of Object.entries(groups)) {
    for (const [index, { name, entries }] of cases.entries()) {
      test(`${group}: ${name}`, async () => {
        const { status, text } = await request(server, "app.test", `/${group}/${index}`);
        assert.equal(status, 200, `${text}\n${server.output}`);
        const end = `end of ${group}${index}`;
        await server.waitForLog(end, ({ msg }) => msg === end);
        const lines = server.log;
        const from = lines.findIndex(({ msg }) => msg === `start of ${group}${index}`);
        const log = lines.slice(
          from + 1,
          lines.findIndex(({ msg }) => msg === end),
        );
        for (const [i, [level, expected]] of entries.entries()) {
          assert.equal(log[i]?.level, level);
          if (typeof expected === "string") assert.equal(log[i]?.msg, expected);
          else assert.match(log[i]?.msg ?? "", expected);
        }
        assert.equal(log.length, entries.length);
      });
    }
  }
});
