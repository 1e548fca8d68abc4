// URLPattern (URL Pattern Standard): its examples, and each rule of its syntax.
import { assert, test } from "./harness.ts";

// Not in TypeScript's library yet.
interface ComponentResult {
  input: string;
  groups: Record<string, string | undefined>;
}
type Component =
  "protocol" | "username" | "password" | "hostname" | "port" | "pathname" | "search" | "hash";
type Init = { [Name in Component | "baseURL"]?: string };
type Input = string | Init;
type Result = { inputs: Input[] } & Record<Component, ComponentResult>;
type Pattern = Readonly<Record<Component, string>> & {
  readonly hasRegExpGroups: boolean;
  test(input?: unknown, base?: unknown): boolean;
  exec(input?: unknown, base?: unknown): Result | null;
};
declare const URLPattern: {
  new (input?: unknown, baseOrOptions?: unknown, options?: unknown): Pattern;
  prototype: Pattern;
};

const components: Component[] = [
  "protocol",
  "username",
  "password",
  "hostname",
  "port",
  "pathname",
  "search",
  "hash",
];
const patternsOf = (pattern: Pattern) => components.map((name) => pattern[name]).join(" ");
const path = (pathname: string) => new URLPattern({ pathname });
const groups = (pattern: string, input: string) =>
  path(pattern).exec({ pathname: input })?.pathname.groups;

test("the introduction's examples", () => {
  const first = new URLPattern("https://example.com/:category/*");
  assert.equal(patternsOf(first), "https * * example.com  /:category/* * *");
  assert.ok(first.test("https://example.com/products/"));
  assert.ok(first.test("https://example.com/blog/our-greatest-product-ever"));
  for (const other of [
    "https://example.com/",
    "http://example.com/products/",
    "https://example.com:8443/blog/our-greatest-product-ever",
  ]) {
    assert.ok(!first.test(other), other);
  }
  const second = new URLPattern(
    "http{s}?://{:subdomain.}?shop.example/products/:id([0-9]+)#reviews",
  );
  assert.equal(
    patternsOf(second),
    "http{s}? * * {:subdomain.}?shop.example  /products/:id([0-9]+)  reviews",
  );
  assert.ok(second.hasRegExpGroups);
  assert.ok(second.test("https://shop.example/products/74205#reviews"));
  assert.ok(second.test("https://kathryn@voyager.shop.example/products/74656#reviews"));
  assert.ok(second.test("http://insecure.shop.example/products/1701#reviews"));
  for (const other of [
    "https://shop.example/products/2000",
    "http://shop.example:8080/products/0#reviews",
    "https://nx.shop.example/products/01?speed=5#reviews",
    "https://shop.example/products/chair#reviews",
  ]) {
    assert.ok(!second.test(other), other);
  }
  const third = new URLPattern("../admin/*", "https://discussion.example/forum/?page=2");
  assert.equal(patternsOf(third), "https * * discussion.example  /admin/* * *");
  assert.ok(third.test("https://discussion.example/admin/"));
  assert.ok(third.test("https://edd:librarian@discussion.example/admin/update?id=1"));
  assert.ok(!third.test("https://discussion.example/forum/admin/"));
  assert.ok(!third.test("http://discussion.example:8080/admin/update?id=1"));
});

test("groups: names, expressions, wildcards, modifiers", () => {
  assert.deepEqual(groups("/blog/:title", "/blog/hello-world"), { title: "hello-world" });
  assert.equal(groups("/blog/:title", "/blog/2012/02"), undefined);
  assert.deepEqual(groups("/blog/:year(\\d+)/:month(\\d+)", "/blog/2012/02"), {
    year: "2012",
    month: "02",
  });
  assert.deepEqual(groups("/products/:id?", "/products"), { id: undefined });
  assert.deepEqual(groups("/products/:id?", "/products/2"), { id: "2" });
  assert.equal(groups("/products/:id?", "/products/"), undefined);
  assert.deepEqual(groups("/products/{:id}?", "/products/"), { id: undefined });
  assert.deepEqual(groups("/products/*", "/products/a/b"), { 0: "a/b" });
  assert.deepEqual(groups("/:a+", "/x/y"), { a: "x/y" });
  assert.equal(groups("/:a+", "/"), undefined);
  assert.deepEqual(groups("/x/:a*", "/x"), { a: undefined });
  assert.deepEqual(groups("/{a:b-}+z", "/a1-a2-z"), { b: "1-a2" });
  assert.deepEqual(groups("/(a|b)/([^\\/]+)/*", "/b/c/d"), { 0: "b", 1: "c", 2: "d" });
  assert.deepEqual(groups("/:\u00fcber\\(x", "/1(x"), { über: "1" });
  assert.deepEqual(groups("/{a}?b", "/b"), {});
  assert.deepEqual(groups("/:__proto__", "/x"), JSON.parse('{"__proto__":"x"}'));
});

