// The fields of requests that leave (runtime/web/fetch/lazy/request-wire.ts), against RFC 9110, section 7.6.1,
// and what the Fetch Standard adds in "HTTP-network-or-cache fetch".
import { toRequestWire } from "../../runtime/web/fetch/lazy/request-wire.ts";
import { assert, test } from "./harness.ts";

const DEFAULTS = ["accept", "accept-encoding", "accept-language", "user-agent"];

/** The fields that are sent, without those that are always there and were not given. */
function sent(list: string[], exchange: { host: string | null } | null = null): string[] {
  const { headers } = toRequestWire(list, exchange, true);
  const lines = headers.split("\r\n");
  assert.equal(lines.pop(), "");
  const given = new Set(list.filter((_, i) => i % 2 === 0));
  return lines.filter((line) => {
    const name = line.slice(0, line.indexOf(":"));
    return given.has(name) || !DEFAULTS.includes(name);
  });
}

function valueOf(list: string[], name: string): string | undefined {
  const lines = toRequestWire(list, null, true).headers.split("\r\n");
  return lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
}

test("what every request says, once, unless the app does", () => {
  const { headers, host } = toRequestWire([], null, true);
  assert.equal(host, "");
  const names = headers.split("\r\n").map((line) => line.slice(0, line.indexOf(":")));
  assert.deepEqual(names.filter((name) => name !== "").sort(), DEFAULTS);
  for (const name of DEFAULTS) {
    assert.deepEqual(sent([name, "mine"]), [`${name}: mine`]);
    assert.deepEqual(sent([name, ""]), [`${name}: `]);
  }
});

test("fields go in their order, and twice if they are given twice", () => {
  const list = ["x-b", "1", "x-a", "2", "x-b", "3"];
  assert.deepEqual(sent(list), ["x-b: 1", "x-a: 2", "x-b: 3"]);
});

test("a part of a body is asked for without a coding, unless the app wants one", () => {
  assert.equal(valueOf(["range", "bytes=0-1"], "accept-encoding"), "identity");
  assert.equal(
    valueOf(["range", "bytes=0-1", "accept-encoding", "gzip"], "accept-encoding"),
    "gzip",
  );
  assert.equal(valueOf(["x-a", "1"], "accept-encoding"), valueOf([], "accept-encoding"));
});

test("what speaks of the connection, or frames the body, does not go", () => {
  const names = [
    "connection",
    "content-length",
    "expect",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
  ];
  for (const name of names) assert.deepEqual(sent([name, "1", "x-a", "2"]), ["x-a: 2"], name);
  // Of the same lengths.
  for (const name of [
    "dnt",
    "cookie",
    "referer",
    "x-api-key0",
    "accept-charset",
    "x-forwarded-host",
  ]) {
    assert.deepEqual(sent([name, "1"]), [`${name}: 1`]);
  }
});

test("the address of the app's client goes to no stranger", () => {
  const list = ["cf-connecting-ip", "203.0.113.7", "x-real-ip", "203.0.113.7"];
  assert.deepEqual(sent(list), ["x-real-ip: 203.0.113.7"]);
  const { headers } = toRequestWire(list, null, false);
  assert.ok(headers.includes("cf-connecting-ip: 203.0.113.7\r\n"), headers);
});

test("nor does what a Connection field names, wherever that stands", () => {
  assert.deepEqual(sent(["x-a", "1", "connection", "close, X-A ,\tx-b", "x-b", "2", "x-c", "3"]), [
    "x-c: 3",
  ]);
  assert.deepEqual(sent(["connection", "x-a", "connection", "x-b", "x-a", "1", "x-b", "2"]), []);
  assert.deepEqual(sent(["connection", "", "x-a", "1"]), ["x-a: 1"]);
});

test("Host is the app's, but not that of the request which is being answered", () => {
  const hostOf = (list: string[], exchange: { host: string | null } | null) =>
    toRequestWire(list, exchange, true).host;
  assert.equal(hostOf(["host", "a.test"], null), "a.test");
  assert.equal(hostOf(["host", "a.test"], { host: "a.test" }), "");
  assert.equal(hostOf(["host", "b.test"], { host: "a.test" }), "b.test");
  assert.equal(hostOf(["host", "a.test"], { host: null }), "a.test");
  assert.equal(hostOf(["x-a", "1"], { host: "a.test" }), "");
  assert.deepEqual(sent(["host", "b.test"]), []);
});
