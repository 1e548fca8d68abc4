// A process that is held at one of its system calls, for as long as a test needs to find it there: strace
// (strace(1), --inject) stops it when it comes back from the call.

import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder, type Scope } from "./temporary.ts";
import { until, within } from "../../../tools/harness/wait.ts";

/** Why processes cannot be held here; false: they can. For `skip` of a test. */
export const cannotHold: string | false = (() => {
  const { status } = spawnSync("strace", ["-qq", "-o", "/dev/null", "true"]);
  if (status === null) return "there is no strace";
  const scope = "/proc/sys/kernel/yama/ptrace_scope";
  const level = existsSync(scope) ? Number(readFileSync(scope, "utf8")) : 0;
  const may = status === 0 && (level === 0 || (level < 3 && process.getuid!() === 0));
  return may ? false : "processes may not be traced";
})();

export class Held {
  readonly pid: number;
  readonly #strace: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #file: string;

  private constructor(pid: number, strace: ChildProcess, file: string) {
    this.pid = pid;
    this.#strace = strace;
    this.#ended = new Promise((resolve) => strace.on("close", resolve));
    this.#file = file;
  }

  /** It will be held at the so-manieth (from 1) of these calls that it makes from now on. */
  static async at(scope: Scope, pid: number, call: string, count: number): Promise<Held> {
    const file = join(temporaryFolder(scope), "calls");
    const inject = `inject=${call}:signal=STOP:when=${count}`;
    const args = ["-p", String(pid), "-o", file, "-e", `trace=${call}`, "-e", inject];
    const strace = spawn("strace", args, { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    strace.stderr!.setEncoding("utf8").on("data", (text: string) => (said += text));
    const held = new Held(pid, strace, file);
    scope.after(() => held.release());
    await until(`strace of process ${pid}`, () => {
      if (strace.exitCode !== null) throw new Error(`strace ended: ${said}`);
      return / attached/.test(said);
    });
    return held;
  }

  async reached(): Promise<void> {
    await until(`process ${this.pid} to be held`, () => {
      if (this.#strace.exitCode !== null) throw new Error(`it ended: ${this.#calls()}`);
      return /--- stopped by SIGSTOP ---/.test(this.#calls());
    });
  }

  /** It goes on, whether it was held or not. */
  async release(): Promise<void> {
    try {
      process.kill(this.pid, "SIGCONT");
    } catch {
      // It was killed.
    }
    this.#strace.kill("SIGINT");
    await within(this.#ended, "strace's end");
  }

  #calls(): string {
    return existsSync(this.#file) ? readFileSync(this.#file, "utf8") : "";
  }
}
