// CompressionStream and DecompressionStream.
import { assert, delay, test } from "./harness.ts";

type Format = CompressionFormat | "brotli" | "zstd";
const FORMATS: Format[] = ["gzip", "deflate", "deflate-raw", "brotli", "zstd"];
const compressor = (format: Format) => new CompressionStream(format as CompressionFormat);
const decompressor = (format: Format) => new DecompressionStream(format as CompressionFormat);

interface Pair {
  readable: ReadableStream;
  writable: WritableStream;
}

function join(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** All that comes out for some chunks; rejected if either side is. */
async function run(pair: Pair, chunks: unknown[]): Promise<Uint8Array<ArrayBuffer>> {
  const writer = pair.writable.getWriter();
  const writing = (async () => {
    for (const chunk of chunks) await writer.write(chunk);
    await writer.close();
  })();
  const parts: Uint8Array[] = [];
  const reading = (async () => {
    const reader = pair.readable.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      assert.ok(value instanceof Uint8Array && value.length > 0 && value.length <= 65536);
      parts.push(value);
    }
  })();
  await Promise.all([writing, reading]);
  return join(parts);
}

const text = (count: number) =>
  new TextEncoder().encode(Array.from({ length: count }, (_, i) => `line ${i * i}\n`).join(""));

function noise(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let i = 0, x = 1; i < length; i++) bytes[i] = (x = (x * 48271) % 2147483647) >> 8;
  return bytes;
}

test("CompressionStream: what was compressed comes back", async () => {
  for (const format of FORMATS) {
    for (const data of [new Uint8Array(0), text(1), text(5000), noise(300_000)]) {
      const packed = await run(compressor(format), [data]);
      assert.ok(packed.length > 0, format);
      if (data.length > 20_000 && data.length < 100_000) assert.ok(packed.length < data.length / 2);
      const whole = await run(decompressor(format), [packed]);
      assert.deepEqual(whole, data, `${format} of ${data.length}`);
    }
  }
});

test("CompressionStream: chunks may be split anywhere and be any buffer source", async () => {
  const data = text(50);
  for (const format of FORMATS) {
    const packed = await run(compressor(format), [
      data.subarray(0, 10),
      data.slice(10, 20).buffer,
      new DataView(data.buffer, 20, 5),
      new Uint8Array(0),
      new Int8Array(data.buffer, 25),
    ]);
    const bytes = [...packed].map((byte) => new Uint8Array([byte]));
    assert.deepEqual(await run(decompressor(format), bytes), data, format);
  }
});

test("CompressionStream: formats by their signatures", async () => {
  const head = async (format: Format) => [...(await run(compressor(format), [text(1)]))];
  assert.deepEqual((await head("gzip")).slice(0, 3), [0x1f, 0x8b, 8]);
  assert.equal((await head("deflate"))[0], 0x78);
  assert.deepEqual((await head("zstd")).slice(0, 4), [0x28, 0xb5, 0x2f, 0xfd]);
});

test("CompressionStream: constructors and attributes", () => {
  for (const Class of [CompressionStream, DecompressionStream]) {
    assert.equal(Class.length, 1);
    assert.throws(() => new (Class as unknown as new () => unknown)(), TypeError);
    for (const format of ["", "GZIP", "br", "identity", "__proto__", null]) {
      assert.throws(() => new Class(format as never), TypeError, String(format));
    }
    const stream = new Class({ toString: () => "gzip" } as never);
    assert.ok(stream.readable instanceof ReadableStream);
    assert.ok(stream.writable instanceof WritableStream);
    assert.equal(stream.readable, stream.readable);
    assert.equal(Object.prototype.toString.call(stream), `[object ${Class.name}]`);
    const { get } = Object.getOwnPropertyDescriptor(Class.prototype, "readable")!;
    assert.throws(() => get!.call({}), TypeError);
  }
});

test("CompressionStream: chunks that are no buffer source fail both sides", async () => {
  for (const chunk of [undefined, null, 1, "text", {}, [65]]) {
    for (const pair of [compressor("gzip"), decompressor("gzip")]) {
      const reader = pair.readable.getReader();
      const writer = pair.writable.getWriter();
      const write = writer.write(chunk as never);
      await assert.rejects(reader.read(), TypeError, String(chunk));
      await assert.rejects(write, TypeError, String(chunk));
      await assert.rejects(writer.closed, TypeError, String(chunk));
    }
  }
});

test("DecompressionStream: truncated, damaged and superfluous data are TypeErrors", async () => {
  for (const format of FORMATS) {
    const packed = await run(compressor(format), [text(100)]);
    await assert.rejects(run(decompressor(format), []), /ends too early/, format);
    const cut = packed.subarray(0, packed.length - 1);
    await assert.rejects(run(decompressor(format), [cut]), TypeError, format);
    await assert.rejects(run(decompressor(format), [packed, new Uint8Array([0])]), TypeError);
    const more = join([packed, new Uint8Array([0])]);
    await assert.rejects(run(decompressor(format), [more]), TypeError, format);
    await assert.rejects(run(decompressor(format), [noise(1000).fill(0xff, 0, 8)]), TypeError);
  }
});

