// fflate: its formats against the Compression Streams, archives, streaming.
import * as fflate from "fflate";
import { assert, test } from "../web/harness.ts";

const text = "Gallia est omnis divisa in partes tres, quarum unam incolunt Belgae. ".repeat(500);
const bytes = fflate.strToU8(text);
const noise = new Uint8Array(70_000).map((_, i) => (Math.imul(i, 2654435761) >>> 13) & 255);

async function through(
  stream: { readable: ReadableStream; writable: WritableStream },
  input: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  return new Response(new Blob([input]).stream().pipeThrough(stream)).bytes();
}

const formats = {
  gzip: [fflate.gzipSync, fflate.gunzipSync],
  deflate: [fflate.zlibSync, fflate.unzlibSync],
  "deflate-raw": [fflate.deflateSync, fflate.inflateSync],
} as const;

for (const [format, [compress, decompress]] of Object.entries(formats)) {
  test(`fflate and the Compression Streams read each other's ${format}`, async () => {
    for (const input of [bytes, noise, new Uint8Array(0)] as Uint8Array<ArrayBuffer>[]) {
      const name = format as CompressionFormat;
      const own = compress(input) as Uint8Array<ArrayBuffer>;
      assert.deepEqual(await through(new DecompressionStream(name), own), input);
      const theirs = await through(new CompressionStream(name), input);
      assert.deepEqual(decompress(theirs), input);
    }
  });
}

test("fflate makes and reads zip archives", () => {
  const zip = fflate.zipSync(
    { "a.txt": bytes, dir: { "ü.bin": [noise, { level: 0 }] }, empty: new Uint8Array(0) },
    { level: 6, mtime: "2026-01-01" },
  );
  const files = fflate.unzipSync(zip);
  assert.deepEqual(Object.keys(files).sort(), ["a.txt", "dir/", "dir/ü.bin", "empty"]);
  assert.deepEqual(files["a.txt"], bytes);
  assert.deepEqual(files["dir/ü.bin"], noise);
});

test("fflate streams", async () => {
  const parts: Uint8Array[] = [];
  const gzip = new fflate.Gzip({ level: 9 }, (part) => void parts.push(part));
  for (let at = 0; at < bytes.length; at += 4096) gzip.push(bytes.slice(at, at + 4096));
  gzip.push(new Uint8Array(0), true);
  const packed = (await new Blob(parts as BlobPart[]).bytes()) as Uint8Array<ArrayBuffer>;
  assert.deepEqual(await through(new DecompressionStream("gzip"), packed), bytes);
  let out = 0;
  let done = false;
  const gunzip = new fflate.Gunzip((part, last) => {
    out += part.length;
    done ||= last;
  });
  for (let at = 0; at < packed.length; at += 100) {
    gunzip.push(packed.subarray(at, at + 100), at + 100 >= packed.length);
  }
  assert.equal(out, bytes.length);
  assert.ok(done);
});

test("fflate converts strings and notices damage", () => {
  assert.equal(fflate.strFromU8(fflate.strToU8("äöü😀")), "äöü😀");
  assert.throws(() => fflate.gunzipSync(bytes), /invalid gzip data/);
  const packed = fflate.zlibSync(bytes);
  assert.throws(() => fflate.unzlibSync(packed.subarray(0, packed.length >> 1)), /unexpected EOF/);
});
