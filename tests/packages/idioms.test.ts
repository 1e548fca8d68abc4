// What apps for Workers-style runtimes commonly do with the Web APIs, written as they write it.
import { assert, delay, test } from "../web/harness.ts";

const encoder = new TextEncoder();
// Newer than the type checker's library.
const { from } = ReadableStream as unknown as {
  from<T>(items: Iterable<T> | AsyncIterable<T>): ReadableStream<T>;
};
const hex = (buffer: ArrayBuffer) =>
  [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

test("a webhook's signature is checked as GitHub's documentation shows it", async () => {
  const algorithm = { name: "HMAC", hash: { name: "SHA-256" } };
  const secret = encoder.encode("It's a Secret to Everybody");
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign", "verify"]);
  const header = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  const signature = new Uint8Array(
    header
      .split("=")[1]!
      .match(/../g)!
      .map((pair) => parseInt(pair, 16)),
  );
  const data = encoder.encode("Hello, World!");
  assert.equal(await crypto.subtle.verify(algorithm.name, key, signature, data), true);
  assert.equal(`sha256=${hex(await crypto.subtle.sign("HMAC", key, data))}`, header);
});

test("passwords are hashed by PBKDF2 and compared in constant time", async () => {
  const hash = async (password: string, salt: Uint8Array<ArrayBuffer>) => {
    const key = await crypto.subtle.importKey("raw", encoder.encode(password), "PBKDF2", false, [
      "deriveBits",
    ]);
    const parameters = { name: "PBKDF2", salt, iterations: 10_000, hash: "SHA-256" };
    return crypto.subtle.deriveBits(parameters, key, 256);
  };
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const stored = await hash("correct horse", salt);
  const { timingSafeEqual } = crypto.subtle as unknown as {
    timingSafeEqual(a: ArrayBuffer, b: ArrayBuffer): boolean;
  };
  const equal = timingSafeEqual.bind(crypto.subtle);
  assert.equal(equal(stored, await hash("correct horse", salt)), true);
  assert.equal(equal(stored, await hash("wrong", salt)), false);
});

test("secrets are sealed with AES-GCM, the vector in front", async () => {
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, [
    "encrypt",
    "decrypt",
  ]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv },
    key,
    encoder.encode("sesame"),
  );
  const box = new Uint8Array([...iv, ...new Uint8Array(sealed)]);
  const opened = await crypto.subtle.decrypt(
    { name: "AES-GCM", iv: box.subarray(0, 12) },
    key,
    box.subarray(12),
  );
  assert.equal(new TextDecoder().decode(opened), "sesame");
});

test("an ETag is the digest of a body, read from a clone", async () => {
  const response = new Response("content", { headers: { "content-type": "text/plain" } });
  const digest = await crypto.subtle.digest("SHA-1", await response.clone().arrayBuffer());
  const tagged = new Response(response.body, response);
  tagged.headers.set("etag", `"${hex(digest)}"`);
  assert.equal(tagged.headers.get("etag"), '"040f06fd774092478d450774f5ba30c5da78acc8"');
  assert.equal(tagged.headers.get("content-type"), "text/plain");
  assert.equal(await tagged.text(), "content");
});

test("a proxy rewrites requests and responses", async () => {
  const incoming = new Request("https://front.test/a?b=c", {
    method: "POST",
    headers: { host: "front.test", "x-forwarded-for": "1.2.3.4", cookie: "a=b" },
    body: "payload",
  });
  const url = new URL(incoming.url);
  url.hostname = "back.test";
  url.port = "8080";
  const outgoing = new Request(url.toString(), incoming);
  outgoing.headers.set("x-real-ip", incoming.headers.get("x-forwarded-for")!);
  outgoing.headers.delete("cookie");
  assert.equal(outgoing.url, "https://back.test:8080/a?b=c");
  assert.equal(outgoing.method, "POST");
  assert.deepEqual(Object.fromEntries(outgoing.headers), {
    "content-type": "text/plain;charset=UTF-8",
    host: "front.test",
    "x-forwarded-for": "1.2.3.4",
    "x-real-ip": "1.2.3.4",
  });
  assert.equal(await outgoing.text(), "payload");
  assert.equal(incoming.bodyUsed, true);
});

