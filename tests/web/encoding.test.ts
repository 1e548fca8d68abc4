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

/** A text in each of the multi-byte encodings, and some of the others. */
const LEGACY: Record<string, [number[], string]> = {
  gbk: [[0xc4, 0xe3, 0x41, 0xba, 0xc3, 0x80], "你A好€"],
  gb18030: [[0xc4, 0xe3, 0x81, 0x30, 0x81, 0x30, 0x94, 0x39, 0xda, 0x33], "你\x80\u{1f4a9}"],
  big5: [[0xa7, 0x41, 0x88, 0x62, 0x87, 0x45], "你Ê\u0304\u{27267}"],
  "euc-jp": [[0xa4, 0xa2, 0x8e, 0xb1, 0x8f, 0xb0, 0xa1], "あｱ丂"],
  shift_jis: [[0x82, 0xa0, 0xb1, 0x5c], "あｱ\\"],
  "iso-2022-jp": [
    [0x61, 0x1b, 0x24, 0x42, 0x24, 0x22, 0x1b, 0x28, 0x4a, 0x5c, 0x1b, 0x28, 0x42, 0x5c],
    "aあ¥\\",
  ],
  "euc-kr": [[0xb0, 0xa1, 0x41], "가A"],
  "koi8-r": [[0xf0, 0xd2, 0xc9], "При"],
  "windows-1251": [[0xcf, 0xf0, 0xe8], "При"],
  "iso-8859-15": [[0xa4, 0xe9], "€é"],
  macintosh: [[0x8a, 0xf0], "ä\uf8ff"],
  "x-mac-cyrillic": [[0x8f, 0xff], "П€"],
  ibm866: [[0x8f, 0xe0], "Пр"],
};

test("TextDecoder: legacy encodings, split anywhere", () => {
  for (const [label, [list, text]] of Object.entries(LEGACY)) {
    assert.equal(decode(list, label), text, label);
    assert.equal(decode(list, label, { fatal: true }), text, label);
    const decoder = new TextDecoder(label);
    for (let first = 0; first <= list.length; first++) {
      for (let second = first; second <= list.length; second++) {
        const parts = [list.slice(0, first), list.slice(first, second), list.slice(second)];
        let result = "";
        for (const part of parts) result += decoder.decode(bytes(...part), { stream: true });
        assert.equal(result + decoder.decode(), text, `${label} at ${first} and ${second}`);
      }
    }
  }
});

// At the module's top level, and so before the snapshot.
const early = new TextDecoder("shift_jis");
const earlyText = early.decode(bytes(0x41, 0x82), { stream: true });

test("TextDecoder: a text that began before the snapshot goes on", () => {
  assert.equal(earlyText + early.decode(bytes(0xa0)), "Aあ");
});

test("TextDecoder: malformed legacy text", () => {
  assert.equal(decode([0xb0, 0x20], "euc-kr"), "\ufffd ");
  assert.equal(decode([0x81, 0x30, 0x81, 0x20], "gb18030"), "\ufffd0\ufffd ");
  assert.equal(decode([0x1b, 0x24], "iso-2022-jp"), "\ufffd$");
  for (const label of ["gbk", "big5", "euc-jp", "shift_jis", "iso-2022-jp", "euc-kr"]) {
    assert.throws(() => decode([0x41, 0xff], label, { fatal: true }), TypeError);
    const decoder = new TextDecoder(label, { fatal: true });
    assert.throws(() => decoder.decode(bytes(0xff), { stream: true }), TypeError);
    assert.equal(decoder.decode(bytes(0x41)), "A");
  }
  assert.throws(() => decode([0xa1], "iso-8859-6", { fatal: true }), /iso-8859-6/);
});

test("TextDecoder: every label that is not for replacement has a decoder", () => {
  const labels =
    "866 latin2 latin3 latin4 cyrillic arabic greek hebrew logical latin6 iso8859-13 iso8859-14 l9 " +
    "iso-8859-16 koi8 koi8-ru mac dos-874 cp1250 cp1251 cp1252 cp1253 latin5 cp1255 cp1256 cp1257 " +
    "cp1258 x-mac-ukrainian chinese gb18030 big5-hkscs x-euc-jp csiso2022jp sjis korean utf-16 " +
    "unicodefffe x-user-defined";
  for (const label of labels.split(" ")) {
    const decoder = new TextDecoder(label);
    assert.equal(decoder.decode(bytes()), "", label);
    assert.ok(typeof decoder.decode(bytes(0x41, 0x42)) === "string", label);
  }
});

test("TextDecoder: any bytes, whole and in chunks, give the same text in every encoding", () => {
  let seed = 1;
  const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below;
  for (const label of ["utf-8", "utf-16le", "utf-16be", ...Object.keys(LEGACY)]) {
    const decoder = new TextDecoder(label);
    const strict = new TextDecoder(label, { fatal: true });
    for (let round = 0; round < 100; round++) {
      const input = new Uint8Array(random(60));
      for (let i = 0; i < input.length; i++) input[i] = random(3) === 0 ? random(128) : random(256);
      const whole = decoder.decode(input);
      let text = "";
      for (let at = 0; at < input.length;) {
        const end = at + 1 + random(5);
        text += decoder.decode(input.subarray(at, end), { stream: true });
        at = end;
      }
      assert.equal(text + decoder.decode(), whole, `${label}: ${input}`);
      if (whole.includes("\ufffd")) {
        // U+FFFD may be in the text itself.
        try {
          assert.ok(strict.decode(input).includes("\ufffd"));
        } catch (error) {
          assert.ok(error instanceof TypeError);
        }
      } else {
        assert.equal(strict.decode(input), whole);
      }
    }
  }
});

test("TextDecoder: bytes of memory that is shared, resizable or gone", () => {
  const resizable = new ArrayBuffer(4, { maxByteLength: 8 } as never) as ArrayBuffer & {
    resize(length: number): void;
  };
  const tracking = new Uint8Array(resizable);
  const fixed = new Uint8Array(resizable, 2, 2);
  tracking.set([0x82, 0xa0, 0x41, 0x42]);
  for (const label of ["utf-8", "utf-16le", "shift_jis", "koi8-r"]) {
    resizable.resize(4);
    assert.equal(decode([0x41], label).length, 1);
    assert.ok(new TextDecoder(label).decode(tracking).length >= 2, label);
    resizable.resize(1);
    assert.equal(new TextDecoder(label).decode(fixed), "", label);
    assert.equal(new TextDecoder(label).decode(tracking).length, 1, label);
  }
  if (typeof SharedArrayBuffer === "undefined") return;
  const shared = new Uint8Array(new SharedArrayBuffer(3));
  shared.set([0x82, 0xa0, 0x41]);
  assert.equal(new TextDecoder("shift_jis").decode(shared), "あA");
  assert.deepEqual(new TextEncoder().encodeInto("é€", shared), { read: 1, written: 2 });
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