test("the shape of results", () => {
  const pattern = new URLPattern({ hostname: ":name.example", baseURL: "https://x/" });
  const init = { hostname: "a.example", protocol: "https" };
  const result = pattern.exec(init)!;
  assert.deepEqual(Object.keys(result), [
    "hash",
    "hostname",
    "inputs",
    "password",
    "pathname",
    "port",
    "protocol",
    "search",
    "username",
  ]);
  assert.deepEqual(result.inputs, [init]);
  assert.ok(result.inputs[0] !== init);
  assert.deepEqual(result.hostname, { groups: { name: "a" }, input: "a.example" });
  assert.deepEqual(Object.keys(result.hostname), ["groups", "input"]);
  assert.equal(Object.getPrototypeOf(result.hostname.groups), Object.prototype);
  assert.deepEqual(result.search, { groups: { 0: "" }, input: "" });
  const relative = new URLPattern().exec("b", "http://a/")!;
  assert.deepEqual(relative.inputs, ["b", "http://a/"]);
  assert.equal(relative.pathname.groups[0], "/b");
});

test("all parts of a URL are matched, canonicalised", () => {
  const all = new URLPattern("https://u\\:p@h.example:8443/p?q#f");
  assert.equal(patternsOf(all), "https u p h.example 8443 /p q f");
  assert.ok(all.test("https://u:p@h.example:8443/p?q#f"));
  assert.ok(all.test("HTTPS://u:p@H.example:8443/x/../p?q#f"));
  for (const other of [
    "http://u:p@h.example:8443/p?q#f",
    "https://x:p@h.example:8443/p?q#f",
    "https://u:x@h.example:8443/p?q#f",
    "https://u:p@x.example:8443/p?q#f",
    "https://u:p@h.example/p?q#f",
    "https://u:p@h.example:8443/x?q#f",
    "https://u:p@h.example:8443/p?x#f",
    "https://u:p@h.example:8443/p?q#x",
    "not a URL",
  ]) {
    assert.ok(!all.test(other), other);
  }
  assert.equal(path("/\u00fc b").pathname, "/%C3%BC%20b");
  assert.equal(
    new URLPattern({ hostname: "M\u00dcNCHEN.example" }).hostname,
    "xn--mnchen-3ya.example",
  );
  assert.equal(new URLPattern({ hostname: "[\\:\\:AB]" }).hostname, "[\\:\\:ab]");
  assert.equal(new URLPattern({ search: "?a\u00fc" }).search, "a%C3%BC");
  assert.equal(new URLPattern({ hash: "#\u00fc" }).hash, "%C3%BC");
  assert.equal(new URLPattern({ protocol: "HTTP:" }).protocol, "http");
  assert.equal(new URLPattern({ protocol: "https", port: "443" }).port, "");
  assert.equal(new URLPattern({ protocol: "http", port: "443" }).port, "443");
  assert.ok(new URLPattern({ protocol: "https", port: "" }).test("https://a:443/"));
  assert.ok(new URLPattern({ port: "80" }).test({ port: "80x" }));
});

test("paths of other schemes are opaque", () => {
  const data = new URLPattern("data\\:foobar");
  assert.equal(data.pathname, "foobar");
  assert.ok(data.test("data:foobar"));
  assert.ok(!data.test("data:foo"));
  const mail = new URLPattern({ protocol: "mailto", pathname: ":user@:host" });
  assert.deepEqual(mail.exec("mailto:a@b.example")?.pathname.groups, {
    user: "a",
    host: "b.example",
  });
  assert.equal(new URLPattern({ protocol: "x", pathname: "/a/../b" }).pathname, "/a/../b");
  assert.equal(new URLPattern({ protocol: "x", pathname: " \u00fc" }).pathname, " %C3%BC");
  assert.equal(path("/a/./b").pathname, "/a/b");
});

