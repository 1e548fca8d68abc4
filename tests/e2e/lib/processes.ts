// What processes are doing, as the system tells it (proc(5)).

import { readFileSync } from "node:fs";
import { until } from "../../../tools/harness/wait.ts";

/** CPU time that a process has taken, in hundredths of a second. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // Behind the name, which may have any characters in it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

/** Waits until a process, which had nothing to do before, has computed for a tenth of a second. */
export async function computes(pid: number): Promise<void> {
  const begin = cpuOf(pid);
  await until(`process ${pid} to compute`, () => cpuOf(pid) >= begin + 10);
}
