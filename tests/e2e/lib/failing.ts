// Calls of apps that fail, and what every failure tells.

import assert from "node:assert/strict";
import { runAs, type Failure } from "./inside.ts";
import type { Server } from "./server.ts";

/** Runs in the app: how a call and the reading of its body fail. */
const failing = (_: unknown, url: string, init: RequestInit) =>
  tell(fetch(url, init).then((response) => response.text()));

/** How a call of an app's fails. Fails the test unless it tells what every failure does. */
export async function failureOf(
  server: Server,
  url: string,
  app = "app",
  init: RequestInit = {},
): Promise<Failure & { code: string }> {
  const failure = await runAs(server, app, {}, failing, url, init);
  const { host, port, protocol } = new URL(url);
  const authority = port === "" ? `${host}:${protocol === "https:" ? 443 : 80}` : host;
  assert.equal(failure.name, "TypeError", failure.message);
  assert.ok(failure.message.includes(authority), failure.message);
  assert.equal(failure.cause?.name, "Error", failure.message);
  assert.ok(failure.cause.message.startsWith(`${authority}: `), failure.cause.message);
  assert.ok(failure.message.endsWith(failure.cause.message), failure.message);
  return { ...failure, code: failure.cause.code };
}
