// fetch() of data: and blob: URLs (Fetch Standard, sections 4.2 and 6; File API, section 8).
import { assert, delay, test } from "./harness.ts";

async function data(url: string): Promise<[type: string | null, bytes: number[]]> {
  const response = await fetch(url);
  return [response.headers.get("content-type"), [...(await response.bytes())]];
}

const bytes = (text: string) => Array.from(text, (character) => character.charCodeAt(0));

test("a data: URL gives its bytes and its type", async () => {
  const plain = "text/plain;charset=US-ASCII";
  for (const [url, type, text] of [
    ["data:,X", plain, "X"],
    ["data:,", plain, ""],
    ["data:,a,b", plain, "a,b"],
    ["data:,a b", plain, "a b"],
    ["data:,%41%zz%4", plain, "A%zz%4"],
    ["data:,a%00%FFb", plain, "a\0\xffb"],
    ["data:,\u00e9", plain, "\xc3\xa9"],
    ["data:,x#fragment", plain, "x"],
    ["data:,x?query", plain, "x?query"],
    ["DATA:Text/HTML,x", "text/html", "x"],
    ["data: text/html ,x", "text/html", "x"],
    ["data:text/html;charset=UTF-8,x", "text/html;charset=UTF-8", "x"],
    ["data:;charset=x,y", "text/plain;charset=x", "y"],
    ["data:;x=y;base64,WA", "text/plain;x=y", "X"],
    ["data:nonsense,x", plain, "x"],
    ["data:text/html;base64,WA==", "text/html", "X"],
    ["data:text/html; Base64,W A\n=%3D", "text/html", "X"],
    ["data:text/html;  base64 ,WA", "text/html", "X"],
    ["data:;base64;,WA", "text/plain", "WA"],
    ["data:text/html;base64;x=y,WA", "text/html;x=y", "WA"],
    ["data:base64,WA", plain, "WA"],
    ["data:x/x;y=base64,WA", "x/x;y=base64", "WA"],
    ["data:;base64,", plain, ""],
    ["data:%3B,x", plain, "x"],
    ['data:image/png;a="b, c",x', "image/png;a=b", ' c",x'],
  ] as const) {
    const [foundType, found] = await data(url);
    assert.equal(foundType, type, url);
    assert.deepEqual(found, bytes(text), url);
  }
});

test("malformed data: URLs are network errors", async () => {
  for (const url of [
    "data:",
    "data:text/html",
    "data:text/html;base64",
    "data:;base64,W",
    "data:;base64,WA=",
    "data:;base64,WA===",
    "data:;base64,W$==",
    "data:;base64,%",
    "data://x",
  ]) {
    await assert.rejects(fetch(url), TypeError, url);
  }
});

test("the response to a data: URL", async () => {
  const response = await fetch("data:text/x,abc#f");
  assert.equal(response.type, "basic");
  assert.equal(response.url, "data:text/x,abc");
  assert.equal(response.redirected, false);
  assert.equal(response.status, 200);
  assert.equal(response.statusText, "OK");
  assert.ok(response.ok);
  assert.deepEqual([...response.headers], [["content-type", "text/x"]]);
  assert.throws(() => response.headers.set("a", "b"), TypeError);
  const copy = response.clone();
  assert.equal(copy.url, response.url);
  assert.equal(copy.type, "basic");
  assert.equal(await copy.text(), "abc");
  assert.equal(await response.text(), "abc");
});

test("data: URLs are fetched by any method, by HEAD without a body", async () => {
  for (const method of ["POST", "PUT", "PATCH", "x"]) {
    const response = await fetch("data:,abc", { method });
    assert.equal(await response.text(), "abc", method);
  }
  const head = await fetch("data:text/x,abc", { method: "HEAD" });
  assert.equal(head.body, null);
  assert.equal(head.headers.get("content-type"), "text/x");
  assert.equal(await (await fetch("data:,x", { mode: "same-origin" })).text(), "x");
  assert.equal(await (await fetch(new Request("data:,y"))).text(), "y");
});

test("megabytes in base64", async () => {
  const length = 3 << 18;
  const response = await fetch(`data:;base64,${"AQID".repeat(length / 3)}`);
  const all = await response.bytes();
  assert.equal(all.length, length);
  assert.ok(all.every((byte, i) => byte === (i % 3) + 1));
});