test("headers are read and written in all the usual ways", () => {
  const response = new Response(null, {
    headers: [
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
      ["x-a", "1"],
    ],
  });
  response.headers.append("X-A", "2");
  assert.deepEqual(response.headers.getSetCookie(), ["a=1", "b=2"]);
  assert.deepEqual([...response.headers.keys()], ["set-cookie", "set-cookie", "x-a"]);
  assert.equal(new Headers({ ...Object.fromEntries(response.headers) }).get("x-a"), "1, 2");
  const seen: string[] = [];
  for (const [name, value] of response.headers) seen.push(`${name}=${value}`);
  response.headers.forEach((value, name) => seen.push(`${name}:${value}`));
  assert.equal(seen.length, 6);
});

test("a stream is transformed line by line", async () => {
  const parts = ["one\ntw", "o\n", "three"];
  let rest = "";
  const lines = new TransformStream<string, string>({
    transform(chunk, controller) {
      const all = (rest + chunk).split("\n");
      rest = all.pop()!;
      for (const line of all) controller.enqueue(line);
    },
    flush(controller) {
      if (rest !== "") controller.enqueue(rest);
    },
  });
  const body = from.call(
    ReadableStream,
    parts.map((part) => encoder.encode(part)),
  ) as ReadableStream<Uint8Array<ArrayBuffer>>;
  const found: string[] = [];
  for await (const line of body.pipeThrough(new TextDecoderStream()).pipeThrough(lines)) {
    found.push(line);
  }
  assert.deepEqual(found, ["one", "two", "three"]);
});

test("a response is written to in the background", async () => {
  const { readable, writable } = new TransformStream();
  const writer = writable.getWriter();
  const done = (async () => {
    for (const word of ["data: 1\n\n", "data: 2\n\n"]) {
      await writer.write(encoder.encode(word));
      await delay(1);
    }
    await writer.close();
  })();
  const response = new Response(readable, { headers: { "content-type": "text/event-stream" } });
  assert.equal(await response.text(), "data: 1\n\ndata: 2\n\n");
  await done;
});

test("an async generator is a body by ReadableStream.from", async () => {
  async function* generate() {
    for (let i = 0; i < 3; i++) {
      await delay(1);
      yield encoder.encode(`${i};`);
    }
  }
  assert.equal(
    await new Response(from.call(ReadableStream, generate()) as ReadableStream).text(),
    "0;1;2;",
  );
});

test("a body is compressed and decompressed on the way", async () => {
  const packed = new Response(
    new Response("x".repeat(10_000)).body!.pipeThrough(new CompressionStream("gzip")),
  );
  const bytes = await packed.arrayBuffer();
  assert.ok(bytes.byteLength < 200);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  assert.equal((await new Response(stream).text()).length, 10_000);
});

test("work is given up by AbortSignal.timeout, any and reason", async () => {
  const controller = new AbortController();
  const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(10_000)]);
  const work = new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  controller.abort(new Error("enough"));
  await assert.rejects(work, /enough/);
  await assert.rejects(
    new Promise((_, reject) => {
      const short = AbortSignal.timeout(1);
      short.onabort = () => reject(short.reason);
    }),
    { name: "TimeoutError" },
  );
  assert.throws(() => AbortSignal.abort().throwIfAborted(), { name: "AbortError" });
});

test("forms with files are built, sent and read", async () => {
  const form = new FormData();
  form.set("name", "Ada");
  form.append("file", new Blob(["a,b\n1,2"], { type: "text/csv" }), "data.csv");
  const request = new Request("https://a.test/", { method: "POST", body: form });
  assert.ok(/^multipart\/form-data; ?boundary=/.test(request.headers.get("content-type")!));
  const received = await request.formData();
  const file = received.get("file") as File;
  assert.equal(`${file.name} ${file.type} ${await file.text()}`, "data.csv text/csv a,b\n1,2");
  assert.deepEqual([...received.keys()], ["name", "file"]);
});

