// A server's admin API, asked by curl over its Unix socket, as people do.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { until } from "../../../tools/harness/wait.ts";
import { curl } from "./curl.ts";
import type { Scope } from "./temporary.ts";

export interface Answer {
  status: number;
  headers: Map<string, string>;
  body: string;
  // Whatever the resource has; tests say what they expect.
  json: any;
}

export interface Asking {
  method?: string;
  /** As curl takes them: "name: value". */
  headers?: string[];
  /** JSON. */
  body?: unknown;
  /** Parts of a form, as curl takes them. */
  form?: string[];
}

/** curl -i's output: the last head, after interim ones, and the body. */
function parse(text: string): Answer {
  let rest = text;
  for (;;) {
    const end = rest.indexOf("\r\n\r\n");
    assert.notEqual(end, -1, `no head in ${text}`);
    const [first, ...lines] = rest.slice(0, end).split("\r\n");
    const status = Number(first!.split(" ")[1]);
    rest = rest.slice(end + 4);
    if (status < 200) continue;
    const headers = new Map<string, string>();
    for (const line of lines) {
      const colon = line.indexOf(":");
      headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
    }
    const isJson = /json/.test(headers.get("content-type") ?? "");
    const json = isJson && rest !== "" ? JSON.parse(rest) : undefined;
    return { status, headers, body: rest, json };
  }
}

export class Admin {
  readonly socket: string;
  /** Everything it has ever said, heads included. */
  said = "";

  /** `directory`: what `dist/` is in. */
  constructor(directory: string) {
    this.socket = join(directory, "nano.sock");
  }

  async ask(path: string, { method, headers = [], body, form = [] }: Asking = {}): Promise<Answer> {
    const args = ["-i", "--unix-socket", this.socket];
    if (method === "HEAD") args.push("-I");
    else if (method !== undefined) args.push("-X", method);
    for (const header of headers) args.push("-H", header);
    if (body !== undefined) {
      args.push("-H", "content-type: application/json", "--data-binary", JSON.stringify(body));
    }
    for (const part of form) args.push("-F", part);
    const { stdout } = await curl([...args, `http://nano${path}`]);
    this.said += stdout;
    return parse(stdout);
  }

  get(path: string, ...headers: string[]): Promise<Answer> {
    return this.ask(path, { headers });
  }

  post(path: string, body?: unknown): Promise<Answer> {
    return this.ask(path, { method: "POST", body });
  }

  async etag(app: string): Promise<string> {
    const { headers, status, body } = await this.get(`/admin/apps/${app}`);
    assert.equal(status, 200, body);
    return headers.get("etag")!;
  }

  /** Patches an app as it is now. */
  async patch(app: string, body: unknown): Promise<Answer> {
    const headers = [`If-Match: ${await this.etag(app)}`];
    return this.ask(`/admin/apps/${app}`, { method: "PATCH", headers, body });
  }

  /** The answer to a change, which has to have been made. */
  changed({ status, body, json }: Answer): any {
    assert.ok(status >= 200 && status < 300, `${status}: ${body}`);
    return json;
  }

  /** Waits for the end of the operation that an answer names, if any. */
  async settled(answer: Answer): Promise<void> {
    const place = this.changed(answer).operation;
    if (place === null) return;
    await until(`the end of ${place}`, async () => (await this.get(place)).json.state === "done");
  }

  /** Reads what does not end by itself, until the test ends. */
  follow(scope: Scope, path: string, ...headers: string[]): Following {
    const args = ["-q", "-sS", "-N", "--unix-socket", this.socket, `http://nano${path}`];
    for (const header of headers) args.push("-H", header);
    const child = spawn("curl", args, { stdio: ["ignore", "pipe", "inherit"] });
    const following: Following = {
      text: "",
      saw: (what, pattern) => until(what, () => pattern.exec(following.text) ?? false),
    };
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      following.text += text;
      this.said += text;
    });
    scope.after(() => void child.kill());
    return following;
  }
}

export interface Following {
  text: string;
  saw(what: string, pattern: RegExp): Promise<RegExpExecArray>;
}