test("an object URL gives its Blob", async () => {
  const url = URL.createObjectURL(new Blob(["abc"], { type: "text/x" }));
  assert.ok(/^blob:null\/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(url), url);
  assert.equal(new URL(url).origin, "null");
  const response = await fetch(`${url}#fragment`);
  assert.equal(response.url, url);
  assert.equal(response.type, "basic");
  assert.equal(response.status, 200);
  assert.equal(response.statusText, "OK");
  assert.deepEqual(
    [...response.headers],
    [
      ["content-length", "3"],
      ["content-type", "text/x"],
    ],
  );
  assert.equal(await response.text(), "abc");
  assert.equal(await (await fetch(url)).text(), "abc");
  URL.revokeObjectURL(url);
});

test("a Blob without a type has an empty Content-Type", async () => {
  const url = URL.createObjectURL(new File([], "x"));
  const response = await fetch(url);
  assert.equal(response.headers.get("content-type"), "");
  assert.equal(response.headers.get("content-length"), "0");
  assert.equal((await response.blob()).type, "");
  URL.revokeObjectURL(url);
});

test("object URLs are revoked by exact matches", async () => {
  const url = URL.createObjectURL(new Blob(["x"]));
  for (const other of [
    `${url}#f`,
    `${url}?q`,
    `${url}/p`,
    "http://a/",
    "nonsense",
    "blob:null/x",
  ]) {
    assert.equal(URL.revokeObjectURL(other), undefined);
  }
  assert.equal(await (await fetch(url)).text(), "x");
  for (const other of [`${url}?q`, `${url}/p`, "blob:null/x", "blob:x"]) {
    await assert.rejects(fetch(other), TypeError, other);
  }
  URL.revokeObjectURL(url);
  await assert.rejects(fetch(url), TypeError);
});

test("a request keeps the Blob of its URL", async () => {
  const url = URL.createObjectURL(new Blob(["x"]));
  const early = new Request(url);
  const pending = fetch(url);
  URL.revokeObjectURL(url);
  const copies = [early.clone(), new Request(early), new Request(early, { cache: "reload" })];
  for (const request of [early, ...copies]) assert.equal(await (await fetch(request)).text(), "x");
  assert.equal(await (await pending).text(), "x");
  await assert.rejects(fetch(new Request(url)), TypeError);
});

test("Blobs answer to GET only", async () => {
  const url = URL.createObjectURL(new Blob(["x"]));
  for (const method of ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "CUSTOM"]) {
    await assert.rejects(fetch(url, { method }), TypeError, method);
  }
  URL.revokeObjectURL(url);
});

test("ranges of Blobs", async () => {
  const url = URL.createObjectURL(new Blob(["0123456789"], { type: "a/b" }));
  for (const [range, text, contentRange] of [
    ["bytes=0-0", "0", "bytes 0-0/10"],
    ["bytes=2-4", "234", "bytes 2-4/10"],
    ["bytes=7-", "789", "bytes 7-9/10"],
    ["bytes=7-99", "789", "bytes 7-9/10"],
    ["bytes=-3", "789", "bytes 7-9/10"],
    ["bytes=-99", "0123456789", "bytes 0-9/10"],
    ["bytes \t= 2 - 4", "234", "bytes 2-4/10"],
  ] as const) {
    const response = await fetch(url, { headers: { range } });
    assert.equal(response.status, 206, range);
    assert.equal(response.statusText, "Partial Content");
    assert.equal(response.headers.get("content-range"), contentRange, range);
    assert.equal(response.headers.get("content-length"), `${text.length}`);
    assert.equal(response.headers.get("content-type"), "a/b");
    assert.equal(await response.text(), text, range);
  }
  for (const range of [
    "bytes=10-",
    "bytes=4-2",
    "bytes=-",
    "bytes=",
    "bytes=-0",
    "bytes=a-b",
    "bytes=0-1,3-4",
    "bytes=0-1x",
    "bits=0-1",
    "Bytes=0-1",
    "",
  ]) {
    await assert.rejects(fetch(url, { headers: { range } }), TypeError, range);
  }
  URL.revokeObjectURL(url);
});

