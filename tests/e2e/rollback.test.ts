// Going back to a version that served before, through the admin API.

import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { request } from "../../tools/harness/http.ts";
import { counter, Swapping } from "./lib/swapping.ts";
import { temporaryFolder } from "./lib/temporary.ts";

interface Answer {
  status: number;
  json: Record<string, unknown>;
  etag: string | undefined;
}

function admin(socketPath: string, method: string, path: string, etag?: string): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const headers = { host: "nano", ...(etag !== undefined && { "if-match": etag }) };
  httpRequest({ socketPath, method, path, headers }, (answer) => {
    let text = "";
    answer.setEncoding("utf8").on("data", (part: string) => (text += part));
    answer.on("end", () =>
      resolve({
        status: answer.statusCode!,
        json: JSON.parse(text) as Record<string, unknown>,
        etag: answer.headers.etag,
      }),
    );
  })
    .on("error", reject)
    .end();
  return promise;
}

test("back to the version before: twice is as once, and builds count from there", async (t) => {
  const socket = join(temporaryFolder(t), "nano.sock");
  const swapping = await Swapping.start(
    t,
    { app: { files: counter("one") }, other: { files: counter("other") } },
    { args: ["--admin", `unix:${socket}`] },
  );
  const { server } = swapping;
  const word = async () => (await request(server, "app.test", "/")).text.split(" ")[0];
  const back = async () => {
    const { etag } = await admin(socket, "GET", "/admin/apps/app");
    return admin(socket, "POST", "/admin/apps/app/rollback", etag);
  };
  assert.equal(await word(), "one");
  assert.equal((await request(server, "other.test", "/")).text, "other 1");
  await swapping.rebuild("app", counter("two"));
  await swapping.swap();
  assert.equal(await word(), "two");

  assert.equal((await back()).status, 200, server.output);
  assert.equal(await word(), "one");
  const again = await back();
  assert.equal(again.status, 200, JSON.stringify(again.json));
  assert.equal(await word(), "one");
  // A reload of the same files does not bring it back.
  await swapping.reload();
  assert.equal(await word(), "one");

  // New builds have the last word, and what they replaced is what is before them.
  await swapping.rebuild("app", counter("three"));
  await swapping.swap();
  assert.equal(await word(), "three");
  await swapping.rebuild("app", counter("four"));
  await swapping.swap();
  assert.equal(await word(), "four");
  assert.equal((await back()).status, 200, server.output);
  assert.equal(await word(), "three");
  assert.equal((await request(server, "other.test", "/")).text, "other 2");
});
