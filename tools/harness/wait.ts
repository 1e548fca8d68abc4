// Waiting with an end.

import { setTimeout as sleep } from "node:timers/promises";

/** Generous: only what is broken reaches it, however busy the machine is. */
export const DEADLINE = 30_000;

/** The promise's outcome, or a rejection that says what did not happen. */
export async function within<T>(
  promise: Promise<T>,
  what: string | (() => string),
  timeout = DEADLINE,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const text = typeof what === "string" ? what : what();
      reject(new Error(`waited ${timeout} ms for ${text}`));
    }, timeout);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks again and again until the answer is neither undefined nor false. */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  timeout = DEADLINE,
): Promise<T> {
  const end = performance.now() + timeout;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new Error(`waited ${timeout} ms for ${what}`);
    await sleep(5);
  }
}
