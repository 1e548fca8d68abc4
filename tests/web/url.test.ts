// URL and URLSearchParams: parsing, every setter, the live link between them, iteration.
import { assert, test } from "./harness.ts";

const FULL = "https://user:pass@example.com:8443/a/b?x=1&y=2#frag";

function parts(url: URL): Record<string, string> {
  const { href, origin, protocol, username, password, host, hostname, port } = url;
  const { pathname, search, hash } = url;
  return {
    href,
    origin,
    protocol,
    username,
    password,
    host,
    hostname,
    port,
    pathname,
    search,
    hash,
  };
}

test("URL shows all components", () => {
  assert.deepEqual(parts(new URL(FULL)), {
    href: FULL,
    origin: "https://example.com:8443",
    protocol: "https:",
    username: "user",
    password: "pass",
    host: "example.com:8443",
    hostname: "example.com",
    port: "8443",
    pathname: "/a/b",
    search: "?x=1&y=2",
    hash: "#frag",
  });
});

test("URL shows the components of unusual URLs", () => {
  for (const [input, expected] of [
    ["mailto:a@b", { origin: "null", host: "", pathname: "a@b", search: "", hash: "" }],
    ["file:///x/y", { origin: "null", host: "", hostname: "", pathname: "/x/y" }],
    ["file://host/x", { origin: "null", host: "host", pathname: "/x" }],
    ["http://[::1]:81/", { host: "[::1]:81", hostname: "[::1]", port: "81", pathname: "/" }],
    ["http://a?#", { href: "http://a/?#", search: "", hash: "", pathname: "/" }],
    ["http://a/#f?q", { search: "", hash: "#f?q", pathname: "/" }],
    ["http://u@a/", { username: "u", password: "", host: "a" }],
    ["http://:p@a/", { username: "", password: "p", host: "a" }],
    ["web+x:/..//not-a-host", { href: "web+x:/.//not-a-host", host: "", pathname: "//not-a-host" }],
    ["blob:https://a.example:1/uuid", { origin: "https://a.example:1", protocol: "blob:" }],
    ["blob:ftp://a/x", { origin: "null" }],
    ["WSS://A:443/../b", { href: "wss://a/b", origin: "wss://a", port: "" }],
    [
      "http://\u00fc.example/\u00fc?\u00fc#\u00fc",
      { host: "xn--tda.example", pathname: "/%C3%BC" },
    ],
  ] as [string, Record<string, string>][]) {
    const all = parts(new URL(input));
    for (const [name, value] of Object.entries(expected)) {
      assert.equal(all[name], value, `${input}: ${name}`);
    }
  }
});

test("URL resolves against a base", () => {
  assert.equal(new URL("../c?d", "http://h/a/b/").href, "http://h/a/c?d");
  assert.equal(new URL("//o/p", new URL("https://h/") as never).href, "https://o/p");
  assert.throws(() => new URL("/x"), TypeError);
  assert.throws(() => new URL("x", "mailto:y"), TypeError);
  assert.throws(() => new URL("http://a b/"), TypeError);
  assert.throws(() => new (URL as never as new () => URL)(), TypeError);
  assert.throws(() => (URL as never as () => void)(), TypeError);
});

test("URL.parse and URL.canParse", () => {
  assert.equal(URL.parse("/x", "http://a")?.href, "http://a/x");
  assert.equal(URL.parse("/x"), null);
  assert.ok(URL.canParse("http://a"));
  assert.ok(URL.canParse("b", "http://a"));
  assert.ok(!URL.canParse("b"));
});

test("lone surrogates become U+FFFD", () => {
  assert.equal(new URL("http://a/\ud800?\udfff").href, "http://a/%EF%BF%BD?%EF%BF%BD");
  const url = new URL("http://a/");
  url.hash = "\ud800";
  assert.equal(url.hash, "#%EF%BF%BD");
});

test("URL's setters change their component", () => {
  const cases: [string, string, string, string][] = [
    ["protocol", "http", "http://user:pass@example.com:8443/a/b?x=1&y=2#frag", FULL],
    ["protocol", "mailto", FULL, FULL],
    ["username", "me:you", "https://me%3Ayou:pass@example.com:8443/a/b?x=1&y=2#frag", FULL],
    ["username", "", "https://:pass@example.com:8443/a/b?x=1&y=2#frag", FULL],
    ["password", "", "https://user@example.com:8443/a/b?x=1&y=2#frag", FULL],
    ["host", "other:443", "https://user:pass@other/a/b?x=1&y=2#frag", FULL],
    ["host", "bad host", FULL, FULL],
    ["hostname", "other", "https://user:pass@other:8443/a/b?x=1&y=2#frag", FULL],
    ["hostname", "other:1", FULL, FULL],
    ["port", "", "https://user:pass@example.com/a/b?x=1&y=2#frag", FULL],
    ["port", "80x", "https://user:pass@example.com:80/a/b?x=1&y=2#frag", FULL],
    ["port", "65536", FULL, FULL],
    ["pathname", "c d?#", "https://user:pass@example.com:8443/c%20d%3F%23?x=1&y=2#frag", FULL],
    ["search", "z", "https://user:pass@example.com:8443/a/b?z#frag", FULL],
    ["search", "", "https://user:pass@example.com:8443/a/b#frag", FULL],
    ["hash", "#n", "https://user:pass@example.com:8443/a/b?x=1&y=2#n", FULL],
    ["hash", "", "https://user:pass@example.com:8443/a/b?x=1&y=2", FULL],
    ["pathname", "x", "mailto:a", "mailto:a"],
    ["host", "x", "mailto:a", "mailto:a"],
    ["port", "1", "file:///a", "file:///a"],
    ["href", "http://new/", "http://new/", FULL],
  ];
  for (const [name, value, expected, start] of cases) {
    const url = new URL(start);
    (url as unknown as Record<string, string>)[name] = value;
    assert.equal(url.href, expected, `${name} = ${value}`);
    assert.deepEqual(parts(url), parts(new URL(expected)), `${name} = ${value}`);
  }
  const url = new URL(FULL);
  assert.throws(() => (url.href = "nonsense"), TypeError);
  assert.equal(url.href, FULL);
});

