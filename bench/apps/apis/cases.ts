// What is measured of the Web APIs: the same standard JavaScript in NANO, Bun and Node.

export interface Case {
  name: string;
  /** On the way of most requests: goals are stricter. */
  requestPath?: boolean;
  /** Prepares what is not measured; what it returns is measured, once for each call. */
  setUp: (request: Request) => () => unknown;
}

const KB = 1024;

function json(count: number): string {
  const items = Array.from({ length: count }, (_, i) => ({
    sku: `AB-${i}`,
    price: i * 1.5,
    ok: true,
  }));
  return JSON.stringify({ items, note: "a few words of text" });
}

function randomBytes(size: number): Uint8Array<ArrayBuffer> {
  // The same for all: Math.imul makes bytes that compress badly, but not worst.
  return new Uint8Array(size).map((_, i) => (Math.imul(i, 2654435761) >>> 22) & 0x7f);
}

const headers = {
  "content-type": "application/json",
  "cache-control": "public, max-age=60",
  "x-request-id": "7b0c3f1e",
  vary: "accept-encoding",
  etag: '"33a64df5"',
};

const requestInit = { method: "POST", headers, body: '{"a":1}' };
const responseInit = { status: 201, headers };

const requestCases: Case[] = [
  {
    name: "new URL(request.url), pathname",
    setUp: (request) => () => new URL(request.url).pathname,
  },
  {
    name: "new URL of 8 others, search parameters",
    setUp() {
      const urls = Array.from(
        { length: 8 },
        (_, i) => `https://shop.example.com:8443/items/${i}/reviews?page=${i}&order=newest#top`,
      );
      let next = 0;
      return () => {
        const { pathname, searchParams } = new URL(urls[next++ & 7]!);
        return pathname.length + Number(searchParams.get("page"));
      };
    },
  },
  { name: "new Headers of 5", setUp: () => () => new Headers(headers) },
  {
    name: "Headers: 3 set, 1 append",
    setUp: () => () => {
      const made = new Headers();
      made.set("Content-Type", "text/html");
      made.set("X-Frame-Options", "DENY");
      made.set("Content-Length", "12");
      made.append("Set-Cookie", "a=1; Path=/");
      return made;
    },
  },
  {
    name: "Headers: 4 get, 1 has",
    setUp() {
      const made = new Headers(headers);
      return () =>
        made.get("Content-Type")!.length +
        made.get("etag")!.length +
        made.get("Vary")!.length +
        Number(made.get("authorization") === null) +
        Number(made.has("x-request-id"));
    },
  },
  {
    name: "Headers: iterate 5",
    setUp() {
      const made = new Headers(headers);
      return () => {
        let size = 0;
        for (const [name, value] of made) size += name.length + value.length;
        return size;
      };
    },
  },
  {
    name: "new Request(url)",
    setUp: () => () => new Request("https://shop.example.com/items?page=2"),
  },
  {
    name: "new Request, POST with headers",
    setUp: () => () => new Request("https://shop.example.com/items", requestInit),
  },
  { name: "new Response(text)", setUp: () => () => new Response("hello") },
  {
    name: "new Response with status and headers",
    setUp: () => () => new Response("hello", responseInit),
  },
  {
    name: "Response.json",
    setUp() {
      const value = JSON.parse(json(3)) as object;
      return () => Response.json(value);
    },
  },
];

const otherCases: Case[] = [
  {
    name: "text body of 4 KB",
    setUp() {
      const text = "x".repeat(4 * KB);
      return () => new Response(text).text();
    },
  },
  {
    name: "JSON body of 4 KB",
    setUp() {
      const init = { method: "POST", body: json(90) };
      return () => new Request("https://shop.example.com/items", init).json();
    },
  },
  {
    name: "TextEncoder, 64 KB of ASCII",
    setUp() {
      const encoder = new TextEncoder();
      const text = "hello, world. ".repeat(5000).slice(0, 64 * KB);
      return () => encoder.encode(text);
    },
  },
  {
    name: "TextEncoder, 64 KB of mixed text",
    setUp() {
      const encoder = new TextEncoder();
      const text = "Grüße, 世界! ".repeat(4000).slice(0, 48 * KB);
      return () => encoder.encode(text);
    },
  },
  {
    name: "TextDecoder, 64 KB of ASCII",
    setUp() {
      const decoder = new TextDecoder();
      const bytes = new Uint8Array(64 * KB).fill(97);
      return () => decoder.decode(bytes);
    },
  },
  {
    name: "TextDecoder, 64 KB of mixed text",
    setUp() {
      const decoder = new TextDecoder();
      const bytes = new TextEncoder().encode("Grüße, 世界! ".repeat(3500)).slice(0, 64 * KB);
      return () => decoder.decode(bytes);
    },
  },
  {
    name: "structuredClone of 300 values",
    setUp() {
      const value = {
        ...(JSON.parse(json(75)) as object),
        at: new Date(0),
        map: new Map([[1, 2]]),
      };
      return () => structuredClone(value);
    },
  },
  {
    name: "SHA-256 of 64 KB",
    setUp() {
      const bytes = randomBytes(64 * KB);
      return () => crypto.subtle.digest("SHA-256", bytes);
    },
  },
  {
    name: "AES-GCM of 64 KB, encrypt",
    setUp() {
      const bytes = randomBytes(64 * KB);
      const iv = new Uint8Array(12);
      const key = crypto.subtle.importKey("raw", new Uint8Array(32), "AES-GCM", false, ["encrypt"]);
      return async () => crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key, bytes);
    },
  },
  {
    name: "pipe of 1,000 chunks through a TransformStream",
    setUp() {
      const chunk = new Uint8Array(16);
      return async () => {
        let left = 1000;
        const source = new ReadableStream({
          pull(controller) {
            if (left-- === 0) controller.close();
            else controller.enqueue(chunk);
          },
        });
        const transform = new TransformStream({
          transform(part: Uint8Array, controller) {
            controller.enqueue(part);
          },
        });
        let size = 0;
        const sink = new WritableStream({
          write(part: Uint8Array) {
            size += part.length;
          },
        });
        await source.pipeThrough(transform).pipeTo(sink);
        return size;
      };
    },
  },
  {
    name: "gzip of 1 MB",
    setUp() {
      const blob = new Blob([randomBytes(KB * KB)]);
      return () => {
        const packed = blob.stream().pipeThrough(new CompressionStream("gzip"));
        return new Response(packed).arrayBuffer();
      };
    },
  },
];

export const cases: Case[] = [
  ...requestCases.map((each) => ({ ...each, requestPath: true })),
  ...otherCases,
];
