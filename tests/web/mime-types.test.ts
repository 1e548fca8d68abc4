// MIME types, as blob() and formData() extract them from Content-Type (Fetch Standard, section 2.2.2; MIME
// Sniffing Standard, section 4).
import { assert, test } from "./harness.ts";

/** The type of a body's Blob, with one Content-Type header or several. */
async function typeOf(...values: string[]): Promise<string> {
  const headers = values.map((value) => ["content-type", value] as [string, string]);
  return (await new Response(new Uint8Array(1), { headers }).blob()).type;
}

test("types are parsed and serialised", async () => {
  for (const [value, type] of [
    ["text/html", "text/html"],
    [" TEXT/HTML ", "text/html"],
    ["text/html;charset=gbk", "text/html;charset=gbk"],
    ["text/html; CHARSET=GBK ;", "text/html;charset=GBK"],
    ["text/html;;;;charset=gbk", "text/html;charset=gbk"],
    ["text/html;charset=gbk;charset=utf-8", "text/html;charset=gbk"],
    ["text/html;charset =gbk", "text/html"],
    ["text/html;charset= gbk", 'text/html;charset=" gbk"'],
    ["text/html;charset=", "text/html"],
    ["text/html;charset", "text/html"],
    ["text/html;=x;a=b", "text/html;a=b"],
    ['text/html;charset="gbk"', "text/html;charset=gbk"],
    ['text/html;charset="gb k"', 'text/html;charset="gb k"'],
    ['text/html;charset="g\\"k"', 'text/html;charset="g\\"k"'],
    ['text/html;charset="g\\k"', "text/html;charset=gk"],
    ['text/html;charset="gbk', "text/html;charset=gbk"],
    ['text/html;charset="gbk"foo;a=b', "text/html;charset=gbk;a=b"],
    ['text/html;charset=""', 'text/html;charset=""'],
    ["text/html;charset='gbk'", "text/html;charset='gbk'"],
    ["text/html;a=b;c=d", "text/html;a=b;c=d"],
    ["text/html;a b=c", "text/html"],
    ["x-y.z/v+1;n=\u00e9", 'x-y.z/v+1;n="\u00e9"'],
    ["text/html ;a=b", "text/html;a=b"],
  ] as const) {
    assert.equal(await typeOf(value), type, value);
  }
});

test("what is no MIME type gives an empty one", async () => {
  for (const value of [
    "",
    "text",
    "text/",
    "/html",
    "text/ html",
    "te xt/html",
    "text/h/tml",
    ";",
  ]) {
    assert.equal(await typeOf(value), "", JSON.stringify(value));
  }
});

test("of several types the last valid one counts", async () => {
  assert.equal(await typeOf("text/html", "text/plain"), "text/plain");
  assert.equal(await typeOf("text/html", "x"), "text/html");
  assert.equal(await typeOf("text/html", "*/*"), "text/html");
  assert.equal(await typeOf("text/html, text/plain"), "text/plain");
  assert.equal(await typeOf('text/html;x="a, b"'), 'text/html;x="a, b"');
  assert.equal(await typeOf('text/html;x="', '";y=z'), 'text/html;x=", ";y=z');
  // A charset is inherited by the same type.
  assert.equal(await typeOf("text/html;charset=gbk", "text/html"), "text/html;charset=gbk");
  assert.equal(await typeOf("text/html;charset=gbk", "text/html;x=y"), "text/html;x=y;charset=gbk");
  assert.equal(
    await typeOf("text/html;charset=gbk;a=b", "text/html;x=y", "text/plain"),
    "text/plain",
  );
  assert.equal(await typeOf("text/html;charset=a", "text/html;charset=b"), "text/html;charset=b");
});

test("formData finds its type among several", async () => {
  const headers = [
    ["content-type", "text/plain"],
    ["content-type", "Application/x-www-form-urlencoded; x=y"],
  ] as [string, string][];
  assert.equal((await new Response("a=b", { headers }).formData()).get("a"), "b");
});

test("urlencoded bodies are bytes before they are text", async () => {
  const parse = async (body: string | Uint8Array) => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    return [...(await new Response(body as BodyInit, { headers }).formData())];
  };
  const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));
  assert.deepEqual(await parse(bytes("a=\xc3\xbc")), [["a", "\u00fc"]]);
  assert.deepEqual(await parse(bytes("a=%C3\xbc&\xc3%BC=b")), [
    ["a", "\u00fc"],
    ["\u00fc", "b"],
  ]);
  assert.deepEqual(await parse(bytes("a=\xff%ff%")), [["a", "\ufffd\ufffd%"]]);
  assert.deepEqual(await parse("&&a&=b&c=d=e&+=%2B"), [
    ["a", ""],
    ["", "b"],
    ["c", "d=e"],
    [" ", "+"],
  ]);
  assert.deepEqual(await parse("\ufeffa=b"), [["\ufeffa", "b"]]);
  assert.deepEqual(await parse(""), []);
});