test("DecompressionStream: what precedes superfluous data is delivered", async () => {
  const packed = await run(compressor("gzip"), [text(10)]);
  const { readable, writable } = decompressor("gzip");
  const writer = writable.getWriter();
  const write = writer.write(join([packed, packed]));
  const reader = readable.getReader();
  assert.deepEqual((await reader.read()).value, text(10));
  await assert.rejects(write, TypeError);
  await assert.rejects(reader.read(), /behind its end/);
});

test("DecompressionStream: a bomb waits for its reader", async () => {
  for (const format of FORMATS) {
    const zeros = new Uint8Array(1 << 20);
    const bomb = await run(compressor(format), Array(32).fill(zeros));
    assert.ok(bomb.length < 50_000, `${format}: ${bomb.length}`);
    const { readable, writable } = decompressor(format);
    const writer = writable.getWriter();
    let written = false;
    const write = writer.write(bomb).then(() => (written = true));
    const reader = readable.getReader();
    let total = (await reader.read()).value!.length;
    await delay(1);
    assert.equal(written, false, format);
    while (total < 32 << 20) {
      const { value } = await reader.read();
      assert.ok(value!.length <= 65536);
      total += value!.length;
    }
    await write;
    await writer.close();
    assert.ok((await reader.read()).done, format);
  }
});

test("CompressionStream: a chunk may change or be detached while its output is awaited", async () => {
  const data = noise(500_000);
  const chunk = data.slice();
  const { readable, writable } = compressor("deflate");
  const writer = writable.getWriter();
  const write = writer.write(chunk);
  const close = writer.close();
  const reader = readable.getReader();
  const parts = [(await reader.read()).value!];
  chunk.fill(0);
  structuredClone(chunk.buffer, { transfer: [chunk.buffer] });
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
  }
  await Promise.all([write, close]);
  assert.deepEqual(await run(decompressor("deflate"), [join(parts)]), data);
});

test("CompressionStream: a write waits for the reader, and a cancelled reader ends it", async () => {
  const { readable, writable } = compressor("gzip");
  const writer = writable.getWriter();
  let state = "pending";
  const write = writer.write(noise(1_000_000)).then(
    () => (state = "written"),
    () => (state = "failed"),
  );
  await delay(1);
  assert.equal(state, "pending");
  const reader = readable.getReader();
  await reader.read();
  await delay(1);
  assert.equal(state, "pending");
  await reader.cancel(new RangeError("enough"));
  await write;
  await assert.rejects(writer.closed, RangeError);
  await assert.rejects(writer.write(new Uint8Array(1)), RangeError);
});

test("CompressionStream: aborting one side errors the other", async () => {
  for (const pair of [compressor("brotli"), decompressor("zstd")]) {
    const reader = pair.readable.getReader();
    await pair.writable.abort(new RangeError("no more"));
    await assert.rejects(reader.read(), RangeError);
  }
});

test("CompressionStream: pipes, bodies and many streams at once", async () => {
  const data = text(3000);
  const results = await Promise.all(
    FORMATS.flatMap((format) => [format, format, format]).map(async (format) => {
      const body = new Response(data).body!.pipeThrough(compressor(format) as never);
      return new Response(body.pipeThrough(decompressor(format) as never)).arrayBuffer();
    }),
  );
  for (const result of results) assert.deepEqual(new Uint8Array(result), data);
});

test("CompressionStream: streams that nobody finishes are given back", async () => {
  const chunk = text(1000);
  for (let i = 0; i < 2000; i++) {
    const { readable, writable } = compressor(FORMATS[i % FORMATS.length]!);
    void readable.getReader().read();
    await writable.getWriter().write(chunk);
  }
});

// Run while the snapshot is built: the module's top level.
const early = compressor("gzip");
const earlyWriter = early.writable.getWriter();
const earlyReader = early.readable.getReader();
const earlyRead = earlyReader.read();
earlyWriter.write(text(2)).catch(() => {});
const builtWhole = await Promise.all(
  FORMATS.map(async (format) =>
    run(decompressor(format), [await run(compressor(format), [text(9)])]),
  ),
);

test("CompressionStream: streams of the time of the build", async () => {
  for (const whole of builtWhole) assert.deepEqual(whole, text(9));
  const writes = [earlyWriter.write(text(3)), earlyWriter.close()];
  const parts = [(await earlyRead).value!];
  for (;;) {
    const { done, value } = await earlyReader.read();
    if (done) break;
    parts.push(value);
  }
  await Promise.all(writes);
  assert.deepEqual(await run(decompressor("gzip"), [join(parts)]), join([text(2), text(3)]));
});