test("URL and searchParams stay in step", () => {
  const url = new URL("http://a/?x=1#f");
  const query = url.searchParams;
  assert.equal(url.searchParams, query);
  query.append("y", "2 3");
  assert.equal(url.href, "http://a/?x=1&y=2+3#f");
  url.search = "?z=%20";
  assert.equal(query.toString(), "z=+");
  assert.equal(url.href, "http://a/?z=%20#f");
  url.href = "http://b/?q";
  assert.deepEqual([...query], [["q", ""]]);
  query.delete("q");
  assert.equal(url.href, "http://b/");
  url.search = "a=b";
  query.sort();
  assert.equal(url.search, "?a=b");
});

test("URLs are strings where one is wanted", () => {
  const url = new URL("http://a");
  assert.equal(`${url as never as string}`, "http://a/");
  assert.equal(JSON.stringify({ url }), '{"url":"http://a/"}');
  assert.equal(Object.prototype.toString.call(url), "[object URL]");
});

test("a URL's members check what they are called on", () => {
  const { get } = Object.getOwnPropertyDescriptor(URL.prototype, "href")!;
  assert.throws(() => get!.call({}), TypeError);
  assert.throws(() => get!.call(Object.create(URL.prototype)), TypeError);
  class Sub extends URL {
    override get search() {
      return "hidden";
    }
  }
  assert.equal(new Sub("http://a/?b=c").searchParams.get("b"), "c");
});

test("URLSearchParams is made from strings, pairs, records and itself", () => {
  assert.equal(new URLSearchParams("?a=1&a=2&b").toString(), "a=1&a=2&b=");
  assert.equal(new URLSearchParams("??a").toString(), "%3Fa=");
  assert.equal(
    new URLSearchParams([
      ["a", "b"],
      ["c", "d"],
    ]).toString(),
    "a=b&c=d",
  );
  assert.equal(new URLSearchParams({ a: "b", c: 5 as never }).toString(), "a=b&c=5");
  assert.equal(new URLSearchParams(new URLSearchParams("x=y")).toString(), "x=y");
  const form = new FormData();
  form.append("f", "g");
  assert.equal(new URLSearchParams(form as never).toString(), "f=g");
  assert.equal(new URLSearchParams({ "\ud800": "1", "\udc00": "2" }).toString(), "%EF%BF%BD=2");
  assert.throws(() => new URLSearchParams([["a"]] as never), TypeError);
  assert.throws(() => new URLSearchParams({ [Symbol("s")]: "x" } as never), TypeError);
  assert.equal(new URLSearchParams(null as never).toString(), "null=");
});

test("URLSearchParams decodes forms", () => {
  const cases: [string, [string, string][]][] = [
    [
      "a=b+c&d%20e=%2B",
      [
        ["a", "b c"],
        ["d e", "+"],
      ],
    ],
    [
      "&&=&a==b&",
      [
        ["", ""],
        ["a", "=b"],
      ],
    ],
    [
      "%=%zz%2&x=%4",
      [
        ["%", "%zz%2"],
        ["x", "%4"],
      ],
    ],
    [
      "e=%E2%82%AC&b=%EF%BB%BFx",
      [
        ["e", "\u20ac"],
        ["b", "\ufeffx"],
      ],
    ],
    [
      "bad=%FF%C3&half=%E2%82",
      [
        ["bad", "\ufffd\ufffd"],
        ["half", "\ufffd"],
      ],
    ],
    ["raw=\u20ac%C3\u00e9", [["raw", "\u20ac\ufffd\u00e9"]]],
    ["a=%00%41", [["a", "\0A"]]],
  ];
  for (const [input, expected] of cases) {
    assert.deepEqual([...new URLSearchParams(input)], expected, input);
  }
});

