// How much is cached: of the disk what nano.yaml says, and of memory little, however large bodies are.

import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import "../lib/caches.ts";
import { run, runAs, serveAllInside, serveInside } from "../lib/inside.ts";
import { temporaryFolder } from "../lib/temporary.ts";

/** Of all files below a folder, as they lie on the disk. */
function diskBytes(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).blocks * 512;
  }
  return bytes;
}

/** The most memory that a process has had, in bytes. */
function peakOf(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!;
  return Number(kilobytes) * 1024;
}

const fill = async (_: unknown, count: number, bytes: number) => {
  const body = "x".repeat(bytes);
  for (let i = 0; i < count; ++i) await caches.default.put(`http://fill/${i}`, new Response(body));
  let found = 0;
  for (let i = 0; i < count; ++i) {
    const hit = await caches.default.match(`http://fill/${i}`);
    if (hit === undefined) continue;
    if ((await hit.text()).length !== bytes) throw new Error("it is not whole");
    ++found;
  }
  return found;
};

test("entries go when there are too many, of the apps that have the most", async (t) => {
  const storage = temporaryFolder(t);
  const server = await serveAllInside(
    t,
    { app: {}, small: {} },
    {},
    {
      storage,
      cache: { size: "2MiB", app_size: "1500KiB" },
    },
  );
  assert.equal(await runAs(server, "small", {}, fill, 20, 10_000), 20);
  const found = await runAs(server, "app", {}, fill, 300, 20_000);
  assert.ok(found > 40 && found <= 75, `${found}`);
  assert.ok(diskBytes(join(storage, "cache")) <= 2 << 20);
  const stayed = await runAs(server, "small", {}, async () => {
    let count = 0;
    for (let i = 0; i < 20; ++i) {
      if ((await caches.default.match(`http://fill/${i}`)) !== undefined) ++count;
    }
    return count;
  });
  assert.equal(stayed, 20);
});

test("a response that is too large is not kept, and its source is told", async (t) => {
  const server = await serveInside(t, {}, {}, { cache: { entry_size: "100KiB" } });
  const seen = await run(server, async () => {
    const put = async (bytes: number, stream: boolean) => {
      let cancelled = false;
      let left = bytes;
      const body = !stream
        ? "x".repeat(bytes)
        : new ReadableStream({
            pull(controller) {
              controller.enqueue(new Uint8Array(Math.min(left, 10_000)));
              left -= 10_000;
              if (left <= 0) controller.close();
            },
            cancel() {
              cancelled = true;
            },
          });
      const key = `http://large/${bytes}/${stream}`;
      await caches.default.put(key, new Response(body));
      return [(await caches.default.match(key)) !== undefined, cancelled];
    };
    return [
      await put(100_000, false),
      await put(100_000, true),
      await put(200_000, false),
      await put(50_000_000, true),
    ];
  });
  assert.deepEqual(seen, [
    [true, false],
    [true, false],
    [false, false],
    [false, true],
  ]);
});

test("with a size of 0 nothing is kept, and there is no store", async (t) => {
  const server = await serveInside(t, {}, {}, { cache: { size: 0 } });
  assert.equal(await run(server, fill, 3, 10), 0);
  assert.equal(server.store(), undefined);
});

test("large bodies go through in little memory, into the cache and out of it", async (t) => {
  const server = await serveInside(t, { limits: { external_memory: "32MB" } });
  const bytes = 150 << 20;
  const before = await run(server, fill, 1, 10);
  assert.equal(before, 1);
  const [worker] = server.workers();
  const peak = peakOf(worker!);
  const read = await run(
    server,
    async (_, bytes: number) => {
      let left = bytes;
      const source = new ReadableStream({
        pull(controller) {
          const part = new Uint8Array(Math.min(left, 65_536)).fill(left % 251);
          left -= part.length;
          controller.enqueue(part);
          if (left === 0) controller.close();
        },
      });
      await caches.default.put("http://large/", new Response(source));
      const hit = (await caches.default.match("http://large/"))!;
      let count = 0;
      for await (const part of hit.body as never as AsyncIterable<Uint8Array>) count += part.length;
      return count;
    },
    bytes,
  );
  assert.equal(read, bytes);
  assert.ok(peakOf(worker!) - peak < 60 << 20, `${peakOf(worker!) - peak}`);
  assert.ok(peakOf(server.store()!) < 60 << 20, `${peakOf(server.store()!)}`);
});
