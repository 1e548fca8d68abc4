// Blob and File: parts, slices, types, reading.
import { assert, test } from "./harness.ts";

test("a Blob joins its parts", async () => {
  const bytes = new Uint8Array([0x62, 0x63, 0x64]);
  const blob = new Blob(["a", bytes.subarray(0, 1), bytes.buffer.slice(1), new Blob(["e\u00e9"])]);
  assert.equal(blob.size, 7);
  bytes[0] = 0;
  assert.equal(await blob.text(), "abcde\u00e9");
  assert.equal((await blob.arrayBuffer()).byteLength, 7);
  assert.equal((await blob.bytes()).length, 7);
  assert.equal(await new Blob().text(), "");
  assert.equal(
    await new Blob([5, null, undefined, {}] as never).text(),
    "5nullundefined[object Object]",
  );
});

test("a Blob's parts are any list", async () => {
  assert.equal(await new Blob(new Set(["a", "b"]) as never).text(), "ab");
  for (const parts of [null, "abc", 5, {}, true]) {
    assert.throws(() => new Blob(parts as never), TypeError, JSON.stringify(parts));
  }
});

test("lone surrogates and byte order marks", async () => {
  assert.deepEqual([...(await new Blob(["\ud800"]).bytes())], [0xef, 0xbf, 0xbd]);
  assert.equal(await new Blob(["\ufeffx"]).text(), "x");
  assert.equal(new Blob(["\ufeffx"]).size, 4);
});

test("the type is in lower case, or empty", () => {
  assert.equal(new Blob([], { type: "Text/HTML; Charset=UTF-8" }).type, "text/html; charset=utf-8");
  assert.equal(new Blob([], { type: "a\u00e4" }).type, "");
  assert.equal(new Blob([], { type: "a\tb" }).type, "");
  assert.equal(new Blob([], { type: null as never }).type, "null");
  assert.equal(new Blob([]).type, "");
});

test("line endings can be made native", async () => {
  const text = "a\r\nb\rc\nd\r\r\n";
  assert.equal(await new Blob([text]).text(), text);
  assert.equal(await new Blob([text], { endings: "native" }).text(), "a\nb\nc\nd\n\n");
  assert.throws(() => new Blob([], { endings: "other" as never }), TypeError);
});

test("slice takes bytes, from either end", async () => {
  const blob = new Blob(["abc", "def", "ghi"], { type: "a/b" });
  const cases: [Parameters<Blob["slice"]>, string][] = [
    [[], "abcdefghi"],
    [[2, 7], "cdefg"],
    [[-4], "fghi"],
    [[-4, -2], "fg"],
    [[3, 6], "def"],
    [[5, 3], ""],
    [[0, 1000], "abcdefghi"],
    [[1000], ""],
    [[-1000, 1], "a"],
    [[NaN as never, 2.5], "ab"],
  ];
  for (const [args, expected] of cases) {
    const slice = blob.slice(...args);
    assert.equal(await slice.text(), expected, JSON.stringify(args));
    assert.equal(slice.size, expected.length);
    assert.equal(slice.type, "");
  }
  assert.equal(blob.slice(0, 1, "X/Y").type, "x/y");
  assert.equal(await blob.slice(1, 8).slice(1, 5).text(), "cdef");
});

test("a Blob's stream gives its bytes in Uint8Arrays of its own", async () => {
  const blob = new Blob([new Uint8Array(200_000).fill(7), "x"]);
  let total = 0;
  for await (const chunk of blob.stream() as never as AsyncIterable<Uint8Array>) {
    assert.ok(chunk instanceof Uint8Array && chunk.length <= 65536);
    total += chunk.length;
    chunk.fill(0);
  }
  assert.equal(total, 200_001);
  assert.equal((await blob.bytes())[0], 7);
});

test("a megabyte stays whole", async () => {
  const text = "0123456789abcdef".repeat(65536);
  const blob = new Blob([text]);
  assert.equal(blob.size, 1 << 20);
  assert.equal(await blob.text(), text);
});

test("a File is a Blob with a name", async () => {
  const file = new File(["ab"], "n\ud800.txt", { type: "Text/Plain", lastModified: 12.7 });
  assert.ok(file instanceof Blob);
  assert.equal(file.name, "n\ufffd.txt");
  assert.equal(file.type, "text/plain");
  assert.equal(file.lastModified, 12);
  assert.equal(await file.text(), "ab");
  assert.ok(Math.abs(new File([], "x").lastModified - Date.now()) < 10_000);
  assert.ok(!(file.slice() instanceof File));
  assert.throws(() => new (File as never as new (parts: string[]) => File)(["a"]), TypeError);
  assert.throws(() => new File("ab" as never, "x"), TypeError);
});

test("Blob and File look as Web IDL wants", async () => {
  assert.equal(Blob.length, 0);
  assert.equal(File.length, 2);
  assert.equal(Object.getPrototypeOf(File), Blob);
  assert.equal(Object.prototype.toString.call(new File([], "")), "[object File]");
  assert.equal(Object.prototype.toString.call(new Blob()), "[object Blob]");
  await assert.rejects(Blob.prototype.text.call({} as never), TypeError);
  assert.throws(() => Blob.prototype.slice.call({} as never), TypeError);
});

test("Blobs and Files can be cloned", async () => {
  const blob = structuredClone(new Blob(["abc"], { type: "a/b" }));
  assert.equal(blob.type, "a/b");
  assert.equal(await blob.text(), "abc");
  const { file } = structuredClone({ file: new File(["x"], "n", { lastModified: 5 }) });
  assert.ok(file instanceof File);
  assert.equal(file.name, "n");
  assert.equal(file.lastModified, 5);
});
