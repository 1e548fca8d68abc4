// An admin API that a test scripts: it answers what it is told to, on a Unix socket, and keeps what
// it was asked. For what `nano ctl` does with answers; what the server answers is tested elsewhere.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { temporaryFolder, type Scope } from "./temporary.ts";

export interface Asked {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

/** A value is answered as JSON with status 200; a function answers itself. */
type Answer = object | ((asked: Asked, response: ServerResponse) => void);

export interface AdminApi {
  /** Empty if it is spoken by TLS … */
  socket: string;
  /** … and empty if it is not. */
  url: string;
  folder: string;
  /** By "GET /admin/apps". */
  answers: Record<string, Answer>;
  asked: Asked[];
}

export function problem(response: ServerResponse, status: number, slug: string, more = {}): void {
  response.writeHead(status, { "content-type": "application/problem+json" });
  const type = `urn:nano:problem:${slug}`;
  response.end(JSON.stringify({ type, title: slug, status, detail: `It is ${slug}.`, ...more }));
}

/** With `tls` on an address of TCP, else on a Unix socket. */
export async function adminApi(
  scope: Scope,
  answers: Record<string, Answer>,
  tls?: ServerOptions,
): Promise<AdminApi> {
  const folder = temporaryFolder(scope);
  const socket = tls === undefined ? join(folder, "nano.sock") : "";
  const api: AdminApi = { socket, url: "", folder, answers, asked: [] };
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const asked = { method, path: url, headers, body: Buffer.concat(parts) };
      api.asked.push(asked);
      const answer = api.answers[`${method} ${url}`];
      if (answer === undefined) return problem(response, 404, "no-such-app");
      if (typeof answer === "function") return (answer as Function)(asked, response);
      response.writeHead(200, { "content-type": "application/json", etag: '"now"' });
      response.end(JSON.stringify(answer));
    });
  };
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  if (tls === undefined) server.listen(socket);
  else server.listen(0, "127.0.0.1");
  await once(server, "listening");
  if (tls !== undefined) api.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  scope.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return api;
}
