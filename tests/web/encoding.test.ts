// TextEncoder, TextDecoder and their streams.
import { assert, test } from "./harness.ts";

const bytes = (...list: number[]) => new Uint8Array(list);
const decode = (list: number[], label = "utf-8", options: TextDecoderOptions = {}) =>
  new TextDecoder(label, options).decode(bytes(...list));

test("TextEncoder: encode", () => {
  const encoder = new TextEncoder();
  assert.equal(encoder.encoding, "utf-8");
  assert.deepEqual(encoder.encode(), bytes());
  assert.deepEqual(encoder.encode(undefined), bytes());
  assert.deepEqual(encoder.encode("aä€😀"), bytes(97, 195, 164, 226, 130, 172, 240, 159, 152, 128));
  assert.deepEqual(encoder.encode("\ud800x\udc00"), bytes(239, 191, 189, 120, 239, 191, 189));
  assert.equal(encoder.encode("abc").buffer.byteLength, 3);
});

test("TextEncoder: encodeInto writes whole characters only", () => {
  const encoder = new TextEncoder();
  const cases: [string, number, number, number][] = [
    ["abc", 3, 3, 3],
    ["abc", 2, 2, 2],
    ["abc", 0, 0, 0],
    ["", 5, 0, 0],
    ["aé", 2, 1, 1],
    ["aé", 3, 2, 3],
    ["€x", 2, 0, 0],
    ["😀x", 3, 0, 0],
    ["😀x", 4, 2, 4],
    ["\ud800x", 4, 2, 4],
  ];
  for (const [text, length, read, written] of cases) {
    const target = new Uint8Array(length + 4).fill(0xaa);
    const result = encoder.encodeInto(text, target.subarray(2, 2 + length));
    assert.deepEqual(result, { read, written }, `${text} into ${length}`);
    assert.deepEqual(
      target.subarray(2, 2 + written),
      encoder.encode(text.slice(0, read)),
      `${text} into ${length}`,
    );
    assert.ok(target.subarray(2 + length).every((byte) => byte === 0xaa));
  }
  assert.throws(() => encoder.encodeInto("a", [] as never), TypeError);
  assert.throws(() => encoder.encodeInto("a", new Uint16Array(1) as never), TypeError);
});

test("TextEncoder: large texts", () => {
  const text = "aé€😀".repeat(100_000);
  const encoded = new TextEncoder().encode(text);
  assert.equal(encoded.length, 10 * 100_000);
  assert.ok(new TextDecoder().decode(encoded) === text);
  const target = new Uint8Array(encoded.length);
  assert.deepEqual(new TextEncoder().encodeInto(text, target), {
    read: text.length,
    written: encoded.length,
  });
});

test("TextDecoder: ASCII, Latin-1, BMP and beyond, short and long", () => {
  for (const unit of ["a", "é", "aé€", "😀", "ä漢字😀z"]) {
    for (const count of [1, 2, 15, 16, 17, 33, 65, 1000, 4097]) {
      const text = unit.repeat(count);
      assert.ok(new TextDecoder().decode(new TextEncoder().encode(text)) === text, unit + count);
    }
  }
});

test("TextDecoder: malformed UTF-8 is replaced by maximal subparts", () => {
  const cases: [number[], string][] = [
    [[0xff], "\ufffd"],
    [[0x80], "\ufffd"],
    [[0xc0, 0x80], "\ufffd\ufffd"],
    [[0xc1, 0xbf], "\ufffd\ufffd"],
    [[0xc2], "\ufffd"],
    [[0xc2, 0x41], "\ufffdA"],
    [[0xe0, 0x80, 0x80], "\ufffd\ufffd\ufffd"],
    [[0xe2, 0x82], "\ufffd"],
    [[0xe2, 0x82, 0x41], "\ufffdA"],
    [[0xed, 0xa0, 0x80], "\ufffd\ufffd\ufffd"],
    [[0xf0, 0x80, 0x80, 0x80], "\ufffd\ufffd\ufffd\ufffd"],
    [[0xf0, 0x9f, 0x98], "\ufffd"],
    [[0xf0, 0x9f, 0x98, 0x41], "\ufffdA"],
    [[0xf0, 0x9f, 0xf0, 0x9f, 0x98, 0x80], "\ufffd😀"],
    [[0xf4, 0x90, 0x80, 0x80], "\ufffd\ufffd\ufffd\ufffd"],
    [[0xf5, 0x41], "\ufffdA"],
    [[0x61, 0xe2, 0x28, 0xa1, 0x62], "a\ufffd(\ufffdb"],
  ];
  for (const [input, expected] of cases) {
    const where = input.map((byte) => byte.toString(16)).join(" ");
    assert.equal(decode(input), expected, where);
    assert.throws(() => decode(input, "utf-8", { fatal: true }), TypeError);
    // The same in chunks of one byte.
    const decoder = new TextDecoder();
    let text = "";
    for (const byte of input) text += decoder.decode(bytes(byte), { stream: true });
    assert.equal(text + decoder.decode(), expected, `${where}, streamed`);
  }
});

