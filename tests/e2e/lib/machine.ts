// A machine whose first process is a real systemd, in namespaces of this one (machine.sh).

import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildDirectory } from "../../../tools/harness/paths.ts";
import { until } from "../../../tools/harness/wait.ts";
import { run, type Finished } from "./program.ts";
import { temporaryFolder, type Scope } from "./temporary.ts";

const script = join(import.meta.dirname, "machine.sh");

/** Namespaces of everything that a machine of its own needs; the rest of the command is run in them. */
const TRIAL = ["--pid", "--fork", "--mount-proc", "--mount", "--uts", "--ipc", "--net", "--cgroup"];

/** Why there can be no machine; false: there can be one, or SERVERS_REQUIRED=1 has a missing systemd fail tests. */
export async function withoutMachine(): Promise<string | false> {
  const { status } = await run("unshare", [...TRIAL, "true"]).catch(() => ({ status: 1 }));
  if (status !== 0) return "needs root, and a kernel that gives it namespaces (unshare)";
  if (process.env.SERVERS_REQUIRED === "1" || existsSync("/lib/systemd/systemd")) return false;
  return "needs Debian's package systemd";
}

export class Machine {
  readonly #systemd: string;

  private constructor(systemd: string) {
    this.#systemd = systemd;
  }

  /** Boots a machine with NANO installed below /usr/local, and more files by their paths in it. */
  static async boot(scope: Scope, files: Record<string, string> = {}): Promise<Machine> {
    const tree = temporaryFolder(scope);
    const command = ["--install", buildDirectory, "--prefix", "/usr/local", "--strip"];
    const installed = await run("cmake", command, { env: { ...process.env, DESTDIR: tree } });
    if (installed.status !== 0) throw new Error(installed.stderr);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(tree, path)), { recursive: true });
      writeFileSync(join(tree, path), text);
    }
    const child = spawn(script, [temporaryFolder(scope), tree], { stdio: "pipe" });
    const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
    scope.after(async () => {
      child.stdin.end();
      await ended;
    });
    let stderr = "";
    child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
    let pid = "";
    child.stdout.on("data", (text: Buffer) => (pid += text.toString()));
    await until("a machine", () => {
      if (child.exitCode !== null) throw new Error(`no machine: ${stderr}`);
      return pid.endsWith("\n");
    });
    const machine = new Machine(pid.trim());
    await until("systemd", async () => {
      const { stdout } = await machine.run("systemctl", ["is-system-running"]);
      return /^(running|degraded)$/m.test(stdout);
    });
    return machine;
  }

  /** Runs a program of the machine's. */
  run(program: string, args: readonly string[]): Promise<Finished> {
    const path = "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    return run("nsenter", ["-t", this.#systemd, "-a", "env", "-i", path, program, ...args]);
  }

  /** Its standard output; fails if the program does. */
  async output(program: string, ...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.run(program, args);
    if (status === 0) return stdout;
    const units = await this.run("journalctl", ["-b", "--no-pager", "-n", "30"]);
    const command = [program, ...args].join(" ");
    throw new Error(`${command}: status ${status}\n${stdout}${stderr}\n${units.stdout}`);
  }

  systemctl(...args: string[]): Promise<string> {
    return this.output("systemctl", ...args);
  }

  /** What systemd knows of a unit. */
  async property(unit: string, name: string): Promise<string> {
    return (await this.systemctl("show", "--value", "-p", name, unit)).trim();
  }

  /** Copies a file or a folder of this machine's into the other one. */
  copy(from: string, to: string): void {
    cpSync(from, join("/proc", this.#systemd, "root", to), { recursive: true });
  }

  /** Writes a file of the machine's. */
  write(path: string, text: string): void {
    writeFileSync(join("/proc", this.#systemd, "root", path), text);
  }
}
