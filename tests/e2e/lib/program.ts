// Programs that run to their end.

import { spawn } from "node:child_process";

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Written to the standard input, which is then closed. */
  input?: string | Uint8Array;
  /** Milliseconds; then the program is killed and the call fails. */
  timeout?: number;
}

export interface Finished {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** The standard output as bytes. */
  bytes: Buffer;
}

/** Runs a program and waits for its end. Rejects if it cannot be started or does not end in time. */
export function run(
  file: string,
  args: readonly string[],
  { cwd, env, input, timeout = 60_000 }: RunOptions = {},
): Promise<Finished> {
  const { promise, resolve, reject } = Promise.withResolvers<Finished>();
  const child = spawn(file, args, { cwd, env, stdio: "pipe" });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString();
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  // A program that ends without reading its input is no error here.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const timer = setTimeout(() => {
    child.kill("SIGKILL");
    const command = [file, ...args].join(" ");
    reject(new Error(`no end after ${timeout} ms: ${command}\n${text(stdout)}${text(stderr)}`));
  }, timeout);
  child.on("error", (error) => {
    clearTimeout(timer);
    reject(error);
  });
  child.on("close", (status, signal) => {
    clearTimeout(timer);
    const bytes = Buffer.concat(stdout);
    resolve({ status, signal, stdout: bytes.toString(), stderr: text(stderr), bytes });
  });
  return promise;
}