test("routes are URLPatterns", () => {
  const pattern = new URLPattern({ pathname: "/users/:id{/:action}?" });
  const match = pattern.exec("https://a.test/users/42/edit");
  assert.deepEqual({ ...match!.pathname.groups }, { id: "42", action: "edit" });
  assert.equal(pattern.test({ pathname: "/users/42" }), true);
  assert.equal(pattern.test("https://a.test/books"), false);
});

test("events carry data between parts of an app", () => {
  class Bus extends EventTarget {
    emit(name: string, detail: unknown): boolean {
      return this.dispatchEvent(new CustomEvent(name, { detail }));
    }
  }
  const bus = new Bus();
  const seen: unknown[] = [];
  bus.addEventListener("sale", (event) => seen.push((event as CustomEvent).detail), {
    once: true,
  });
  bus.emit("sale", 1);
  bus.emit("sale", 2);
  assert.deepEqual(seen, [1]);
});

test("work is spread over messages and microtasks", async () => {
  const { port1, port2 } = new MessageChannel();
  const received = new Promise((resolve) => {
    port2.onmessage = ({ data }: MessageEvent) => resolve(data);
  });
  port1.postMessage({ at: new Date(0), bytes: new Uint8Array([1, 2]) });
  assert.deepEqual(await received, { at: new Date(0), bytes: new Uint8Array([1, 2]) });
  port1.close();
  const order: number[] = [];
  queueMicrotask(() => order.push(2));
  await Promise.resolve(order.push(1));
  await undefined;
  assert.deepEqual(order, [1, 2]);
});

test("time is measured by marks and measures", async () => {
  performance.mark("begin");
  await delay(5);
  const { duration } = performance.measure("work", "begin");
  assert.ok(duration >= 4, String(duration));
  assert.equal(performance.getEntriesByName("work").length, 1);
  performance.clearMarks();
  performance.clearMeasures();
});

test("base64url is made from btoa and atob, or by the language", () => {
  const bytes = crypto.getRandomValues(new Uint8Array(33));
  const encoded = btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
  const decoded = Uint8Array.from(atob(encoded.replace(/-/g, "+").replace(/_/g, "/")), (c) =>
    c.charCodeAt(0),
  );
  assert.deepEqual(decoded, bytes);
  const { fromBase64 } = Uint8Array as unknown as {
    fromBase64(text: string, options: object): Uint8Array;
  };
  assert.deepEqual(fromBase64.call(Uint8Array, encoded, { alphabet: "base64url" }), bytes);
});

test("the language is as new as elsewhere", async () => {
  assert.deepEqual(Object.groupBy([1, 2, 3], (n) => (n % 2 ? "odd" : "even")).odd, [1, 3]);
  assert.deepEqual([3, 1, 2].toSorted(), [1, 2, 3]);
  assert.deepEqual(await Array.fromAsync([Promise.resolve(1)]), [1]);
  assert.equal(new Set([1, 2]).union(new Set([3])).size, 3);
  assert.deepEqual(
    [1, 2, 3]
      .values()
      .map((n) => n * 2)
      .toArray(),
    [2, 4, 6],
  );
  assert.equal(new Intl.NumberFormat("de-DE").format(1234.5), "1.234,5");
  const { promise, resolve } = Promise.withResolvers<number>();
  resolve(1);
  assert.equal(await promise, 1);
});

test("data: and blob: URLs are fetched", async () => {
  assert.equal(await (await fetch("data:text/plain,hello%20there")).text(), "hello there");
  const url = URL.createObjectURL(new Blob(["blob"], { type: "text/x" }));
  const response = await fetch(url);
  assert.equal(`${response.headers.get("content-type")} ${await response.text()}`, "text/x blob");
  URL.revokeObjectURL(url);
  await assert.rejects(fetch(url), TypeError);
});

test("the runtime is recognised and nothing pretends to be Node", () => {
  assert.ok(typeof navigator.userAgent === "string" && navigator.userAgent.length > 0);
  const global = globalThis as Record<string, unknown>;
  for (const name of ["process", "Buffer", "require", "window", "document", "Deno", "Bun"]) {
    assert.equal(typeof global[name], "undefined", name);
  }
});
