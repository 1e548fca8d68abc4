// FormData: entries, Blobs and Files, forms as bodies.
import { assert, test } from "./harness.ts";

test("FormData changes its list", () => {
  const form = new FormData();
  form.append("a", "1");
  form.append("b", "2");
  form.append("a", "3");
  assert.equal(form.get("a"), "1");
  assert.deepEqual(form.getAll("a"), ["1", "3"]);
  assert.equal(form.get("z"), null);
  assert.ok(form.has("b") && !form.has("z"));
  form.set("a", "9");
  form.set("c", "4");
  assert.deepEqual(
    [...form],
    [
      ["a", "9"],
      ["b", "2"],
      ["c", "4"],
    ],
  );
  form.delete("b");
  assert.deepEqual([...form.keys()], ["a", "c"]);
  assert.deepEqual([...form.values()], ["9", "4"]);
  form.append("n", 5 as never);
  assert.equal(form.get("n"), "5");
  assert.throws(() => (form.append as never as (name: string) => void)("a"), TypeError);
  assert.throws(() => new FormData({} as never), TypeError);
});

test("Blobs become Files", async () => {
  const form = new FormData();
  form.append("blob", new Blob(["x"], { type: "a/b" }));
  form.append("named", new Blob(["y"]), "name.txt");
  const file = new File(["z"], "own", { type: "c/d", lastModified: 7 });
  form.append("file", file);
  form.append("renamed", file, "new");
  const get = (name: string) => form.get(name) as File;
  assert.ok(get("blob") instanceof File);
  assert.equal(get("blob").name, "blob");
  assert.equal(get("blob").type, "a/b");
  assert.equal(await get("blob").text(), "x");
  assert.equal(get("named").name, "name.txt");
  assert.equal(get("file"), file);
  assert.equal(get("renamed").name, "new");
  assert.equal(get("renamed").lastModified, 7);
  assert.equal(get("renamed").type, "c/d");
  assert.throws(() => form.append("x", "text" as never, "name"), TypeError);
});

test("a form goes through a body and back", async () => {
  const form = new FormData();
  form.append("text", "line 1\nline 2\r\nline 3");
  form.append('na"me\r\n', "v\u00e4lue");
  form.append("empty", "");
  form.append("file", new File([new Uint8Array([0, 13, 10, 45, 45, 255])], 'f"\u00e4\n.bin'));
  form.append("typed", new File(["{}"], "x.json", { type: "application/json" }));
  const response = new Response(form);
  const type = response.headers.get("content-type")!;
  assert.ok(/^multipart\/form-data; boundary=[-\w]{27,70}$/.test(type), type);
  const read = await response.formData();
  assert.deepEqual([...read.keys()], ["text", 'na"me\r\n', "empty", "file", "typed"]);
  assert.equal(read.get("text"), "line 1\r\nline 2\r\nline 3");
  assert.equal(read.get('na"me\r\n'), "v\u00e4lue");
  assert.equal(read.get("empty"), "");
  const file = read.get("file") as File;
  assert.equal(file.name, 'f"\u00e4\n.bin');
  assert.equal(file.type, "application/octet-stream");
  assert.deepEqual([...(await file.bytes())], [0, 13, 10, 45, 45, 255]);
  assert.equal((read.get("typed") as File).type, "application/json");
});

test("each form has a boundary of its own", () => {
  const type = () => new Response(new FormData()).headers.get("content-type");
  assert.ok(type() !== type());
});

test("an empty form is a body, too", async () => {
  assert.deepEqual([...(await new Response(new FormData()).formData())], []);
});

test("urlencoded bodies are forms", async () => {
  const form = await new Response(new URLSearchParams("a=1&a=2&b=%C3%BC")).formData();
  assert.deepEqual(
    [...form],
    [
      ["a", "1"],
      ["a", "2"],
      ["b", "\u00fc"],
    ],
  );
  const headers = { "content-type": "Application/X-WWW-Form-URLencoded; charset=utf-8" };
  const request = new Request("http://a/", { method: "POST", body: "x=y+z", headers });
  assert.equal((await request.formData()).get("x"), "y z");
});

test("other bodies are no forms", async () => {
  await assert.rejects(new Response("a=b").formData(), TypeError);
  await assert.rejects(new Response(new Uint8Array(1)).formData(), TypeError);
  await assert.rejects(new Response().formData(), TypeError);
});
