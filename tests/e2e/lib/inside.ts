// Functions of a test that run inside an app, which gets their source with the request: what is asked and
// what is expected of it stand in one place.

import assert from "node:assert/strict";
import { buildApps, type App } from "./apps.ts";
import {
  Connection,
  request,
  requestBytes,
  type RequestOptions,
} from "../../../tools/harness/http.ts";
import { serve, type ServeOptions, type Server } from "./server.ts";
import type { Scope } from "./temporary.ts";

/** What the app knows of the request that runs a function. */
export interface Inside {
  request: Request;
  env: Record<string, never>;
  context: { waitUntil(promise: Promise<unknown>): void };
  /** Of the isolate: stays from one request to the next. */
  kept: Record<string, any>;
}

/** A failure of fetch(), as the app sees it. */
export interface Failure {
  name: string;
  message: string;
  cause?: { name: string; message: string; code: string };
}

/** Runs in the app: must not refer to anything around it, but for `tell` and built-ins. */
export type Action<A extends unknown[], T> = (inside: Inside, ...args: A) => T | Promise<T>;

declare global {
  /** In the app: the failure that a promise is rejected with; fails if it is fulfilled. */
  function tell(promise: Promise<unknown>): Promise<Failure>;
}

export const INSIDE = `
  const kept = {};
  const describe = (error) => ({
    name: error?.name,
    message: error?.message ?? String(error),
    ...(error?.cause && {
      cause: { name: error.cause.name, message: error.cause.message, code: error.cause.code },
    }),
  });
  globalThis.tell = (promise) =>
    promise.then((value) => { throw new Error("it was fulfilled with " + value); }, describe);
  export default {
    async fetch(request, env, context) {
      const { searchParams } = new URL(request.url);
      const action = (0, eval)("(" + searchParams.get("run") + ")");
      const args = JSON.parse(searchParams.get("args"));
      try {
        const value = await action({ request, env, context, kept }, ...args);
        return value instanceof Response ? value : Response.json({ value });
      } catch (error) {
        return Response.json({ error: describe(error), stack: error?.stack }, { status: 555 });
      }
    },
  };`;

/** The path that has the app run a function. */
export function pathOf<A extends unknown[], T>(action: Action<A, T>, ...args: A): string {
  const query = new URLSearchParams({ run: String(action), args: JSON.stringify(args) });
  return `/?${query}`;
}

/** Runs a function inside the app and gives what it returns. */
export async function run<A extends unknown[], T>(
  server: Server,
  action: Action<A, T>,
  ...args: A
): Promise<T> {
  return runAs(server, "app", {}, action, ...args);
}

/** The same in an app of some name, by a request with options. */
export async function runAs<A extends unknown[], T>(
  server: Server,
  app: string,
  options: RequestOptions,
  action: Action<A, T>,
  ...args: A
): Promise<T> {
  const response = await request(server, `${app}.test`, pathOf(action, ...args), options);
  assert.equal(response.status, 200, `${response.text}\n${server.output}`);
  return (response.json as { value: T }).value;
}

/** Begins a request that runs a function, and leaves its response to be read. */
export async function begin<A extends unknown[]>(
  server: Server,
  options: RequestOptions,
  action: Action<A, Response>,
  ...args: A
): Promise<Connection> {
  const connection = await Connection.open(server);
  void connection.send(requestBytes("app.test", pathOf(action, ...args), options)).catch(() => {});
  return connection;
}

/** Builds and serves an app that runs functions, with what nano.yaml says of it. */
export async function serveInside(
  scope: Scope,
  settings: Omit<App, "files"> = {},
  options: ServeOptions = {},
  ofServer?: Record<string, unknown>,
): Promise<Server> {
  return serveAllInside(scope, { app: settings }, options, ofServer);
}

/** The same of several apps, by their names. */
export async function serveAllInside(
  scope: Scope,
  settings: Record<string, Omit<App, "files">>,
  options: ServeOptions = {},
  ofServer?: Record<string, unknown>,
): Promise<Server> {
  const apps = Object.entries(settings).map(([name, of]) => [name, { ...of, files: INSIDE }]);
  const { dist, config } = await buildApps(scope, Object.fromEntries(apps), ofServer);
  return serve(scope, dist, { config, ...options });
}
