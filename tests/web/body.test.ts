// The Body mixin: sources, consumption, locking, streams, tee.
import { assert, test } from "./harness.ts";

const encoder = new TextEncoder();

function streamOf(...chunks: unknown[]): ReadableStream {
  let next = 0;
  return new ReadableStream({
    pull(controller) {
      if (next === chunks.length) controller.close();
      else controller.enqueue(chunks[next++]);
    },
  });
}

async function bytesOfStream(stream: ReadableStream): Promise<number[]> {
  const bytes: number[] = [];
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return bytes;
    assert.ok(value instanceof Uint8Array);
    bytes.push(...(value as Uint8Array));
  }
}

/** Every kind of source with the text "h\u00e9llo". */
function sources(): [string, () => unknown][] {
  const bytes = encoder.encode("h\u00e9llo");
  return [
    ["string", () => "h\u00e9llo"],
    ["Uint8Array", () => bytes],
    ["ArrayBuffer", () => bytes.slice().buffer],
    ["DataView", () => new DataView(bytes.slice().buffer)],
    ["Blob", () => new Blob(["h\u00e9", "llo"])],
    ["stream", () => streamOf(bytes.slice(0, 2), new Uint8Array(0), bytes.slice(2))],
    ["another response's stream", () => new Response("h\u00e9llo").body],
  ];
}

test("every source can be read in every way", async () => {
  for (const [name, source] of sources()) {
    const response = () => new Response(source() as never);
    assert.equal(await response().text(), "h\u00e9llo", name);
    assert.deepEqual([...(await response().bytes())], [...encoder.encode("h\u00e9llo")], name);
    assert.equal((await response().arrayBuffer()).byteLength, 6, name);
    assert.equal(await (await response().blob()).text(), "h\u00e9llo", name);
    assert.deepEqual(
      await bytesOfStream(response().body!),
      [...encoder.encode("h\u00e9llo")],
      name,
    );
  }
});

test("a body can be read once", async () => {
  for (const [name, source] of sources()) {
    const response = new Response(source() as never);
    assert.equal(response.bodyUsed, false, name);
    const reading = response.text();
    assert.equal(response.bodyUsed, true, name);
    await assert.rejects(response.text(), TypeError, name);
    await reading;
    assert.ok(response.body !== null && response.body.locked, name);
    await assert.rejects(response.json(), TypeError, name);
    await assert.rejects(response.formData(), TypeError, name);
    assert.throws(() => response.clone(), TypeError, name);
  }
});

test("no body reads as empty, as often as one likes", async () => {
  const response = new Response();
  assert.equal(await response.text(), "");
  assert.equal((await response.arrayBuffer()).byteLength, 0);
  assert.equal((await response.blob()).size, 0);
  await assert.rejects(response.json(), SyntaxError);
  assert.equal(response.bodyUsed, false);
});

test("a stream that was looked at leaves the body readable", async () => {
  const response = new Response("x");
  const stream = response.body!;
  assert.equal(response.body, stream);
  assert.ok(!stream.locked);
  assert.equal(await response.text(), "x");
  assert.ok(stream.locked);
});

test("a locked or disturbed stream makes the body unusable", async () => {
  const locked = new Response("x");
  const reader = locked.body!.getReader();
  assert.equal(locked.bodyUsed, false);
  await assert.rejects(locked.text(), TypeError);
  assert.throws(() => locked.clone(), TypeError);
  assert.throws(() => new Response(locked.body), TypeError);
  reader.releaseLock();
  assert.equal(await locked.text(), "x");

  const disturbed = new Response("x");
  const second = disturbed.body!.getReader();
  await second.read();
  second.releaseLock();
  assert.equal(disturbed.bodyUsed, true);
  await assert.rejects(disturbed.text(), TypeError);

  const cancelled = new Response("x");
  await cancelled.body!.cancel();
  assert.equal(cancelled.bodyUsed, true);
});

test("bytes are copied when the body is made and when it is read", async () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const response = new Response(bytes);
  const copy = response.clone();
  bytes[0] = 9;
  const read = await response.bytes();
  assert.deepEqual([...read], [1, 2, 3]);
  read[1] = 9;
  assert.deepEqual([...(await copy.bytes())], [1, 2, 3]);
});