test("URLSearchParams encodes forms", () => {
  const text = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\u00fc\0";
  const encoded =
    "+%21%22%23%24%25%26%27%28%29*%2B%2C-.%2F%3A%3B%3C%3D%3E%3F%40%5B%5C%5D%5E_%60%7B%7C%7D%7E%C3%BC%00";
  const query = new URLSearchParams([[text, text]]);
  assert.equal(query.toString(), `${encoded}=${encoded}`);
  assert.equal(new URLSearchParams(query.toString()).get(text), text);
});

test("URLSearchParams changes its list", () => {
  const query = new URLSearchParams("a=1&b=2&a=3&c=4");
  assert.equal(query.size, 4);
  assert.equal(query.get("a"), "1");
  assert.deepEqual(query.getAll("a"), ["1", "3"]);
  assert.equal(query.get("z"), null);
  assert.ok(query.has("a", "3") && !query.has("a", "2") && query.has("b", undefined));
  query.delete("a", "1");
  assert.equal(query.toString(), "b=2&a=3&c=4");
  query.set("b", "x");
  query.set("d", "y");
  assert.equal(query.toString(), "b=x&a=3&c=4&d=y");
  query.append("a", "0");
  query.set("a", "9");
  assert.equal(query.toString(), "b=x&a=9&c=4&d=y");
  assert.throws(() => (query.append as never as (a: string) => void)("a"), TypeError);
});

test("URLSearchParams sorts by code units, stably", () => {
  const query = new URLSearchParams("z=1&\ufffd=2&\ud83c\udf08=3&a=4&z=0&a=1");
  query.sort();
  assert.deepEqual(
    [...query].map((pair) => pair.join("")),
    ["a4", "a1", "z1", "z0", "\ud83c\udf083", "\ufffd2"],
  );
});

test("URLSearchParams iterates over the list as it is", () => {
  const query = new URLSearchParams("a=1&b=2&c=3");
  const seen: string[] = [];
  for (const [name] of query) {
    seen.push(name);
    if (name === "a") query.delete("b");
  }
  assert.deepEqual(seen, ["a", "c"]);
  assert.deepEqual([...query.keys()], ["a", "c"]);
  assert.deepEqual([...query.values()], ["1", "3"]);
  const called: unknown[] = [];
  query.forEach(function (this: unknown, value, name, all) {
    called.push(this, value, name, all === query);
  }, "this");
  assert.deepEqual(called, ["this", "1", "a", true, "this", "3", "c", true]);
  assert.equal(URLSearchParams.prototype.entries, URLSearchParams.prototype[Symbol.iterator]);
});

test("hostile forms are decoded in linear time", () => {
  const input = "%&".repeat(300_000) + "%C3".repeat(100_000);
  const query = new URLSearchParams(input);
  assert.equal(query.size, 300_001);
});

test("a URL follows its query object, whenever it is looked at", () => {
  const change = (input: string) => {
    const url = new URL(input);
    url.searchParams.append("b", "2");
    return url;
  };
  const path = "http://u:p@a.example:81/p?a=1#h";
  assert.deepEqual(parts(change(path)), parts(new URL("http://u:p@a.example:81/p?a=1&b=2#h")));
  assert.equal(`${change(path)}`, "http://u:p@a.example:81/p?a=1&b=2#h");
  assert.equal(JSON.stringify(change(path)), '"http://u:p@a.example:81/p?a=1&b=2#h"');
  assert.equal(change(path).search, "?a=1&b=2");
  assert.equal(new URL("?c", change("http://a/")).href, "http://a/?c");
  assert.equal(new URL(change("http://a/") as never).href, "http://a/?b=2");
  assert.equal(new Request(change("http://a/")).url, "http://a/?b=2");

  // A change of another part comes later; a new query or URL replaces what was changed.
  for (const [part, value, expected] of [
    ["hash", "x", "http://a/?b=2#x"],
    ["pathname", "x", "http://a/x?b=2"],
    ["host", "c:82", "http://c:82/?b=2"],
    ["protocol", "https", "https://a/?b=2"],
    ["username", "u", "http://u@a/?b=2"],
    ["search", "x", "http://a/?x"],
    ["href", "http://d/?e=f", "http://d/?e=f"],
  ] as const) {
    const url = change("http://a/");
    url[part] = value;
    assert.equal(url.href, expected);
    assert.equal(`?${url.searchParams}`, url.search === "?x" ? "?x=" : url.search);
  }
  const kept = change("http://a/");
  assert.throws(() => (kept.href = "nothing"), TypeError);
  assert.equal(kept.href, "http://a/?b=2");

  const emptied = change("http://a/#h");
  emptied.searchParams.delete("b");
  assert.equal(emptied.href, "http://a/#h");
  assert.equal(emptied.search, "");
});

test("keys of a record that are the same once converted are one, whichever comes first", () => {
  const of = (record: Record<string, string>) => [...new URLSearchParams(record)];
  const converted = "\ufffd";
  assert.deepEqual(of({ "\ud800": "1", "\udbff": "2" }), [[converted, "2"]]);
  assert.deepEqual(of({ "\ud800": "1", [converted]: "2" }), [[converted, "2"]]);
  assert.deepEqual(of({ a: "0", [converted]: "1", "\ud800": "2" }), [
    ["a", "0"],
    [converted, "2"],
  ]);
});
