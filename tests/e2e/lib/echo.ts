// A server that tells what it was sent.

import { createHash } from "node:crypto";
import { answering, response, type Origin } from "./origin.ts";
import type { Scope } from "./temporary.ts";

/** What it answers with. */
export interface Echo {
  method: string;
  fields: [string, string][];
  chunks: number[];
  hash: string;
  /** The beginning of the body, as Latin-1. */
  text: string;
}

export const hashOf = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** The values of a field, in lower case. */
export function valuesOf({ fields }: Echo, name: string): string[] {
  return fields.filter((each) => each[0] === name).map((each) => each[1]);
}

export function echoing(scope: Scope): Promise<Origin> {
  return answering(scope, ({ method, fields, body, chunks }) => {
    const text = body.toString("latin1").slice(0, 100);
    const echo: Echo = { method, fields, chunks, hash: hashOf(body), text };
    return response(200, {}, JSON.stringify(echo));
  });
}
