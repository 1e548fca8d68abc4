// zod: schemas, coercion, refinements, transformations, codecs, errors, JSON Schema, zod/mini.
import * as z from "zod";
import * as mini from "zod/mini";
import { assert, test } from "../web/harness.ts";

// Built while the snapshot is: schemas outlive it.
const Order = z.object({
  id: z.uuid(),
  email: z.email(),
  placed: z.coerce.date(),
  items: z
    .array(z.strictObject({ sku: z.string().regex(/^[A-Z]{2}-\d{4}$/), count: z.int().positive() }))
    .min(1),
  note: z.string().trim().max(20).optional(),
  status: z.enum(["open", "paid"]).default("open"),
});

const order = {
  id: "1b4e28ba-2fa1-41d2-883f-0016d3cca427",
  email: "ada@example.com",
  placed: "2026-01-02T03:04:05Z",
  items: [{ sku: "AB-1234", count: 2 }],
};

test("zod parses and infers", () => {
  const parsed = Order.parse({ ...order, unknown: 1, note: " hi " });
  assert.equal(parsed.placed.getTime(), Date.UTC(2026, 0, 2, 3, 4, 5));
  assert.equal(parsed.status, "open");
  assert.equal(parsed.note, "hi");
  assert.ok(!("unknown" in parsed));
});

test("zod reports every issue with its path", () => {
  const wrong = { ...order, email: "ada", items: [{ sku: "x", count: 0.5, more: 1 }] };
  const { error } = Order.safeParse(wrong);
  const paths = error!.issues.map(({ path, code }) => `${path.join(".")} ${code}`).sort();
  assert.deepEqual(paths, [
    "email invalid_format",
    "items.0 unrecognized_keys",
    "items.0.count invalid_type",
    "items.0.sku invalid_format",
  ]);
  const tree = z.treeifyError(error!);
  assert.ok(tree.properties!.email!.errors[0]!.includes("email"));
  assert.ok(z.prettifyError(error!).includes("→ at items[0].sku"));
});

test("zod unions, intersections, tuples, records, maps, sets, lazy schemas", () => {
  const Shape = z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("circle"), radius: z.number() }),
    z.object({ kind: z.literal("square"), side: z.number() }),
  ]);
  assert.equal(Shape.parse({ kind: "square", side: 2 }).kind, "square");
  assert.equal(Shape.safeParse({ kind: "line" }).success, false);
  assert.deepEqual(z.tuple([z.string(), z.number()]).rest(z.boolean()).parse(["a", 1, true]), [
    "a",
    1,
    true,
  ]);
  assert.deepEqual(z.record(z.string(), z.number()).parse({ a: 1 }), { a: 1 });
  const map = z.map(z.string(), z.set(z.bigint()));
  assert.equal(
    map
      .parse(new Map([["a", new Set([1n])]]))
      .get("a")!
      .has(1n),
    true,
  );
  const Tree = z.object({
    value: z.number(),
    get children() {
      return z.array(Tree);
    },
  });
  assert.equal(Tree.safeParse({ value: 1, children: [{ value: 2, children: [] }] }).success, true);
  assert.equal(
    Tree.safeParse({ value: 1, children: [{ value: "2", children: [] }] }).success,
    false,
  );
});

test("zod refinements, transformations and pipes, also async ones", async () => {
  const Password = z
    .object({ a: z.string(), b: z.string() })
    .refine(({ a, b }) => a === b, { error: "do not match", path: ["b"] });
  assert.deepEqual(Password.safeParse({ a: "1", b: "2" }).error!.issues[0]!.path, ["b"]);
  const Length = z
    .string()
    .transform((text) => text.length)
    .pipe(z.number().max(3));
  assert.equal(Length.parse("abc"), 3);
  assert.equal(Length.safeParse("abcd").success, false);
  const Late = z
    .string()
    .refine(async (text) => text === "yes")
    .transform(async (text) => `${text}!`);
  assert.equal(await Late.parseAsync("yes"), "yes!");
  assert.equal((await Late.safeParseAsync("no")).success, false);
});

test("zod codecs, brands, catch, preprocess", () => {
  const IsoDate = z.codec(z.iso.datetime(), z.date(), {
    decode: (text) => new Date(text),
    encode: (date) => date.toISOString(),
  });
  assert.equal(
    z.encode(IsoDate, z.decode(IsoDate, "2026-01-01T00:00:00.000Z")),
    "2026-01-01T00:00:00.000Z",
  );
  assert.equal(z.string().catch("fallback").parse(1), "fallback");
  assert.equal(z.preprocess(Number, z.number()).parse("12"), 12);
  assert.equal(z.stringbool().parse("yes"), true);
  assert.equal(z.templateLiteral(["v", z.number()]).safeParse("v12").success, true);
});

test("zod validates what Web APIs give: File, URL, FormData entries", async () => {
  const Upload = z.file().min(2).max(100).mime(["text/plain"]);
  assert.equal(
    Upload.safeParse(new File(["hello"], "a.txt", { type: "text/plain" })).success,
    true,
  );
  assert.equal(Upload.safeParse(new File(["h"], "a.txt", { type: "text/plain" })).success, false);
  assert.equal(z.url().safeParse("https://example.com/ü").success, true);
  assert.equal(z.url().safeParse("nowhere").success, false);
  assert.equal(z.url({ hostname: /^a\.test$/ }).safeParse("http://b.test/").success, false);
  const form = new FormData();
  form.set("count", "3");
  const Form = z.object({ count: z.coerce.number() });
  assert.deepEqual(Form.parse(Object.fromEntries(form)), { count: 3 });
  assert.ok(z.instanceof(URL).safeParse(new URL("http://a.test")).success);
});

test("zod's string formats", () => {
  const cases: [z.ZodType, string, string][] = [
    [z.ipv4(), "127.0.0.1", "127.0.0.256"],
    [z.ipv6(), "2001:db8::1", "2001:db8::g"],
    [z.cidrv4(), "10.0.0.0/8", "10.0.0.0/33"],
    [z.base64(), "aGk=", "aGk"],
    [z.base64url(), "aGk", "aGk+"],
    [z.iso.date(), "2026-02-28", "2026-02-30"],
    [z.iso.duration(), "P1DT2H", "P1H"],
    [z.jwt(), "eyJhbGciOiJIUzI1NiJ9.e30.x", "a.b"],
    [z.emoji(), "😀", "x"],
  ];
  for (const [schema, good, bad] of cases) {
    assert.ok(schema.safeParse(good).success, good);
    assert.ok(!schema.safeParse(bad).success, bad);
  }
});

test("zod makes JSON Schema", () => {
  const schema = z.toJSONSchema(z.object({ a: z.string().min(1), b: z.number().optional() }));
  assert.deepEqual(schema.required, ["a"]);
  assert.deepEqual(schema.properties!.a, { type: "string", minLength: 1 });
});

test("zod/mini has the same core", () => {
  const User = mini.object({
    name: mini.string().check(mini.minLength(2)),
    age: mini.optional(mini.number()),
  });
  assert.deepEqual(User.parse({ name: "Ada" }), { name: "Ada" });
  assert.equal(mini.safeParse(User, { name: "A" }).success, false);
});
