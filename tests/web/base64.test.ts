// atob and btoa: forgiving-base64, errors, and strings of any length.
import { assert, test } from "./harness.ts";

test("btoa: the alphabet and padding", () => {
  assert.equal(btoa(""), "");
  assert.equal(btoa("a"), "YQ==");
  assert.equal(btoa("ab"), "YWI=");
  assert.equal(btoa("abc"), "YWJj");
  assert.equal(btoa("\xff\xfe\xfd\0"), "//79AA==");
  assert.equal(btoa(null as never), "bnVsbA==");
  assert.equal(btoa(12 as never), "MTI=");
});

test("btoa: characters beyond Latin-1", () => {
  assert.throws(() => btoa("\u0100"), { name: "InvalidCharacterError" });
  assert.throws(() => btoa("a\u{1F600}"), { name: "InvalidCharacterError" });
  assert.throws(() => (btoa as unknown as () => void)(), TypeError);
});

test("atob: white space and missing padding are forgiven", () => {
  assert.equal(atob(""), "");
  assert.equal(atob("YQ=="), "a");
  assert.equal(atob("YQ"), "a");
  assert.equal(atob(" Y\tQ\n=\f=\r "), "a");
  assert.equal(atob("//79AA=="), "\xff\xfe\xfd\0");
  assert.equal(atob("ab"), "i");
  assert.equal(atob(null as never), "\x9e\xe9e");
});

test("atob: what is not base64", () => {
  const bad = [
    "a",
    "abcde",
    "YQ=",
    "YQ===",
    "=",
    "==",
    "Y=Q=",
    "Y-_Q",
    "YQ==YQ==",
    "\u00a0",
    "Y\vQ",
  ];
  for (const text of bad) {
    assert.throws(() => atob(text), { name: "InvalidCharacterError" });
  }
  assert.throws(() => atob("a\u0100bc"), { name: "InvalidCharacterError" });
});

test("base64: nothing is truncated, 50 KB and 5 MB come through whole", () => {
  for (const length of [50_000, 5_000_000]) {
    const unit = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join("");
    const text = unit.repeat(Math.ceil(length / 256)).slice(0, length);
    const encoded = btoa(text);
    assert.equal(encoded.length, Math.ceil(length / 3) * 4);
    assert.ok(atob(encoded) === text, `${length} bytes`);
  }
});