test("TextDecoder: streaming splits a text anywhere", () => {
  const text = "\ufeffaé€😀漢z";
  for (const label of ["utf-8", "utf-16le", "utf-16be"]) {
    const units = [...text].flatMap((_, i, all) => (i === 0 ? all : []));
    assert.ok(units.length > 0);
    let encoded: Uint8Array = new TextEncoder().encode(text);
    if (label !== "utf-8") {
      const view = new DataView(new ArrayBuffer(text.length * 2));
      for (let i = 0; i < text.length; i++) {
        view.setUint16(i * 2, text.charCodeAt(i), label === "utf-16le");
      }
      encoded = new Uint8Array(view.buffer);
    }
    for (let size = 1; size <= encoded.length; size++) {
      for (const ignoreBOM of [false, true]) {
        const decoder = new TextDecoder(label, { ignoreBOM, fatal: true });
        // Twice, since a decoder begins anew after the end.
        for (let round = 0; round < 2; round++) {
          let result = "";
          for (let i = 0; i < encoded.length; i += size) {
            result += decoder.decode(encoded.subarray(i, i + size), { stream: true });
          }
          result += decoder.decode();
          assert.equal(result, ignoreBOM ? text : text.slice(1), `${label} by ${size}`);
        }
      }
    }
  }
});

test("TextDecoder: the byte order mark is dropped at the start only", () => {
  assert.equal(decode([0xef, 0xbb, 0xbf]), "");
  assert.equal(decode([0xef, 0xbb, 0xbf, 0x61, 0xef, 0xbb, 0xbf]), "a\ufeff");
  assert.equal(decode([0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf]), "\ufeff");
  assert.equal(decode([0xef, 0xbb, 0xbf, 0x61], "utf-8", { ignoreBOM: true }), "\ufeffa");
  assert.equal(decode([0xef, 0xbb]), "\ufffd");
  assert.equal(decode([0xff, 0xfe, 0x61, 0], "utf-16le"), "a");
  assert.equal(decode([0xfe, 0xff, 0, 0x61], "utf-16be"), "a");
});

test("TextDecoder: fatal errors leave a decoder that can be used again", () => {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  assert.equal(decoder.decode(bytes(0xe2, 0x99), { stream: true }), "");
  assert.throws(() => decoder.decode(), TypeError);
  assert.equal(decoder.decode(bytes(0x61)), "a");
  assert.throws(() => decoder.decode(bytes(0xff), { stream: true }), TypeError);
  assert.equal(decoder.decode(bytes(0x62)), "b");
});

test("TextDecoder: UTF-16", () => {
  assert.equal(decode([0x61, 0, 0xac, 0x20], "utf-16le"), "a€");
  assert.equal(decode([0, 0x61, 0x20, 0xac], "utf-16be"), "a€");
  assert.equal(decode([0x61], "utf-16le"), "\ufffd");
  assert.equal(decode([0x00, 0xd8, 0x61, 0], "utf-16le"), "\ufffda");
  assert.equal(decode([0x00, 0xd8], "utf-16le"), "\ufffd");
  assert.equal(decode([0x00, 0xd8, 0x00], "utf-16le"), "\ufffd");
  assert.equal(decode([0x00, 0xdc], "utf-16le"), "\ufffd");
  assert.throws(() => decode([0x00, 0xdc], "utf-16le", { fatal: true }), TypeError);
  assert.throws(() => decode([0x61], "utf-16le", { fatal: true }), TypeError);
});

test("TextDecoder: windows-1252 and x-user-defined", () => {
  assert.equal(decode([0x80, 0x9f, 0x81, 0xe9, 0x41], "latin1"), "€Ÿ\x81éA");
  assert.equal(decode([0x99], "iso-8859-1"), "™");
  const all = Array.from({ length: 256 }, (_, i) => i);
  assert.equal(decode(all, "windows-1252").length, 256);
  assert.equal(decode(all, "ascii").slice(0xa0), String.fromCharCode(...all.slice(0xa0)));
  assert.equal(decode([0x41, 0x80, 0xff], "x-user-defined"), "A\uf780\uf7ff");
});