test("object URLs are made of Blobs", () => {
  for (const value of [undefined, null, "x", {}, new ArrayBuffer(1), new Response()]) {
    assert.throws(() => URL.createObjectURL(value as never), TypeError);
  }
  assert.throws(() => (URL.createObjectURL as never as () => void)(), TypeError);
  assert.throws(() => (URL.revokeObjectURL as never as () => void)(), TypeError);
  assert.equal(URL.createObjectURL.length, 1);
  assert.equal(URL.revokeObjectURL.length, 1);
  const blob = new Blob();
  const urls = [1, 2, 3].map(() => URL.createObjectURL(blob));
  assert.equal(new Set(urls).size, 3);
  for (const url of urls) URL.revokeObjectURL(url);
});

test("abort", async () => {
  const aborted = AbortSignal.abort();
  await assert.rejects(fetch("data:,x", { signal: aborted }), { name: "AbortError" });
  const reason = new RangeError("mine");
  await assert.rejects(fetch("data:,x", { signal: AbortSignal.abort(reason) }), RangeError);
  const controller = new AbortController();
  const pending = fetch("data:,x", { signal: controller.signal });
  controller.abort("at once");
  const caught = await pending.catch((error: unknown) => error);
  assert.equal(caught, "at once");
  // An abort comes before what is wrong with the URL.
  await assert.rejects(fetch("data:nonsense", { signal: aborted }), { name: "AbortError" });
  const late = new AbortController();
  const response = await fetch("data:,abc", { signal: late.signal });
  late.abort();
  assert.equal(await response.text(), "abc");
});

test("an aborted fetch cancels the request's stream", async () => {
  let reason: unknown;
  const body = new ReadableStream({
    cancel(why) {
      reason = why;
    },
  });
  const signal = AbortSignal.abort("stop");
  const init = { method: "POST", body, duplex: "half", signal };
  assert.equal(await fetch("data:,x", init as RequestInit).catch((e: unknown) => e), "stop");
  await delay(0);
  assert.equal(reason, "stop");
});

test("integrity", async () => {
  // Of "abc".
  const sha256 = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
  const sha512 =
    "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==";
  const wrong = "sha384-AAAA";
  const url = URL.createObjectURL(new Blob(["a", "bc"]));
  for (const source of ["data:,abc", url]) {
    for (const integrity of [
      "",
      sha256,
      sha512,
      sha256.replace("sha256", "SHA256"),
      sha256.replaceAll("+", "-").replaceAll("/", "_"),
      `${sha256}?option`,
      ` ${sha512}\n\t${wrong} sha256-AAAA `,
      `${sha256} sha256-AAAA`,
      "md5-AAAA",
      "nonsense",
      "sha1",
    ]) {
      assert.equal(await (await fetch(source, { integrity })).text(), "abc", integrity);
    }
    for (const integrity of [
      "sha256-AAAA",
      "sha256-",
      `${sha256} ${wrong}`,
      sha512.replace("3a81", "3a82"),
      "sha256-?x md5-AAAA",
    ]) {
      const code = await fetch(source, { integrity }).catch((error) => error.cause.code);
      assert.equal(code, "ERR_INTEGRITY", integrity);
    }
  }
  URL.revokeObjectURL(url);
});

test("what goes wrong is a rejection, and says what", async () => {
  await assert.rejects(fetch("http://a.example/"), /http:\/\/a\.example\/ failed/);
  await assert.rejects(fetch("ftp://a.example/"), /ftp/);
  await assert.rejects(fetch("about:blank"), TypeError);
  await assert.rejects(fetch("file:///etc/passwd"), TypeError);
  await assert.rejects(fetch("relative"), TypeError);
  await assert.rejects(fetch("data:,x", { method: "a b" }), TypeError);
  await assert.rejects((fetch as never as () => Promise<void>)(), TypeError);
  assert.equal(fetch.length, 1);
  assert.equal(fetch.name, "fetch");
});

// Made while the snapshot is built.
const earlyUrls = [new Blob(["early"]), new Blob(["bird"])].map((blob) =>
  URL.createObjectURL(blob),
);
const earlyText = await (await fetch("data:,early")).text();

test("object URLs and fetches from before the snapshot", async () => {
  assert.equal(earlyText, "early");
  assert.ok(earlyUrls[0] !== earlyUrls[1]);
  for (const url of earlyUrls) {
    assert.ok(
      /^blob:null\/[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/.test(url),
      url,
    );
  }
  assert.equal(await (await fetch(earlyUrls[0]!)).text(), "early");
  assert.equal(await (await fetch(earlyUrls[1]!)).text(), "bird");
});
