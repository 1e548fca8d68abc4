// What limits, metrics and the access log cost a request, in machine instructions of a whole worker (callgrind):
// a server answers one connection's requests one after the other, and what it has counted after many is compared
// with what it has counted after half of them.

import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hostOf } from "../lib/apps.ts";
import { ask, connectTo, freePort } from "../lib/processes.ts";
import { buildDirectory } from "../../tools/harness/paths.ts";
import type { Settings } from "../lib/settings.ts";
import { figure } from "../lib/statistics.ts";
import { atMost, printTable } from "../lib/table.ts";

const WARM_UP = 4_000;
const REQUESTS = 4_000;
/** What is compared runs without the compilers, which begin when they like. */
const STEADY = "--no-maglev --no-opt";
/** For the start of a server that callgrind slows down. */
const PATIENCE_MS = 120_000;
const GOAL_LIMITS = 0.5;
const GOAL_METRICS = 1;

const HOST = hostOf("hello");
/** Nothing is looked at but V8's heap and buffers, whose bounds cannot be taken away. */
const NO_LIMITS = {
  cpu: "0s",
  first_byte: "0s",
  duration: "0s",
  concurrency: 0,
  body: 0,
  response: 0,
  subrequests: 0,
  timers: 0,
  warn_at: 0,
};

interface Counted {
  /** Instructions of what is ready and of what was put off meanwhile, without what the worker does by the clock. */
  all: number;
  /** What is under nano::server::AppMeter, the clock's readings included. */
  metrics: number;
}

function callgrind(): { tool: string; directory: string } {
  for (const directory of ["/usr/libexec/valgrind", "/usr/lib/valgrind"]) {
    try {
      const tool = readdirSync(directory).find((name) => /^callgrind-.*-linux$/.test(name));
      if (tool !== undefined) return { tool: join(directory, tool), directory };
    } catch {
      // The other one.
    }
  }
  throw new Error("callgrind is missing: apt-get install valgrind");
}

/** The sums of calls in a file of callgrind's, what they called included. */
function readCounts(file: string): Counted {
  const names = new Map<string, string>();
  const nameOf = (text: string) => {
    const [, number, name] = /^\((\d+)\)(?: (.*))?$/.exec(text) ?? [];
    if (name !== undefined) names.set(number, name);
    return names.get(number) ?? text;
  };
  let caller = "";
  let callee = "";
  let isCall = false;
  let metrics = 0;
  let all = 0;
  for (const line of readFileSync(file, "latin1").split("\n")) {
    if (line.startsWith("fn=")) caller = nameOf(line.slice(3));
    else if (line.startsWith("cfn=")) callee = nameOf(line.slice(4));
    else if (line.startsWith("calls=")) isCall = true;
    else if (/^[+\-*\d]/.test(line)) {
      const cost = Number(line.split(" ")[1]);
      if (isCall) {
        // Begin is a part of Answer, and a reading of the clock; OnEnded is called as a whole.
        if (callee.includes("EndCounter::OnEnded")) metrics += cost;
        else if (caller.includes("AppSlot::Answer(") && callee.includes("uv_hrtime"))
          metrics += cost;
        // Connections that are ready, and those that others have deferred, from the loop.
        if (callee.startsWith("nano::net::Socket::Poll(")) all += cost;
        else if (callee.includes("::Listener::RunDeferred(") && !caller.includes("::Connection::"))
          all += cost;
      }
      isCall = false;
    }
  }
  return { all, metrics };
}

/** What the worker counts until it has answered so many requests, and ended. */
async function countRun(
  folder: string,
  dist: string,
  config: string,
  requests: number,
  flags: string,
) {
  const { tool, directory } = callgrind();
  const lib = join(buildDirectory, "lib/nano");
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const counter = ["--tool=callgrind", `--callgrind-out-file=${join(folder, "out.%p")}`];
  const serve = ["serve", dist, "--config", config, "--workers", "1"];
  const child = spawn(
    tool,
    [...counter, join(lib, "engine"), ...serve, "--listen", `127.0.0.1:${port}`],
    {
      stdio: ["ignore", "ignore", "pipe"],
      cwd: "/",
      env: {
        ...process.env,
        VALGRIND_LIB: directory,
        VALGRIND_LAUNCHER: "/usr/bin/valgrind",
        LD_PRELOAD: join(lib, "libnano.so"),
        NANO_V8_FLAGS: `--single-threaded --random-seed=1 --hash-seed=1 ${flags}`,
      },
    },
  );
  let said = "";
  child.stderr.on("data", (text: Buffer) => (said += text.toString()));
  const exited = new Promise((resolve) => child.once("exit", resolve));
  try {
    const socket = await connectTo(port, PATIENCE_MS);
    for (let i = 0; i < requests; i++) await ask(socket, HOST);
    socket.destroy();
  } catch (error) {
    throw new Error(`the server under callgrind:\n${said}`, { cause: error });
  } finally {
    child.kill("SIGTERM");
    await exited;
  }
  // The worker's has by far the most.
  return readdirSync(folder)
    .map((name) => readCounts(join(folder, name)))
    .reduce((most, each) => (each.all > most.all ? each : most));
}

/** Instructions of one warm request. */
async function measure(settings: Settings, name: string, config: object, flags = STEADY) {
  const folder = join(settings.folder, "metering");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(config));
  const run = (which: string, requests: number) =>
    countRun(join(folder, `${name}-${which}`), settings.dist, file, requests, flags);
  const few = await run("few", WARM_UP);
  const many = await run("many", WARM_UP + REQUESTS);
  return {
    all: (many.all - few.all) / REQUESTS,
    metrics: (many.metrics - few.metrics) / REQUESTS,
  };
}

export async function measureMetering(settings: Settings): Promise<void> {
  const server = { sandbox: false }; // Its filter knows no system calls of callgrind's.
  // The tool makes it compute longer than the usual limit; it is counted in the same way.
  const defaults = { limits: { cpu: "120s" } };
  const whole = await measure(settings, "whole", { server, defaults }, "");
  const usual = await measure(settings, "usual", { server, defaults });
  const unlimited = await measure(settings, "unlimited", {
    server,
    defaults: { limits: NO_LIMITS },
  });
  const logged = await measure(settings, "logged", {
    server: { ...server, access_log: "json" },
    defaults,
  });
  const share = (more: number) => (more / whole.all) * 100;
  const row = (name: string, more: number, goal?: number) => [
    name,
    figure(more),
    figure(share(more)),
    goal === undefined ? "" : atMost(share(more), goal),
  ];
  printTable(
    "Instructions of a warm request to hello in a worker, and what of them is for watching it",
    ["", "instructions", "%", "goal (%)"],
    [
      row("all", whole.all),
      row("limits (beside none of limits.*)", usual.all - unlimited.all, GOAL_LIMITS),
      row("metrics (counted under AppMeter)", usual.metrics, GOAL_METRICS),
      row("the access log, which is off", logged.all - usual.all),
    ],
  );
}