test("TextDecoder: labels", () => {
  const cases: Record<string, string> = {
    "unicode-1-1-utf-8": "utf-8",
    " UTF-8\n": "utf-8",
    "x-unicode20utf8": "utf-8",
    l1: "windows-1252",
    "ISO_8859-1:1987": "windows-1252",
    "us-ascii": "windows-1252",
    ucs2: "",
    "ucs-2": "utf-16le",
    unicode: "utf-16le",
    unicodefffe: "utf-16be",
    "": "",
    " ": "",
    "utf-8,utf8": "",
    ",": "",
    "utf 8": "",
    "utf-8\0": "",
    "\u212aoi8-r": "",
    replacement: "",
    "iso-2022-kr": "",
  };
  for (const [label, name] of Object.entries(cases)) {
    if (name === "") assert.throws(() => new TextDecoder(label), RangeError);
    else assert.equal(new TextDecoder(label).encoding, name, label);
  }
});

test("TextDecoder: an encoding that is known but not supported says so", () => {
  assert.throws(() => new TextDecoder("shift_jis"), RangeError);
  assert.throws(() => new TextDecoder("koi8"), /koi8-r.*not supported/);
});

test("TextDecoder: any buffer source", () => {
  const source = new TextEncoder().encode("hello");
  const decoder = new TextDecoder();
  assert.equal(decoder.decode(source.buffer), "hello");
  assert.equal(decoder.decode(new DataView(source.buffer, 1, 3)), "ell");
  assert.equal(decoder.decode(new Int8Array(source.buffer, 2)), "llo");
  assert.equal(decoder.decode(), "");
  assert.equal(decoder.decode(undefined, undefined), "");
  const resizable = new ArrayBuffer(2, { maxByteLength: 10 } as never);
  new Uint8Array(resizable).set([104, 105]);
  assert.equal(decoder.decode(resizable), "hi");
  if (typeof SharedArrayBuffer !== "undefined") {
    const shared = new Uint8Array(new SharedArrayBuffer(2));
    shared.set([104, 105]);
    assert.equal(decoder.decode(shared), "hi");
  }
  const detached = source.buffer;
  structuredClone(detached, { transfer: [detached] });
  assert.equal(decoder.decode(detached), "");
  assert.throws(() => decoder.decode("text" as never), TypeError);
  assert.throws(() => decoder.decode(null as never), TypeError);
});

test("TextDecoder: attributes and brand", () => {
  const decoder = new TextDecoder("utf8", { fatal: true, ignoreBOM: true });
  assert.deepEqual([decoder.encoding, decoder.fatal, decoder.ignoreBOM], ["utf-8", true, true]);
  assert.equal(TextDecoder.length, 0);
  assert.equal(TextDecoder.prototype.decode.length, 0);
  assert.equal(TextEncoder.prototype.encodeInto.length, 2);
  assert.throws(() => TextDecoder.prototype.decode.call({} as TextDecoder), TypeError);
});

async function pump<In, Out>(
  stream: { readable: ReadableStream<Out>; writable: WritableStream<In> },
  chunks: In[],
): Promise<Out[]> {
  const writer = stream.writable.getWriter();
  const writing = (async () => {
    for (const chunk of chunks) await writer.write(chunk);
    await writer.close();
  })();
  const out: Out[] = [];
  const reading = (async () => {
    for await (const chunk of stream.readable as unknown as AsyncIterable<Out>) out.push(chunk);
  })();
  await Promise.all([writing, reading]);
  return out;
}

test("TextEncoderStream: joins surrogates across chunks", async () => {
  const out = await pump(new TextEncoderStream(), ["a\ud83d", "\ude00", "\ud83d", "z", "\ud83d"]);
  const text = new TextDecoder().decode(Uint8Array.from(out.flatMap((chunk) => [...chunk])));
  assert.equal(text, "a😀\ufffdz\ufffd");
});

test("TextDecoderStream: joins bytes across chunks, flushes, fails when fatal", async () => {
  const encoded = new TextEncoder().encode("é€😀");
  const chunks = [...encoded].map((byte) => bytes(byte));
  const out = await pump(new TextDecoderStream(), chunks as never);
  assert.equal(out.join(""), "é€😀");
  assert.deepEqual(await pump(new TextDecoderStream(), [bytes(0xe2)] as never), ["\ufffd"]);
  await assert.rejects(
    pump(new TextDecoderStream("utf-8", { fatal: true }), [bytes(0xff)] as never),
    TypeError,
  );
  await assert.rejects(pump(new TextDecoderStream(), ["text"] as never), TypeError);
});
