// Servers that apps call: each connection is given to a function of the test, which reads requests and sends
// exactly the bytes that it means to.

import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { Connection, type Bytes, type Request } from "../../../tools/harness/http.ts";
import { until } from "../../../tools/harness/wait.ts";
import type { Scope } from "./temporary.ts";

/** How a connection ended, as the server saw it. */
export type Ending = "open" | "fin" | "reset";

export class Peer {
  readonly connection: Connection;
  readonly socket: Socket;
  ending: Ending = "open";
  /** Requests that were read by `answer`. */
  readonly requests: Request[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    this.connection = Connection.of(socket);
    socket.on("end", () => this.#endsAs("fin"));
    socket.on("error", () => this.#endsAs("reset"));
  }

  #endsAs(ending: Ending): void {
    if (this.ending === "open") this.ending = ending;
  }

  /** Waits until the client has ended it. */
  ended(): Promise<Ending> {
    return until("the end of a connection", () => this.ending !== "open" && this.ending);
  }

  /** Text is sent as Latin-1. */
  send(bytes: Bytes): Promise<void> {
    return this.connection.send(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  }

  /** Reads a request; throws if there is none any more. */
  async request(): Promise<Request> {
    const request = await this.connection.readRequest();
    if (request === null) throw new Error("the client has ended");
    this.requests.push(request);
    return request;
  }

  /** Answers one request after the other, until the client ends. */
  async answer(respond: (request: Request, peer: Peer) => Bytes | Promise<Bytes>): Promise<void> {
    for (;;) {
      const request = await this.connection.readRequest();
      if (request === null) return void this.socket.end();
      this.requests.push(request);
      await this.send(await respond(request, this));
    }
  }
}

export interface OriginOptions {
  /** With it, the server speaks TLS. */
  tls?: TlsOptions;
  host?: string;
  port?: number;
}

export class Origin {
  /** All connections that there have been. */
  readonly peers: Peer[] = [];
  readonly #server: Server;
  readonly #isTls: boolean;
  port = 0;

  constructor(serve: (peer: Peer) => unknown, tls: TlsOptions | undefined) {
    this.#isTls = tls !== undefined;
    const accept = async (socket: Socket) => {
      const peer = new Peer(socket);
      this.peers.push(peer);
      try {
        await serve(peer);
      } catch {
        // Not what was to be read: the client sees it break off. It has not ended by itself.
        socket.destroy();
      }
    };
    const options = { noDelay: true, allowHalfOpen: true };
    this.#server =
      tls === undefined
        ? createServer(options, accept)
        : createTlsServer({ ...options, ...tls }, accept).on("tlsClientError", () => {});
  }

  get url(): string {
    return `${this.#isTls ? "https" : "http"}://127.0.0.1:${this.port}`;
  }

  /** "127.0.0.1:8080" */
  get authority(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** All requests that were answered, in the order of their connections. */
  get requests(): Request[] {
    return this.peers.flatMap(({ requests }) => requests);
  }

  async listen({ host = "127.0.0.1", port = 0 }: OriginOptions): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once("error", reject).listen(port, host, resolve);
    await promise;
    this.port = (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    for (const { socket } of this.peers) socket.destroy();
  }
}

/** Starts a server that gives each connection to a function. It ends with the test. */
export async function originOf(
  scope: Scope,
  serve: (peer: Peer) => unknown,
  options: OriginOptions = {},
): Promise<Origin> {
  const origin = new Origin(serve, options.tls);
  await origin.listen(options);
  scope.after(() => origin.close());
  return origin;
}

/** The same of one that answers every request. */
export function answering(
  scope: Scope,
  respond: (request: Request, peer: Peer) => Bytes | Promise<Bytes>,
  options?: OriginOptions,
): Promise<Origin> {
  return originOf(scope, (peer) => peer.answer(respond), options);
}

/** A response in wire format, with its length unless the fields frame it. */
export function response(
  status: number | string,
  fields: Record<string, string | string[]> = {},
  body: Bytes = "",
): Buffer {
  const line = typeof status === "number" ? `${status} Some Reason` : status;
  const lines = [`HTTP/1.1 ${line}`];
  for (const [name, value] of Object.entries(fields)) {
    for (const each of [value].flat()) lines.push(`${name}: ${each}`);
  }
  const content = typeof body === "string" ? Buffer.from(body) : Buffer.from(body);
  const names = Object.keys(fields).map((name) => name.toLowerCase());
  if (!names.includes("content-length") && !names.includes("transfer-encoding")) {
    lines.push(`Content-Length: ${content.length}`);
  }
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), content]);
}

/** One chunk of a chunked body; an empty one is its end. */
export function chunk(bytes: Bytes): Buffer {
  const content = typeof bytes === "string" ? Buffer.from(bytes) : Buffer.from(bytes);
  const size = Buffer.from(`${content.length.toString(16)}\r\n`);
  return Buffer.concat([size, content, Buffer.from("\r\n")]);
}

/** A server with one answer, in a content coding. */
export function answeringCoded(
  scope: Scope,
  coding: string,
  body: Uint8Array,
  more: Record<string, string> = {},
): Promise<Origin> {
  return answering(scope, () =>
    response(200, { "Content-Encoding": coding, ETag: '"strong"', ...more }, body),
  );
}
