// `nano serve` on a terminal: what is different there.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { build, buildApps } from "./lib/apps.ts";
import { request } from "../../tools/harness/http.ts";
import { nano } from "../../tools/harness/paths.ts";
import { until } from "../../tools/harness/wait.ts";

const ON_A_TERMINAL = "import pty, sys; pty.spawn(sys.argv[1:])";

const saying = (word: string) => `export default { fetch: () => new Response("${word}") };`;

test("files that change are served without being asked to, unless that is not wanted", async (t) => {
  for (const [args, expected] of [
    [[], "new"],
    [["--no-watch"], "old"],
  ] as const) {
    const made = await buildApps(t, { app: saying("old"), other: saying("other") });
    const command = [nano, "serve", made.dist, "--config", made.config, "--listen", "127.0.0.1:0"];
    const child = spawn("python3", ["-c", ON_A_TERMINAL, ...command, "--workers", "1", ...args], {
      cwd: made.directory,
      stdio: ["pipe", "pipe", "inherit"],
    });
    // Its end is the terminal's, and so the server's.
    t.after(() => child.kill("SIGKILL"));
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    let port = 0;
    await until("the server's address", () => {
      port = Number(/ on http:\/\/127\.0\.0\.1:(\d+)\//.exec(output)?.[1] ?? 0);
      return port !== 0;
    });
    const says = async () => (await request({ port }, "app.test", "/")).text;
    assert.equal(await says(), "old");
    writeFileSync(join(made.directory, "app", "index.ts"), saying("new"));
    await build(made);
    if (expected === "new") {
      await until("new code", async () => (await says()) === "new");
      await until("its line", () => /serving a new release/.test(output));
    } else {
      // Longer than changes take to settle.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      assert.equal(await says(), "old", output);
    }
  }
});
