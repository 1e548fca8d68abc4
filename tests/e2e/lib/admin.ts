// An admin API that a test scripts: it answers what it is told to, on a Unix socket, and keeps what
// it was asked. For what `nano ctl` does with answers; what the server answers is tested elsewhere.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
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
  socket: string;
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

export async function adminApi(scope: Scope, answers: Record<string, Answer>): Promise<AdminApi> {
  const folder = temporaryFolder(scope);
  const api: AdminApi = { socket: join(folder, "nano.sock"), folder, answers, asked: [] };
  const server = createServer((request, response) => {
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
  });
  server.listen(api.socket);
  await once(server, "listening");
  scope.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return api;
}
