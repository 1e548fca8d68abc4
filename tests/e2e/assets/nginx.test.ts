// Conditional and range requests (RFC 9110, sections 13 and 14), by a table: what NANO answers, and that nginx
// answers the same to them, with the same files.

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { request, type Response } from "../../../tools/harness/http.ts";
import { build, workspace } from "../lib/apps.ts";
import { freePort, startForeign, without } from "../lib/foreign.ts";
import { serve, type Server } from "../lib/server.ts";
import { suiteScope, temporaryFolder } from "../lib/temporary.ts";

const BYTES = "0123456789abcdefghijklmnopqrstuvwxyz";
const FILES = { "bytes.bin": BYTES, "empty.bin": "", "folder/page.txt": "text" };

/** What a request is and is answered with; `{etag}` and `{modified}` stand for the file's own. */
interface Case {
  path?: string;
  method?: string;
  fields?: Record<string, string>;
  status: number;
  body?: string;
  range?: string;
  /** nginx does otherwise, and why. */
  differs?: string;
}

const LATER = "Thu, 31 Dec 2099 23:59:59 GMT";
const EARLIER = "Sun, 06 Nov 1994 08:49:37 GMT";

const CASES: Record<string, Case> = {
  "a file": { status: 200, body: BYTES },
  "an empty one": { path: "/empty.bin", status: 200, body: "" },
  "a query": { path: "/bytes.bin?a=1", status: 200, body: BYTES },
  HEAD: { method: "HEAD", status: 200 },
  "none there": { path: "/none", status: 404 },
  POST: { method: "POST", status: 405 },

  "if-none-match, the same": { fields: { "if-none-match": "{etag}" }, status: 304 },
  "if-none-match, the same and weak": { fields: { "if-none-match": "W/{etag}" }, status: 304 },
  "if-none-match, among others": {
    fields: { "if-none-match": '"x", {etag}, W/"y"' },
    status: 304,
  },
  "if-none-match, any": { fields: { "if-none-match": "*" }, status: 304 },
  "if-none-match, another": { fields: { "if-none-match": '"x"' }, status: 200, body: BYTES },
  "if-none-match, HEAD": { method: "HEAD", fields: { "if-none-match": "{etag}" }, status: 304 },
  "if-none-match overrules if-modified-since": {
    fields: { "if-none-match": '"x"', "if-modified-since": "{modified}" },
    status: 200,
    body: BYTES,
  },
  "if-modified-since, the same": { fields: { "if-modified-since": "{modified}" }, status: 304 },
  "if-modified-since, later": { fields: { "if-modified-since": LATER }, status: 304 },
  "if-modified-since, earlier": {
    fields: { "if-modified-since": EARLIER },
    status: 200,
    body: BYTES,
  },
  "if-modified-since, no date": {
    fields: { "if-modified-since": "soon" },
    status: 200,
    body: BYTES,
  },
  "if-match, the same": { fields: { "if-match": "{etag}" }, status: 200, body: BYTES },
  "if-match, any": { fields: { "if-match": "*" }, status: 200, body: BYTES },
  "if-match, another": { fields: { "if-match": '"x"' }, status: 412 },
  "if-match, weak": { fields: { "if-match": "W/{etag}" }, status: 412 },
  "if-unmodified-since, the same": {
    fields: { "if-unmodified-since": "{modified}" },
    status: 200,
    body: BYTES,
  },
  "if-unmodified-since, earlier": { fields: { "if-unmodified-since": EARLIER }, status: 412 },
  "if-match overrules if-unmodified-since": {
    fields: { "if-match": "{etag}", "if-unmodified-since": EARLIER },
    status: 200,
    body: BYTES,
    differs: "looks at both, as RFC 2616 had it",
  },
  "if-match before if-none-match": {
    fields: { "if-match": '"x"', "if-none-match": "{etag}" },
    status: 412,
  },

  "the first bytes": { fields: { range: "bytes=0-3" }, status: 206, body: "0123", range: "0-3" },
  "to the end": { fields: { range: "bytes=30-" }, status: 206, body: "uvwxyz", range: "30-35" },
  "the last bytes": { fields: { range: "bytes=-3" }, status: 206, body: "xyz", range: "33-35" },
  "more than there are": {
    fields: { range: "bytes=30-99" },
    status: 206,
    body: "uvwxyz",
    range: "30-35",
  },
  "more last bytes than there are": {
    fields: { range: "bytes=-99" },
    status: 206,
    body: BYTES,
    range: "0-35",
  },
  "all bytes": { fields: { range: "bytes=0-" }, status: 206, body: BYTES, range: "0-35" },
  "one byte": { fields: { range: "bytes=35-35" }, status: 206, body: "z", range: "35-35" },
  "behind the end": { fields: { range: "bytes=36-" }, status: 416 },
  "no last bytes": {
    fields: { range: "bytes=-0" },
    status: 416,
  },
  "of an empty file": {
    path: "/empty.bin",
    fields: { range: "bytes=0-" },
    status: 416,
    differs: "answers with the whole",
  },
  "the wrong way round": {
    fields: { range: "bytes=5-2" },
    status: 200,
    body: BYTES,
    differs: "takes it for a range behind the end",
  },
  "another unit": {
    fields: { range: "lines=1-2" },
    status: 200,
    body: BYTES,
  },
  "no number": {
    fields: { range: "bytes=a-b" },
    status: 200,
    body: BYTES,
    differs: "takes it for a range behind the end",
  },
  "a number beyond all": {
    fields: { range: "bytes=99999999999999999999999-" },
    status: 416,
  },
  "of HEAD": {
    method: "HEAD",
    fields: { range: "bytes=0-3" },
    status: 200,
    differs: "answers as to GET, which RFC 9110 does not let it",
  },
  "if-range, the same tag": {
    fields: { range: "bytes=0-3", "if-range": "{etag}" },
    status: 206,
    body: "0123",
    range: "0-3",
  },
  "if-range, another tag": {
    fields: { range: "bytes=0-3", "if-range": '"x"' },
    status: 200,
    body: BYTES,
  },
  "if-range, the same date": {
    fields: { range: "bytes=0-3", "if-range": "{modified}" },
    status: 206,
    body: "0123",
    range: "0-3",
  },
  "if-range, another date": {
    fields: { range: "bytes=0-3", "if-range": EARLIER },
    status: 200,
    body: BYTES,
  },
  "a range of what the client has": {
    fields: { range: "bytes=0-3", "if-none-match": "{etag}" },
    status: 304,
  },
  "a range that the condition forbids": {
    fields: { range: "bytes=0-3", "if-match": '"x"' },
    status: 412,
  },
  "a range behind the end that the condition forbids": {
    fields: { range: "bytes=99-", "if-none-match": "{etag}" },
    status: 304,
  },
  "a huge number of ranges": {
    fields: { range: `bytes=${Array.from({ length: 500 }, () => "0-0").join(",")}` },
    status: 200,
    body: BYTES,
  },
  "ranges that are more than the whole": {
    fields: { range: "bytes=0-30,0-30" },
    status: 200,
    body: BYTES,
  },
};

