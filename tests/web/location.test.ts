// Where a response leads (runtime/web/fetch/lazy/location.ts).
import { locationsIn } from "../../runtime/web/fetch/lazy/location.ts";
import { assert, test } from "./harness.ts";

test("the values of Location, and no other field's", () => {
  assert.deepEqual(locationsIn(""), []);
  assert.deepEqual(locationsIn("content-location\n/no\nx\nlocation\n"), []);
  assert.deepEqual(locationsIn("x-a\n1\nlocation\n/b\nx-c\n2\n"), ["/b"]);
  assert.deepEqual(locationsIn("location\n/a\nlocation\n/b\n"), ["/a", "/b"]);
});

test("an empty one is one: it leads to the same URL", () => {
  assert.deepEqual(locationsIn("location\n\n"), [""]);
});

test("bytes beyond ASCII are escaped as they came, whatever they mean", () => {
  assert.deepEqual(locationsIn("location\n/gr\xc3\xbc\xc3\x9f\n"), ["/gr%C3%BC%C3%9F"]);
  assert.deepEqual(locationsIn("location\n/\x80\xff?\xa0\n"), ["/%80%FF?%A0"]);
  assert.deepEqual(locationsIn("location\n/a%20b c~\x7f\n"), ["/a%20b c~\x7f"]);
});
