// Clients that write without end, and know what was acknowledged: none of that may be lost.

import assert from "node:assert/strict";
import { request } from "../../../tools/harness/http.ts";
import { until } from "../../../tools/harness/wait.ts";
import type { Server } from "./server.ts";

const CLIENTS = 6;

export const WRITING_APP = `
  export default {
    async fetch(request, env) {
      const { pathname, searchParams } = new URL(request.url);
      const key = searchParams.get("key");
      if (pathname === "/put") {
        await env.KV.put(key, searchParams.get("value"));
        return new Response("acknowledged");
      }
      return new Response(await env.KV.get(key));
    },
  };`;

/** The same numbers in each run. */
export function random(seed: number): () => number {
  return () => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed / 2147483648;
  };
}

export class Writes {
  count = 0;
  failures = 0;
  readonly #server: Server;
  // The last value of each key that was acknowledged, and those that were sent after it and were not.
  readonly #acknowledged = new Map<string, number>();
  readonly #unknown = new Map<string, Set<number>>();
  readonly #clients: Promise<void>[];
  #isOver = false;

  constructor(server: Server) {
    this.#server = server;
    this.#clients = Array.from({ length: CLIENTS }, (_, number) => this.#write(number));
  }

  async #write(number: number): Promise<void> {
    for (let value = 1; !this.#isOver; value++) {
      const key = `${number}/${value % 7}`;
      const open = this.#unknown.get(key) ?? new Set();
      this.#unknown.set(key, open.add(value));
      try {
        const { text } = await request(this.#server, "app.test", `/put?key=${key}&value=${value}`);
        if (text !== "acknowledged") throw new Error(text);
        this.#acknowledged.set(key, value);
        open.clear();
        this.count++;
      } catch {
        this.failures++; // The worker that had it was killed, or nobody could write it.
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  }

  /** More of them were acknowledged. */
  async more(count = 1): Promise<void> {
    const before = this.count;
    await until("writes", () => this.count >= before + count);
  }

  /** Ends the clients, and compares. */
  async check(): Promise<void> {
    await this.more(10);
    this.#isOver = true;
    await Promise.all(this.#clients);
    for (const [key, value] of this.#acknowledged) {
      const { text } = await request(this.#server, "app.test", `/?key=${key}`);
      const read = Number(text);
      const isAllowed = read === value || this.#unknown.get(key)!.has(read);
      assert.ok(
        isAllowed,
        `${key} has ${text}; ${value} was acknowledged last, of ${this.count} writes`,
      );
    }
    assert.ok(this.#acknowledged.size > 0);
  }
}
