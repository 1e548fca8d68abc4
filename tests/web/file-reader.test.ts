// FileReader (File API, section 6.2).
import { assert, test } from "./harness.ts";

type Method = "readAsArrayBuffer" | "readAsBinaryString" | "readAsDataURL" | "readAsText";

function read(blob: Blob, method: Method, encoding?: string): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result);
  reader.onerror = () => reject(reader.error!);
  reader[method as "readAsText"](blob, encoding);
  return promise;
}

test("FileReader gives a Blob in four forms", async () => {
  const blob = new Blob(["\u00fcb"], { type: "text/x" });
  assert.equal(await read(blob, "readAsText"), "\u00fcb");
  assert.equal(await read(blob, "readAsBinaryString"), "\u00c3\u00bcb");
  assert.equal(await read(blob, "readAsDataURL"), "data:text/x;base64,w7xi");
  const buffer = (await read(blob, "readAsArrayBuffer")) as ArrayBuffer;
  assert.deepEqual([...new Uint8Array(buffer)], [0xc3, 0xbc, 0x62]);
  const none = await read(new Blob(), "readAsDataURL");
  assert.equal(none, "data:application/octet-stream;base64,");
});

test("the encoding: byte order mark, label, charset, UTF-8", async () => {
  const bytes = new Uint8Array([0xe4]);
  assert.equal(await read(new Blob([bytes]), "readAsText"), "\ufffd");
  assert.equal(await read(new Blob([bytes]), "readAsText", "latin1"), "\u00e4");
  assert.equal(await read(new Blob([bytes]), "readAsText", "nonsense"), "\ufffd");
  const typed = new Blob([bytes], { type: "text/x;charset=windows-1252" });
  assert.equal(await read(typed, "readAsText"), "\u00e4");
  assert.equal(await read(typed, "readAsText", "koi8-r"), "\u0414");
  const marked = new Blob([new Uint8Array([0xfe, 0xff, 0x30, 0x42])]);
  assert.equal(await read(marked, "readAsText", "latin1"), "\u3042");
});

test("events come in order, with progress", async () => {
  const log: string[] = [];
  const reader = new FileReader();
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const type of ["loadstart", "progress", "load", "abort", "error", "loadend"]) {
    reader.addEventListener(type, (event) => {
      const { lengthComputable, loaded, total, isTrusted } = event as ProgressEvent;
      log.push(`${type} ${loaded}/${total} ${lengthComputable} ${isTrusted} ${reader.readyState}`);
      if (type === "loadend") resolve();
    });
  }
  reader.readAsText(new Blob(["abc"]));
  assert.deepEqual(log, []);
  assert.equal(reader.readyState, FileReader.LOADING);
  assert.throws(() => reader.readAsText(new Blob()), { name: "InvalidStateError" });
  await promise;
  assert.deepEqual(log, [
    "loadstart 0/3 true true 1",
    "progress 3/3 true true 1",
    "load 3/3 true true 2",
    "loadend 3/3 true true 2",
  ]);
});

test("abort ends a read at once, and none of its events come any more", async () => {
  const log: string[] = [];
  const reader = new FileReader();
  for (const type of ["loadstart", "load", "abort", "loadend"]) {
    reader.addEventListener(type, () => log.push(type));
  }
  reader.abort();
  assert.equal(reader.readyState, FileReader.EMPTY);
  reader.readAsText(new Blob(["a"]));
  reader.abort();
  assert.deepEqual(log.splice(0), ["abort", "loadend"]);
  assert.equal(reader.readyState, FileReader.DONE);
  assert.equal(reader.result, null);
  const { promise, resolve } = Promise.withResolvers<void>();
  reader.onloadend = () => resolve();
  reader.readAsText(new Blob(["b"]));
  await promise;
  assert.deepEqual(log, ["loadstart", "load", "loadend"]);
  assert.equal(reader.result, "b");
});

test("FileReader takes Blobs only", () => {
  const reader = new FileReader();
  for (const value of [undefined, null, "x", {}]) {
    assert.throws(() => reader.readAsText(value as never), TypeError);
  }
  assert.equal(reader.readyState, 0);
  assert.equal(reader.DONE, 2);
  assert.equal(new ProgressEvent("x", { loaded: 1, total: 2 }).total, 2);
});
