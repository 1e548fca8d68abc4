// Servers that get something new to answer, each in its own way: NANO, and those that people compare it with.

import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { arch } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../../tools/harness/paths.ts";
import { hostOf } from "./apps.ts";
import { freePort, ServerProcess } from "./processes.ts";
import { nanoServer } from "./servers.ts";
import { moduleOf, replaceFile, wordAt, type Versions } from "./versions.ts";

export interface Deployable {
  name: string;
  host: string;
  port: number;
  /** Deploys what is to answer in that turn with the word that it returns. */
  deploy(turn: number): Promise<string>;
  stop(): Promise<void>;
}

const workerd = join(
  root,
  `bench/node_modules/@cloudflare/workerd-linux-${arch() === "x64" ? "64" : arch()}/bin/workerd`,
);

/** Runs a program while this one goes on: with the load of a server, perhaps. */
const execute = promisify(execFile);

function isInstalled(program: string): boolean {
  try {
    execFileSync("which", [program], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Its versions are built already, as they are when somebody deploys. */
async function startNano(versions: Versions, folder: string, watch: boolean): Promise<Deployable> {
  const name = watch ? "NANO, --watch" : "NANO, SIGHUP";
  const dist = versions.copy(join(folder, watch ? "watched" : "signalled"));
  const server = await nanoServer(dist, [watch ? "--watch" : "--no-watch"])();
  return {
    name,
    host: hostOf("app0"),
    port: server.port,
    deploy(turn) {
      const word = versions.show(turn, dist);
      if (!watch) process.kill(server.child.pid!, "SIGHUP");
      return Promise.resolve(word);
    },
    stop: () => server.stop(),
  };
}

/** A server that answers with a word of its configuration, and reads that again when it is told to. */
function reloaded(
  name: string,
  server: ServerProcess,
  port: number,
  configure: (word: string) => void,
  reload: () => Promise<unknown>,
): Deployable {
  return {
    name,
    host: "localhost",
    port,
    async deploy(turn) {
      configure(wordAt(turn));
      await reload();
      return wordAt(turn);
    },
    stop: () => server.stop(),
  };
}

/** `nginx -s reload`; it answers with a word of its configuration. */
async function startNginx(folder: string): Promise<Deployable> {
  const port = await freePort();
  const home = join(folder, "nginx");
  mkdirSync(home);
  const file = join(home, "nginx.conf");
  const configure = (word: string) =>
    replaceFile(
      file,
      `daemon off; pid ${home}/pid; error_log ${home}/error.log; worker_processes 1;
       events {} http { access_log off; keepalive_requests 1000000;
       server { listen 127.0.0.1:${port}; location / { return 200 "${word}"; } } }`,
    );
  configure("before");
  const command = ["nginx", "-p", home, "-c", file, "-e", join(home, "error.log")];
  const server = new ServerProcess(command, port);
  const reload = () => execute(command[0], [...command.slice(1), "-s", "reload"]);
  return reloaded("nginx -s reload", server, port, configure, reload);
}

/** `caddy reload`, the same. */
async function startCaddy(folder: string): Promise<Deployable> {
  const port = await freePort();
  const home = join(folder, "caddy");
  mkdirSync(home);
  const file = join(home, "Caddyfile");
  const admin = `unix/${home}/admin.sock`;
  const configure = (word: string) =>
    replaceFile(
      file,
      `{
        admin ${admin}
        auto_https off
      }
      http://:${port} {
        bind 127.0.0.1
        respond "${word}"
      }`,
    );
  configure("before");
  const options = ["--config", file, "--adapter", "caddyfile"];
  const variables = { HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home };
  const server = new ServerProcess(["caddy", "run", ...options], port, {
    variables,
    quiet: true,
  });
  const env = { ...process.env, ...variables };
  const reload = () => execute("caddy", ["reload", ...options, "--address", admin], { env });
  return reloaded("caddy reload", server, port, configure, reload);
}

/** workerd reads its code when it starts: it is stopped, by SIGTERM, and started again. */
async function startWorkerd(folder: string, bytes: number): Promise<Deployable> {
  const port = await freePort();
  const home = join(folder, "workerd");
  mkdirSync(home);
  const file = join(home, "config.capnp");
  writeFileSync(
    file,
    `using Workerd = import "/workerd/workerd.capnp";
     const config :Workerd.Config = (
       services = [(name = "main", worker = .app)],
       sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
     );
     const app :Workerd.Worker = (
       modules = [(name = "worker", esModule = embed "worker.js")],
       compatibilityDate = "2026-01-01",
     );`,
  );
  const write = (word: string) => replaceFile(join(home, "worker.js"), moduleOf(word, bytes));
  write("before");
  const start = () => new ServerProcess([workerd, "serve", file], port);
  let server = start();
  return {
    name: "workerd, restarted",
    host: "localhost",
    port,
    async deploy(turn) {
      write(wordAt(turn));
      await server.stop();
      server = start();
      return wordAt(turn);
    },
    stop: () => server.stop(),
  };
}

/** All that are installed. The app has `bytes` bytes of source where there is one. */
export async function startDeployables(
  versions: Versions,
  folder: string,
  bytes: number,
): Promise<Deployable[]> {
  const all = [await startNano(versions, folder, false), await startNano(versions, folder, true)];
  if (isInstalled("nginx")) all.push(await startNginx(folder));
  if (isInstalled("caddy")) all.push(await startCaddy(folder));
  if (existsSync(workerd)) all.push(await startWorkerd(folder, bytes));
  return all;
}