test("constructor strings", () => {
  for (const [input, expected] of [
    ["https://example.com", "https * * example.com  * * *"],
    ["https://example.com:*", "https * * example.com * * * *"],
    ["https://example.com?q", "https * * example.com  / q *"],
    ["https://example.com#f", "https * * example.com  /  f"],
    ["https://*.example.com/", "https * * *.example.com  / * *"],
    ["https://u@h/", "https u * h  / * *"],
    ["https://:user::pass@h/", "https :user :pass h  / * *"],
    ["https://[\\:\\:1]:8080/", "https * * [\\:\\:1] 8080 / * *"],
    ["http{s}?://h/", "http{s}? * * h  / * *"],
    ["https://h/a\\?b", "https * * h  /a b *"],
    ["https://h/:id?a", "https * * h  /:id?a * *"],
    ["https://h/:id\\?a", "https * * h  /:id a *"],
    ["https://{h.x/}?z/y", "https * * {h.x}?z  /y * *"],
    ["https://(a", "error"],
    ["data:x", "error"],
    ["file:///a/*", "file * *   /a/* * *"],
    ["data\\:x", "data * *   x * *"],
    ["x://h/p", "x * * h  /p * *"],
  ] as const) {
    if (expected === "error") {
      assert.throws(() => new URLPattern(input), TypeError, input);
      continue;
    }
    const pattern = new URLPattern(input);
    assert.equal(patternsOf(pattern), expected, input);
  }
});

test("base URLs complete what is less specific", () => {
  const base = "https://u:p@h.example:8080/a/b?q*#f+";
  const check = (init: Init, expected: string) => {
    const pattern = new URLPattern({ ...init, baseURL: base });
    assert.equal(patternsOf(pattern), expected, JSON.stringify(init));
  };
  check({}, "https * * h.example 8080 /a/b q\\* f\\+");
  check({ hash: "x" }, "https * * h.example 8080 /a/b q\\* x");
  check({ search: "x" }, "https * * h.example 8080 /a/b x *");
  check({ pathname: "x" }, "https * * h.example 8080 /a/x * *");
  check({ pathname: "/x" }, "https * * h.example 8080 /x * *");
  check({ pathname: "{/x}" }, "https * * h.example 8080 /x * *");
  check({ port: "1" }, "https * * h.example 1 * * *");
  check({ hostname: "x" }, "https * * x * * * *");
  check({ protocol: "x" }, "x * * * * * * *");
  check({ username: "x" }, "https x * h.example 8080 /a/b q\\* f\\+");
  assert.ok(
    new URLPattern({ username: "u", password: "p" }).test({ pathname: "/", baseURL: base }),
  );
  assert.throws(() => new URLPattern({ baseURL: "nonsense" }), TypeError);
  assert.ok(!new URLPattern().test({ baseURL: "nonsense" }));
});

test("case can be ignored in path, search and hash", () => {
  const options = { ignoreCase: true };
  // Of three arguments the second is a base URL.
  assert.throws(() => new URLPattern("https://h/p", undefined, options), TypeError);
  assert.equal(new URLPattern("https://h/Path", options).pathname, "/Path");
  const two = new URLPattern("https://h/Path/:x", options);
  assert.ok(two.test("https://h/PATH/y"));
  assert.ok(new URLPattern({ pathname: "/Ab" }, options).test({ pathname: "/aB" }));
  assert.ok(new URLPattern("/Ab", "https://h", options).test("https://h/aB"));
  assert.ok(!new URLPattern({ pathname: "/Ab" }).test({ pathname: "/aB" }));
  assert.ok(!new URLPattern({ username: "A" }, options).test({ username: "a" }));
});

test("malformed patterns are TypeErrors", () => {
  for (const pathname of [
    "/:",
    "/:1",
    "/(",
    "/()",
    "/(a",
    "/(?a)",
    "/((a))",
    "/(\u00fc)",
    "/(a\\",
    "/(\\\u00fc)",
    "/{",
    "/{a",
    "/}",
    "/{{a}}",
    "/*?+",
    "/+",
    "/?",
    "/:a/:a",
    "/a\\",
    "/([z-a])",
    "/(a{2)",
  ]) {
    assert.throws(() => path(pathname), TypeError, pathname);
  }
  for (const init of [
    { hostname: "a b" },
    { hostname: "[::x]" },
    { port: "x" },
    { port: "65536" },
    { protocol: "1:" },
    { protocol: "caf\u00e9" },
  ]) {
    assert.throws(() => new URLPattern(init), TypeError, JSON.stringify(init));
  }
  for (const input of ["/relative", "example.com", ""]) {
    assert.throws(() => new URLPattern(input), TypeError, input);
  }
});