/** The text of each part of a body in parts, with its range. */
function partsOf(response: Response): string[] {
  const boundary = /boundary="?([^"]+)"?$/.exec(response.header("content-type")!)![1]!;
  const parts = response.text.split(`--${boundary}`);
  assert.equal(parts.shift(), "\r\n");
  assert.equal(parts.pop()!.trimEnd(), "--");
  return parts.map((part) => {
    const [head = "", body = ""] = part.split("\r\n\r\n");
    return `${/content-range: bytes (.*)/i.exec(head)![1]} ${body.replace(/\r\n$/, "")}`;
  });
}

class Asked {
  readonly #target: { port: number };
  #etag = "";
  #modified = "";

  constructor(target: { port: number }) {
    this.#target = target;
  }

  async learn(): Promise<void> {
    for (const path of ["/bytes.bin"]) {
      const response = await this.ask({ path, status: 200 });
      this.#etag = response.header("etag")!;
      this.#modified = response.header("last-modified")!;
    }
  }

  ask({ path = "/bytes.bin", method = "GET", fields = {} }: Case): Promise<Response> {
    const fill = (value: string) =>
      value.replaceAll("{etag}", this.#etag).replaceAll("{modified}", this.#modified);
    const headers = Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, fill(value)]),
    );
    return request(this.#target, "files.test", path, { method, headers });
  }
}

describe("conditional and range requests", () => {
  const scope = suiteScope();
  let server: Server;
  let nano: Asked;
  let nginx: Asked | undefined;

  before(async () => {
    const files = Object.fromEntries(
      Object.entries(FILES).map(([name, text]) => ["public/" + name, text]),
    );
    const made = workspace(scope, { files: { files, assets: "public" } });
    await build(made);
    server = await serve(scope, made.dist, { config: made.config });
    nano = new Asked(server);
    await nano.learn();
    if (without("nginx") === false) {
      nginx = new Asked({ port: await startNginx() });
      await nginx.learn();
    }
  });

  async function startNginx(): Promise<number> {
    const folder = temporaryFolder(scope);
    for (const [name, text] of Object.entries(FILES)) {
      mkdirSync(join(folder, "root", name, ".."), { recursive: true });
      writeFileSync(join(folder, "root", name), text);
    }
    const port = await freePort();
    const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    );
    writeFileSync(
      join(folder, "nginx.conf"),
      `daemon off; pid ${folder}/pid; error_log stderr crit;
       events {}
       http {
         access_log off; ${places.join(" ")}
         if_modified_since before;
         server { listen 127.0.0.1:${port}; root ${folder}/root; }
       }`,
    );
    const args = ["-c", join(folder, "nginx.conf"), "-e", "stderr"];
    await startForeign(scope, "nginx", args, { port, ownFolder: folder });
    return port;
  }

  const check = (response: Response, { method, status, body, range }: Case) => {
    assert.equal(response.status, status);
    if (body !== undefined) {
      assert.equal(response.text, body);
      assert.equal(response.header("content-length"), String(body.length));
    }
    if (range !== undefined) {
      assert.equal(response.header("content-range"), `bytes ${range}/${BYTES.length}`);
    }
    if (status === 304 || method === "HEAD") assert.equal(response.text, "");
    if (status === 200 || status === 206 || status === 304) {
      for (const name of ["etag", "last-modified"]) assert.ok(response.header(name), name);
    }
    if (status === 416) assert.match(response.header("content-range")!, /^bytes \*\/\d+$/);
  };

  for (const [what, asked] of Object.entries(CASES)) {
    test(what, async () => {
      check(await nano.ask(asked), asked);
      if (nginx === undefined) return;
      const response = await nginx.ask(asked);
      if (asked.differs === undefined) check(response, asked);
      else assert.throws(() => check(response, asked), `nginx: ${asked.differs}`);
    });
  }

  test("several parts", async () => {
    const asked: Case = { fields: { range: "bytes=0-1, 10-11,-2" }, status: 206 };
    const expected = ["0-1/36 01", "10-11/36 ab", "34-35/36 yz"];
    assert.deepEqual(partsOf(await nano.ask(asked)), expected);
    if (nginx !== undefined) assert.deepEqual(partsOf(await nginx.ask(asked)), expected);
  });

  test("nginx is there to compare with", { skip: without("nginx") }, () => {
    assert.ok(nginx !== undefined);
  });
});
