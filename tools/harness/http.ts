// HTTP/1.1 over raw sockets, of either side: sends exactly the bytes that a test names, and reads messages by
// the framing rules of RFC 9112, section 6.3, strictly, so that wrong framing fails.

import { connect, type Socket } from "node:net";
import { DEADLINE, within } from "./wait.ts";

export type Bytes = string | Uint8Array;

export class Message {
  version = "";
  /** Names in lower case, in the order received. */
  fields: [name: string, value: string][] = [];
  body: Buffer = Buffer.alloc(0);
  /** Sizes of the chunks, if the body was chunked. */
  chunks: number[] = [];

  /** A field's value; several are joined by ", ". */
  header(name: string): string | undefined {
    const values = this.fields.filter(([field]) => field === name).map(([, value]) => value);
    return values.length === 0 ? undefined : values.join(", ");
  }

  get text(): string {
    return this.body.toString();
  }

  get json(): unknown {
    return JSON.parse(this.text);
  }
}

export class Response extends Message {
  status = 0;
  reason = "";
}

export class Request extends Message {
  method = "";
  target = "";
}

export interface Target {
  port: number;
  host?: string;
  /** The client's own address; without it, the system chooses one. */
  from?: string;
}

/** A connection. Text is sent and received as Latin-1 heads and raw bodies. */
export class Connection {
  readonly socket: Socket;
  #received: Buffer[] = [];
  #ended = false;
  #error: Error | undefined;
  #changed: (() => void) | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    const change = () => {
      this.#changed?.();
      this.#changed = undefined;
    };
    socket.on("data", (chunk: Buffer) => {
      this.#received.push(chunk);
      change();
    });
    socket.on("end", () => {
      this.#ended = true;
      change();
    });
    socket.on("error", (error) => {
      this.#error = error;
      change();
    });
    socket.on("close", () => {
      this.#ended = true;
      change();
    });
  }

  /** Of a socket that a server has accepted. */
  static of(socket: Socket): Connection {
    return new Connection(socket);
  }

  static async open({ port, host = "127.0.0.1", from }: Target): Promise<Connection> {
    const socket = connect({
      port,
      host,
      ...(from !== undefined && { localAddress: from }),
      noDelay: true,
      allowHalfOpen: true,
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once("connect", resolve);
    socket.once("error", reject);
    const connection = new Connection(socket);
    await within(promise, `a connection to ${host}:${port}`);
    return connection;
  }

  /** Writes bytes; resolves when the kernel has them. */
  send(bytes: Bytes): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    // An error shows when the response is read.
    this.socket.write(bytes, () => resolve());
    return within(promise, "the server to read");
  }

  /** No more bytes will be sent. */
  end(): void {
    this.socket.end();
  }

  /** Bytes received and not read yet. */
  get buffered(): number {
    return this.#received.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** True if there are bytes or will be; false at the end of the connection. */
  async #more(timeout: number): Promise<boolean> {
    if (this.#error !== undefined) throw this.#error;
    if (this.#ended) return false;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#changed = resolve;
    await within(promise, () => `bytes from the server; so far: ${this.#peek()}`, timeout);
    if (this.#error !== undefined) throw this.#error;
    return true;
  }

  #peek(): string {
    return JSON.stringify(this.#all().subarray(0, 500).toString("latin1"));
  }

  #all(): Buffer {
    if (this.#received.length > 1) this.#received = [Buffer.concat(this.#received)];
    return this.#received[0] ?? Buffer.alloc(0);
  }

  #take(size: number): Buffer {
    const all = this.#all();
    const rest = all.subarray(size);
    this.#received = rest.length > 0 ? [rest] : [];
    return all.subarray(0, size);
  }

  async #takeLine(timeout: number): Promise<string> {
    for (;;) {
      const end = this.#all().indexOf("\r\n");
      if (end >= 0) return this.#take(end + 2).toString("latin1", 0, end);
      if (!(await this.#more(timeout))) {
        throw new Error(`the connection ended within a line: ${this.#peek()}`);
      }
    }
  }

  async #takeBytes(size: number, timeout: number): Promise<Buffer> {
    while (this.buffered < size) {
      if (!(await this.#more(timeout))) {
        throw new Error(`the connection ended after ${this.buffered} of ${size} bytes`);
      }
    }
    return this.#take(size);
  }

  /** Reads until the other side closes. */
  async readAll(timeout = DEADLINE): Promise<Buffer> {
    while (await this.#more(timeout));
    return this.#take(this.buffered);
  }

  /** Reads some bytes, as they come; an empty buffer at the end. */
  async readSome(timeout = DEADLINE): Promise<Buffer> {
    while (this.buffered === 0) {
      if (!(await this.#more(timeout))) break;
    }
    return this.#take(this.buffered);
  }

  /** Waits until the other side has closed; bytes that are left over are an error. */
  async expectClosed(timeout = DEADLINE): Promise<void> {
    const rest = await this.readAll(timeout);
    if (rest.length > 0) throw new Error(`bytes after the last response: ${rest.toString()}`);
  }

  /** Reads the status line and the fields. */
  async readHead(timeout = DEADLINE): Promise<Response> {
    const response = new Response();
    const line = await this.#takeLine(timeout);
    const match = /^HTTP\/(\d\.\d) (\d{3}) ([^\r\n]*)$/.exec(line);
    if (match === null) throw new Error(`not a status line: ${JSON.stringify(line)}`);
    [, response.version = "", , response.reason = ""] = match;
    response.status = Number(match[2]);
    await this.#readFields(response, timeout);
    return response;
  }

  async #readFields(message: Message, timeout: number): Promise<void> {
    for (;;) {
      const field = await this.#takeLine(timeout);
      if (field === "") return;
      const parts = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*$/.exec(field);
      if (parts === null) throw new Error(`not a header field: ${JSON.stringify(field)}`);
      const [, name = "", value = ""] = parts;
      message.fields.push([name.toLowerCase(), value]);
    }
  }

  /** As a server: reads a request line and the fields; null if the client has ended instead. */
  async readRequestHead(timeout = DEADLINE): Promise<Request | null> {
    while (this.buffered === 0) {
      if (!(await this.#more(timeout))) return null;
    }
    const request = new Request();
    const line = await this.#takeLine(timeout);
    const match = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) (\S+) HTTP\/(1\.1)$/.exec(line);
    if (match === null) throw new Error(`not a request line: ${JSON.stringify(line)}`);
    [, request.method = "", request.target = "", request.version = ""] = match;
    await this.#readFields(request, timeout);
    return request;
  }

  /** As a server: reads a request; null if the client has ended instead. */
  async readRequest(timeout = DEADLINE): Promise<Request | null> {
    const request = await this.readRequestHead(timeout);
    if (request === null) return null;
    const coding = request.header("transfer-encoding");
    const length = request.header("content-length");
    if (coding !== undefined && length !== undefined) throw new Error("both framings at once");
    if (coding !== undefined && coding !== "chunked") throw new Error(`coding: ${coding}`);
    if (length !== undefined && !/^\d+$/.test(length)) throw new Error(`length: ${length}`);
    if (coding !== undefined) request.body = await this.#readChunks(request, timeout);
    else if (length !== undefined) request.body = await this.#takeBytes(Number(length), timeout);
    return request;
  }

  /** Reads a response to a request with `method`. Interim ones (1xx) come like any other. */
  async read(method = "GET", timeout = DEADLINE): Promise<Response> {
    const response = await this.readHead(timeout);
    const { status } = response;
    const coding = response.header("transfer-encoding");
    const length = response.header("content-length");
    if (coding !== undefined && length !== undefined) throw new Error("both framings at once");
    if (method === "HEAD" || status < 200 || status === 204 || status === 304) return response;
    if (coding !== undefined) {
      if (coding !== "chunked") throw new Error(`transfer-encoding: ${coding}`);
      response.body = await this.#readChunks(response, timeout);
    } else if (length !== undefined) {
      if (!/^\d+$/.test(length)) throw new Error(`content-length: ${length}`);
      response.body = await this.#takeBytes(Number(length), timeout);
    } else {
      response.body = await this.readAll(timeout);
    }
    return response;
  }

  async #readChunks(message: Message, timeout: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (;;) {
      const line = await this.#takeLine(timeout);
      if (!/^[0-9a-fA-F]+$/.test(line)) throw new Error(`not a chunk's size: ${line}`);
      const size = parseInt(line, 16);
      if (size === 0) break;
      message.chunks.push(size);
      parts.push(await this.#takeBytes(size, timeout));
      const end = await this.#takeLine(timeout);
      if (end !== "") throw new Error("no line break after a chunk");
    }
    while ((await this.#takeLine(timeout)) !== "");
    return Buffer.concat(parts);
  }

  close(): void {
    this.socket.destroy();
  }
}

export interface RequestOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: Bytes;
  timeout?: number;
}

/** A request's bytes, with Content-Length if it has a body. */
export function requestBytes(
  host: string,
  target: string,
  { method = "GET", headers = {}, body }: RequestOptions = {},
): Buffer {
  const lines = [`${method} ${target} HTTP/1.1`, `Host: ${host}`];
  const content = body === undefined ? undefined : Buffer.from(body as string);
  if (content !== undefined) lines.push(`Content-Length: ${content.length}`);
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  const head = Buffer.from(lines.join("\r\n") + "\r\n\r\n", "latin1");
  return content === undefined ? head : Buffer.concat([head, content]);
}

/** One request on a connection of its own. */
export async function request(
  target: Target,
  host: string,
  path: string,
  options: RequestOptions = {},
): Promise<Response> {
  const connection = await Connection.open(target);
  try {
    const sent = connection.send(requestBytes(host, path, options));
    const [response] = await Promise.all([
      connection.read(options.method, options.timeout),
      sent.catch(() => {}),
    ]);
    return response;
  } finally {
    connection.close();
  }
}

/** Sends bytes on a connection of their own and reads until the server closes it. */
export async function sendRaw(
  target: Target,
  bytes: Bytes,
  { end = false, timeout = DEADLINE } = {},
): Promise<Buffer> {
  const connection = await Connection.open(target);
  try {
    const sent = connection.send(bytes);
    if (end) connection.end();
    const [received] = await Promise.all([connection.readAll(timeout), sent.catch(() => {})]);
    return received;
  } finally {
    connection.close();
  }
}
