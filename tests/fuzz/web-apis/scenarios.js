// Scenarios: uses of the APIs that are right but for an argument here and there, so that calls get past
// their checks, and bytes and keys reach the native code behind them.
"use strict";

/** Now and then something else. */
const or = (made) => (once(10) ? value(1) : made);
const maybe = (made) => (once(10) ? undefined : made);

/** Performs a call; its result, awaited, or undefined if it threw. */
async function use(what, run) {
  let result;
  perform(what, () => (result = run()));
  try {
    return await result;
  } catch {
    return undefined;
  }
}

const formats = ["gzip", "deflate", "deflate-raw", "brotli", "zstd"];

async function compress() {
  const format = pick(formats);
  const stream = oneOf(
    () => new CompressionStream(format),
    () => new DecompressionStream(once(4) ? pick(formats) : format),
  );
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  const packed =
    stream instanceof DecompressionStream
      ? await new Response(new Blob([bytes()]).stream().pipeThrough(new CompressionStream(format)))
          .bytes()
          .catch(() => bytes())
      : undefined;
  for (let i = below(4); i > 0; i--) {
    const part =
      packed && !once(3)
        ? packed.subarray(0, once(3) ? below(packed.length) : packed.length)
        : bytes();
    void use("compress write", () => writer.write(part));
    if (once(6) && part.buffer) disturb(part.buffer);
  }
  void use("compress end", () =>
    oneOf(
      () => writer.close(),
      () => writer.close(),
      () => writer.abort(value()),
    ),
  );
  for (let i = below(6); i > 0; i--) {
    const part = await use("compress read", () => reader.read());
    if (part === undefined || part.done) break;
  }
  if (once(3)) void use("compress cancel", () => reader.cancel(value(0)));
}

const encodings =
  "utf-8 utf-16le utf-16be windows-1251 koi8-r shift_jis euc-jp iso-2022-jp gbk gb18030 big5 euc-kr x-user-defined".split(
    " ",
  );

async function decodeText() {
  const options = { fatal: once(3), ignoreBOM: flag() };
  const decoder = new TextDecoder(pick(encodings), options);
  for (let i = below(6); i > 0; i--) {
    const part = bytes();
    await use("decode", () => decoder.decode(part, { stream: !once(4) }));
  }
}

const bodies = ["text", "json", "arrayBuffer", "bytes", "blob", "formData"];

async function useBody() {
  const types = [
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "application/json",
    "x",
  ];
  const parts = [
    "--x",
    "--x--",
    "\r\n",
    'Content-Disposition: form-data; name="a"',
    '; filename="b"',
    "\r\n\r\n",
    "é",
    "\0",
    "a=b&%",
  ];
  const text = () => Array.from({ length: below(30) }, () => pick(parts)).join("");
  const content = oneOf(
    text,
    text,
    bytes,
    () => new Blob([bytes(), text()]),
    () => new FormData(),
    stream,
  );
  const options = { headers: once(4) ? undefined : { "content-type": pick(types) } };
  const body = await use("body", () =>
    once(2)
      ? new Response(or(content), options)
      : new Request("http://a.test", {
          ...options,
          method: "POST",
          body: or(content),
          duplex: "half",
        }),
  );
  if (body === undefined) return;
  if (once(3)) keep(await use("clone", () => body.clone()));
  if (once(4)) keep(body.body);
  const read = pick(bodies);
  keep(await use(read, () => body[read]()));
}

async function useBytes() {
  let controller;
  const source = {
    type: "bytes",
    start: (given) => void (controller = given),
    pull: once(2) ? callback() : undefined,
  };
  if (once(3)) source.autoAllocateChunkSize = pick([1, 16, 4096]);
  const made = new ReadableStream(source);
  const reader = made.getReader(once(3) ? undefined : { mode: "byob" });
  for (let i = below(6); i > 0; i--) {
    const view = bytes();
    void use("byob read", () => reader.read(view, once(4) ? { min: small() } : undefined));
    await use("byob fill", () =>
      oneOf(
        () => controller.enqueue(bytes()),
        () => controller.byobRequest?.respond(pick([0, 1, 4, 100])),
        () => controller.byobRequest?.respondWithNewView(bytes()),
        () => controller.close(),
        () => reader.cancel(),
      ),
    );
  }
  if (once(3))
    keep(await use("transfer stream", () => structuredClone(made, { transfer: [made] })));
}

async function clone() {
  const transfer = members.transfer();
  const given = once(2) ? { transfer, more: value() } : oneOf(cyclic, value, exotic.bind(null, 2));
  keep(await use("structuredClone", () => structuredClone(given, { transfer })));
}

async function useMessages() {
  const { port1, port2 } = new MessageChannel();
  port2.onmessage = (event) => {
    keep(event.data);
    if (once(4)) effect();
  };
  for (let i = below(4); i > 0; i--) {
    await use("postMessage", () => port1.postMessage(value(), once(3) ? members.transfer() : []));
  }
  if (once(2)) port1.close();
}

async function useBlobs() {
  const blob = new Blob([bytes(), string()], { type: string() });
  const part = await use("slice", () => blob.slice(small(), small()));
  keep((part ?? blob).stream());
  const url = await use("createObjectURL", () => URL.createObjectURL(or(blob)));
  const response = await use("fetch blob", () =>
    fetch(
      or(url),
      once(4) ? { headers: { range: pick(["bytes=0-1", "bytes=-2", "bytes=9-", "x"]) } } : {},
    ),
  );
  keep(await use("blob body", () => response?.arrayBuffer()));
  if (once(2)) URL.revokeObjectURL(url);
}

async function useUrls() {
  const url = await use(
    "new URL",
    () => new URL(pick(words), maybe("https://u:p@a.test:81/b/c?d=e#f")),
  );
  if (url === undefined) return;
  const parts = [
    "href",
    "protocol",
    "username",
    "password",
    "host",
    "hostname",
    "port",
    "pathname",
    "search",
    "hash",
  ];
  for (let i = below(8); i > 0; i--) {
    const part = pick(parts);
    await use(`URL.${part} =`, () => (url[part] = or(string())));
    await use("searchParams", () => url.searchParams.append(string(), or(string())));
  }
  for (const part of parts) void url[part];
}

async function useWasm() {
  const module = new Uint8Array([
    0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 4, 1, 2, 0, 11,
  ]);
  if (once(2)) module[below(module.length)] ^= 1 << below(8);
  const headers = { "content-type": once(4) ? string() : "application/wasm" };
  const response = attempt(
    () => new Response(once(3) ? new Blob([module]).stream() : module, { headers }),
  );
  const compile = pick(streaming);
  await use("wasm streaming", () =>
    compile(or(once(2) ? response : Promise.resolve(response)), {}),
  );
}

const scenarios = [
  useKey,
  useKey,
  useKey,
  compress,
  compress,
  decodeText,
  useBody,
  useBytes,
  clone,
];
scenarios.push(useMessages, useBlobs, useUrls, useWasm);