test("patterns are generated back with what they need", () => {
  for (const [given, shown] of [
    ["/(.*)", "/*"],
    ["/:a(.*)", "/:a(.*)"],
    ["/([^\\/]+?)", "/([^\\/]+?)"],
    ["/:a([^\\/]+?)", "/:a"],
    ["/{:a}", "/{:a}"],
    ["/{a}b{c}", "/abc"],
    ["/{:a}b", "/{:a}b"],
    ["/:a{b}?", "{/:a}{b}?"],
    ["/{/:a}", "//:a"],
    ["/**", "/**"],
    ["/(.*)(.*)", "/*(.*)"],
    ["/a\\:b", "/a\\:b"],
    ["/{:a-}?", "/{:a-}?"],
    ["/:a(b)", "/:a(b)"],
    ["/:a:b", "/:a:b"],
    ["/{a:b\\c}", "/{a:b\\c}"],
  ] as const) {
    const pattern = path(given);
    assert.equal(pattern.pathname, shown, given);
    assert.equal(path(pattern.pathname).pathname, pattern.pathname, given);
  }
});

test("arguments, overloads and conversions", () => {
  assert.equal(patternsOf(new URLPattern()), "* * * * * * * *");
  assert.equal(patternsOf(new URLPattern(undefined, undefined)), "* * * * * * * *");
  assert.equal(patternsOf(new URLPattern(null, null)), "* * * * * * * *");
  assert.ok(new URLPattern().test());
  assert.throws(() => new URLPattern({}, "https://a/"), TypeError);
  assert.throws(() => new URLPattern("/a", "nonsense"), TypeError);
  assert.throws(() => new URLPattern(Symbol("x")), TypeError);
  assert.throws(() => new URLPattern({ pathname: Symbol("x") }), TypeError);
  assert.throws(() => new URLPattern().test({}, "https://a/"), TypeError);
  assert.throws(() => new URLPattern().exec({}, "https://a/"), TypeError);
  assert.ok(!new URLPattern().test("/a", "nonsense"));
  assert.throws(() => (URLPattern as never as () => void)(), TypeError);
  const fromUrl = new URLPattern(new URL("https://a/b?c"));
  assert.equal(fromUrl.pathname, "/b");
  const log: string[] = [];
  new URLPattern(
    new Proxy(
      {},
      {
        get(_, name) {
          log.push(String(name));
        },
      },
    ),
  );
  assert.deepEqual(log, ["baseURL", ...[...components].sort()]);
});

test("URLPattern looks as Web IDL wants", () => {
  assert.equal((URLPattern as never as { length: number }).length, 0);
  assert.equal(URLPattern.prototype.test.length, 0);
  assert.equal(URLPattern.prototype.exec.length, 0);
  assert.equal(Object.prototype.toString.call(new URLPattern()), "[object URLPattern]");
  for (const name of [...components, "hasRegExpGroups"]) {
    const { get, set, enumerable, configurable } = Object.getOwnPropertyDescriptor(
      URLPattern.prototype,
      name,
    )!;
    assert.ok(set === undefined && enumerable && configurable, name);
    assert.equal(get!.name, `get ${name}`);
    assert.throws(() => get!.call({}), TypeError);
  }
  assert.throws(() => URLPattern.prototype.test.call({} as never), TypeError);
  assert.throws(() => structuredClone(new URLPattern()), { name: "DataCloneError" });
});

test("an app that patches the engine's objects breaks only itself", () => {
  const { exec } = RegExp.prototype;
  try {
    RegExp.prototype.exec = () => {
      throw new Error("patched");
    };
    assert.deepEqual(groups("/:a(x+)", "/xx"), { a: "xx" });
  } finally {
    RegExp.prototype.exec = exec;
  }
});

// Made while the snapshot is built, as routers do.
const early = new URLPattern({ pathname: "/:year(\\d+)/:name" });

test("a pattern that was made before the snapshot still matches", () => {
  assert.deepEqual(early.exec("https://a/2024/x")?.pathname.groups, { year: "2024", name: "x" });
  assert.ok(!early.test("https://a/x/y"));
  assert.ok(early instanceof URLPattern);
});
