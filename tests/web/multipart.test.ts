// multipart/form-data from elsewhere: what clients send, what attackers send.
import { assert, test } from "./harness.ts";

function parse(body: string | Uint8Array, boundary = "b"): Promise<FormData> {
  const headers = { "content-type": `multipart/form-data; boundary=${boundary}` };
  return new Response(body as never, { headers }).formData();
}

const part = (name: string, value: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;

test("what curl and browsers send is read", async () => {
  const form = await parse(
    `${part("a", "1")}--b\r\ncontent-disposition: form-data; filename="x.txt"; name="f"\r\n` +
      "Content-Type: text/html\r\nX-Other: y\r\n\r\n<p>\r\n--b--\r\n",
  );
  assert.equal(form.get("a"), "1");
  const file = form.get("f") as File;
  assert.equal(file.name, "x.txt");
  assert.equal(file.type, "text/html");
  assert.equal(await file.text(), "<p>");
});

test("details of the format", async () => {
  // A preamble, padding, no line break at the end, something after the end.
  assert.equal((await parse(`preamble\r\n${part("a", "1")}--b--`)).get("a"), "1");
  assert.equal((await parse(`${part("a", "1")}--b--\r\nepilogue`)).get("a"), "1");
  assert.equal((await parse(part("a", "1").replace("--b", "--b \t") + "--b--")).get("a"), "1");
  // Unquoted names, escapes, a file without a name, an empty value.
  const token = "--b\r\nContent-Disposition:form-data;name=a\r\n\r\n1\r\n--b--";
  assert.equal((await parse(token)).get("a"), "1");
  const escaped = part('q%22\\"%0D%0A\\x', "1") + "--b--";
  assert.deepEqual([...(await parse(escaped)).keys()], ['q""\r\n\\x']);
  const nameless = '--b\r\nContent-Disposition: form-data; name="f"; filename=""\r\n\r\n\r\n--b--';
  const file = (await parse(nameless)).get("f") as File;
  assert.equal(file.name, "");
  assert.equal(file.size, 0);
  assert.equal(file.type, "text/plain");
  assert.equal((await parse(`${part("a", "")}--b--`)).get("a"), "");
  assert.deepEqual([...(await parse("--b--\r\n"))], []);
});

test("the boundary may be quoted and the value may look like it", async () => {
  const headers = { "content-type": 'multipart/form-data; x=y; Boundary="a b\\"c"' };
  const body =
    '--a b"c\r\nContent-Disposition: form-data; name="n"\r\n\r\n--a b\r\n--a b"\r\n--a b"c--';
  assert.equal((await new Response(body, { headers }).formData()).get("n"), '--a b\r\n--a b"');
});

test("names and values are UTF-8", async () => {
  const form = await parse(new TextEncoder().encode(`${part("\u00fc", "\ufeff\u20ac")}--b--`));
  assert.equal(form.get("\u00fc"), "\ufeff\u20ac");
});

test("files are cut out exactly", async () => {
  const head = '--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n';
  const content = [13, 10, 45, 45, 0, 255, 13, 10, 45, 13, 10];
  const encoder = new TextEncoder();
  const body = [...encoder.encode(head), ...content, ...encoder.encode("\r\n--b--\r\n")];
  const file = (await parse(new Uint8Array(body))).get("f") as File;
  assert.deepEqual([...(await file.bytes())], content);
});

test("malformed bodies are refused", async () => {
  const bodies = [
    "",
    "--",
    "--b",
    "--b\r\n",
    "--bx--",
    "no boundary",
    "--b\n\n1\n--b--",
    part("a", "1"),
    "--b\r\n\r\n1\r\n--b--",
    "--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--",
    '--b\r\nContent-Disposition: attachment; name="a"\r\n\r\n1\r\n--b--',
    '--b\r\nContent-Disposition: form-data; name="a\r\n\r\n1\r\n--b--',
    "--b\r\nContent-Type: text/plain\r\n\r\n1\r\n--b--",
    "--b\r\n: x\r\n\r\n1\r\n--b--",
    "--b\r\nno colon\r\n\r\n1\r\n--b--",
    '--b\r\nContent-Disposition: form-data; name="a"\r\n1\r\n--b--',
    `--b\r\nContent-Disposition: form-data; name="${"a".repeat(20000)}"\r\n\r\n1\r\n--b--`,
  ];
  for (const body of bodies) {
    await assert.rejects(parse(body), TypeError, JSON.stringify(body.slice(0, 60)));
  }
});

test("unusable boundaries are refused", async () => {
  for (const type of [
    "multipart/form-data",
    "multipart/form-data; boundary=",
    `multipart/form-data; boundary=${"b".repeat(71)}`,
  ]) {
    const response = new Response("--b--", { headers: { "content-type": type } });
    await assert.rejects(response.formData(), TypeError, type.slice(0, 50));
  }
});

test("hostile bodies are read in linear time", async () => {
  const size = 1 << 20;
  // Many parts, many near-boundaries, one endless header, endless line breaks.
  const many = part("a", "").repeat(size / 64);
  assert.equal((await parse(`${many}--b--`)).getAll("a").length, size / 64);
  const boundary = "b".repeat(69) + "c";
  const near = `\r\n--${"b".repeat(69)}`.repeat(size / 73);
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="n"\r\n\r\n`;
  const value = (await parse(`${head}${near}\r\n--${boundary}--`, boundary)).get("n") as string;
  assert.equal(value.length, near.length);
  await assert.rejects(parse(`--b\r\nX: ${"y".repeat(size)}`), TypeError);
  await assert.rejects(parse(`--b\r\n${"\r\n".repeat(size / 2)}`), TypeError);
  await assert.rejects(parse(`--b\r\n${"a: b\r\n".repeat(size / 6)}`), TypeError);
  const quoted = `--b\r\nContent-Disposition: form-data; name="${"\\".repeat(16000)}`;
  await assert.rejects(parse(`${quoted}\r\n\r\n1\r\n--b--`), TypeError);
});

test("a hundred thousand parts", async () => {
  const form = await parse(`${part("a", "b").repeat(100_000)}--b--`);
  assert.equal(form.getAll("a").length, 100_000);
});

test("line breaks: CRLF only, and what is left of others stays in the value", async () => {
  const value = "\n1\r2\n\r3\r\n\r\n4\r\n--\r\n--\n--b\n";
  assert.equal((await parse(`${part("a", value)}--b--`)).get("a"), value);
  for (const body of [
    '--b\nContent-Disposition: form-data; name="a"\n\n1\n--b--',
    '--b\rContent-Disposition: form-data; name="a"\r\r1\r--b--',
    '--b\r\nContent-Disposition: form-data; name="a"\n\n1\r\n--b--',
    '--b\r\nContent-Disposition: form-data; name="a"\r\n\n1\r\n--b--',
  ]) {
    await assert.rejects(parse(body), TypeError, JSON.stringify(body));
  }
});

test("nested multiparts are opaque", async () => {
  const inner = part("inner", "x").replaceAll("--b", "--bb") + "--bb--";
  const form = await parse(
    "--b\r\nContent-Disposition: form-data; name=outer\r\n" +
      `Content-Type: multipart/mixed; boundary=bb\r\n\r\n${inner}\r\n--b--`,
  ).catch((error: unknown) => error);
  // "--bb" begins with the boundary "--b": it has to be followed by the end of its line.
  assert.ok(form instanceof TypeError);
  const other = part("inner", "x").replaceAll("--b", "--c") + "--c--";
  const nested = await parse(
    "--b\r\nContent-Disposition: form-data; name=outer\r\n" +
      `Content-Type: multipart/mixed; boundary=c\r\n\r\n${other}\r\n--b--`,
  );
  assert.deepEqual([...nested.keys()], ["outer"]);
  assert.equal(nested.get("outer"), other);
});

test("every truncation of a body is refused", async () => {
  const whole = `${part("a", "1")}${part("f", "x").replace('"f"', '"f"; filename="n"')}--b--`;
  for (let length = 0; length < whole.length; length++) {
    await assert.rejects(parse(whole.slice(0, length)), TypeError, `${length} bytes`);
  }
  assert.equal([...(await parse(whole))].length, 2);
});

test("huge headers and strange ones", async () => {
  const head = (fields: string) => parse(`--b\r\n${fields}\r\n\r\nv\r\n--b--`);
  const padded = await head(
    `X-Long: ${"y".repeat(10_000)}\r\nContent-Disposition: form-data; name=a`,
  );
  assert.equal(padded.get("a"), "v");
  await assert.rejects(
    head(`Content-Disposition: form-data; name=a\r\nX: ${"y".repeat(20_000)}`),
    TypeError,
  );
  const doubled = await head('Content-Disposition: form-data; name="a"; name="b"; x; =; y=');
  assert.deepEqual([...doubled.keys()], ["a"]);
  const odd = await head('content-DISPOSITION:form-data;NAME="a;b=c";FileName="d"');
  assert.equal((odd.get("a;b=c") as File).name, "d");
  const starred = await head("Content-Disposition: form-data; name=a; filename*=utf-8''x.txt");
  assert.equal(starred.get("a"), "v");
  await assert.rejects(head("Content-Disposition: form-data; filename=x"), TypeError);
});