test("only the view's bytes are sent", async () => {
  const bytes = new Uint8Array([1, 2, 3, 4, 5]);
  assert.deepEqual([...(await new Response(bytes.subarray(1, 3)).bytes())], [2, 3]);
  assert.deepEqual([...(await new Response(new DataView(bytes.buffer, 3)).bytes())], [4, 5]);
});

test("text drops a byte order mark and mends malformed UTF-8", async () => {
  assert.equal(await new Response("\ufeffx").text(), "x");
  assert.equal(await new Response("\ufeff\ufeffx").text(), "\ufeffx");
  assert.equal(await new Response(new Uint8Array([0xef, 0xbb, 0xbf, 0x78])).text(), "x");
  assert.equal(await new Response(new Uint8Array([0xff, 0x78])).text(), "\ufffdx");
  assert.equal(await new Response("\ud800x").text(), "\ufffdx");
  assert.deepEqual(await new Response("\ufeff[1]").json(), [1]);
});

test("json rejects what is no JSON", async () => {
  await assert.rejects(new Response("{").json(), SyntaxError);
  await assert.rejects(new Response("").json(), SyntaxError);
});

test("blob has the Content-Type", async () => {
  const type = "Text/X; Charset=Y";
  const response = new Response("x", { headers: { "content-type": type } });
  assert.equal((await response.blob()).type, "text/x;charset=Y");
  assert.equal((await new Response(new Uint8Array(1)).blob()).type, "");
});

test("chunks of a body's stream are Uint8Arrays", async () => {
  for (const chunk of ["text", new ArrayBuffer(1), [1], null, new Uint16Array(1)]) {
    await assert.rejects(new Response(streamOf(chunk)).text(), TypeError);
  }
});

test("an error of the stream is the reading's rejection", async () => {
  const stream = new ReadableStream({
    pull(controller) {
      controller.error(new RangeError("mine"));
    },
  });
  await assert.rejects(new Response(stream).text(), RangeError);
});

test("clone tees a stream", async () => {
  const response = new Response(streamOf(encoder.encode("a"), encoder.encode("b")));
  const copy = response.clone();
  assert.equal(await copy.text(), "ab");
  assert.equal(response.bodyUsed, false);
  assert.equal(await response.text(), "ab");
});

test("cloned streams give the same whichever is read first", async () => {
  const response = new Response(streamOf(encoder.encode("abc")));
  const copies = [response.clone(), response.clone(), response];
  const texts = await Promise.all(copies.map((each) => each.text()));
  assert.deepEqual(texts, ["abc", "abc", "abc"]);
});

test("a body's stream can be read into a buffer", async () => {
  const reader = new Response("abc").body!.getReader({ mode: "byob" });
  const first = await reader.read(new Uint8Array(2));
  assert.deepEqual([...first.value!], [97, 98]);
  const second = await reader.read(new Uint8Array(2));
  assert.deepEqual([...second.value!], [99]);
  const last = await reader.read(new Uint8Array(2));
  assert.equal(last.done, true);
});

test("a body can be piped through a transform", async () => {
  const upper = new TransformStream({
    transform(chunk: Uint8Array, controller) {
      controller.enqueue(chunk.map((byte) => byte - 32));
    },
  });
  const response = new Response("abc");
  assert.equal(await new Response(response.body!.pipeThrough(upper)).text(), "ABC");
  assert.ok(response.bodyUsed);
});

test("large bodies stay whole", async () => {
  const megabyte = new Uint8Array(1 << 20).map((_, index) => index & 0xff);
  const read = await new Response(new Response(new Blob([megabyte])).body).bytes();
  assert.equal(read.length, megabyte.length);
  assert.ok(read.every((byte, index) => byte === (index & 0xff)));
  const text = "\u20ac".repeat(400_000);
  assert.equal(await new Response(text).text(), text);
  assert.equal((await new Response(text).bytes()).length, 1_200_000);
});

test("other objects are strings", async () => {
  assert.equal(await new Response({} as never).text(), "[object Object]");
  assert.equal(await new Response(5 as never).text(), "5");
  assert.equal(await new Response(["a", "b"] as never).text(), "a,b");
  assert.throws(() => new Response(Symbol("s") as never), TypeError);
});
