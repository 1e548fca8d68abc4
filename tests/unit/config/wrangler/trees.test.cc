// JSON with comments and TOML as one kind of tree.
#include <catch2/catch.hpp>
#include <string>

#include "config/wrangler/environment.h"
#include "config/wrangler/jsonc.h"
#include "config/wrangler/toml.h"
#include "config/yaml/json_of.h"
#include "tests/unit/mutation.h"

namespace nano::config {
namespace {

using Catch::Contains;

Result<std::shared_ptr<const Node>> Jsonc(const std::string& text) {
  return ParseJsonc(std::make_shared<Source>(Source{"wrangler.jsonc", text}));
}

Result<std::shared_ptr<const Node>> Toml(const std::string& text) {
  return ParseToml(std::make_shared<Source>(Source{"wrangler.toml", text}));
}

std::string Shown(const Result<std::shared_ptr<const Node>>& parsed) {
  return parsed.ok() ? JsonOf(**parsed).ToString() : parsed.error().ToString();
}

TEST_CASE("JSON with comments and trailing commas is read", "[wrangler]") {
  CHECK(Shown(Jsonc(
            "/* a */ {\n\t// b\n\t\"x\": [1, -2.5e3, true, null, \"a\\u00e9\\n\",], /**/ \"y\": "
            "{},\n}\n// end")) == R"({"x":[1,-2.5e3,true,null,"aé\n"],"y":{}})");
  CHECK(Shown(Jsonc("\xEF\xBB\xBF{}")) == "{}");
  CHECK(Shown(Jsonc(R"({"url": "https://a//b", "t": "/* no */"})")) ==
        R"({"url":"https://a//b","t":"/* no */"})");
  CHECK(Shown(Jsonc(R"({"a": 1, "a": 2})")) == R"({"a":2})");
  CHECK(Shown(Jsonc(R"({"a": 1, "b": 2, "a": 3, "c": 4, "b": 5})")) == R"({"a":3,"c":4,"b":5})");
  CHECK(Shown(Jsonc("{\"n\": \"1\", \"b\": \"true\"}")) == R"({"n":"1","b":"true"})");
}

TEST_CASE("what is no JSON is told at its place", "[wrangler]") {
  const auto [text, place, message] = GENERATE(table<std::string, std::string, std::string>({
      {"{\n  \"a\" 1\n}", "wrangler.jsonc:2:7", "expected ':'"},
      {"{\"a\": }", "wrangler.jsonc:1:7", "expected a value"},
      {"{\"a\": 01}", "wrangler.jsonc:1:7", "expected a value"},
      {"{\"a\": 'x'}", "wrangler.jsonc:1:7", "expected a value"},
      {"{a: 1}", "wrangler.jsonc:1:2", "a name in quotes"},
      {"{\"a\": 1 \"b\": 2}", "wrangler.jsonc:1:9", "expected ',' or '}'"},
      {"{\"a\": \"x\n\"}", "wrangler.jsonc:1:7", "closing quote"},
      {"{\"a\": \"\\ud800\"}", "wrangler.jsonc:1:7", "malformed text"},
      {"{\"a\": \"\xFF\"}", "wrangler.jsonc:1:7", "malformed text"},
      {"{} {}", "wrangler.jsonc:1:4", "end of the file"},
      {"{ /* x", "wrangler.jsonc:1:3", "comment without its end"},
      {"", "wrangler.jsonc:1:1", "expected a value"},
      {",", "wrangler.jsonc:1:1", "expected a value"},
      {"[1,,2]", "wrangler.jsonc:1:4", "expected a value"},
  }));
  CAPTURE(text);
  const auto parsed = Jsonc(text);
  REQUIRE_FALSE(parsed.ok());
  CHECK(parsed.error().where == place);
  CHECK_THAT(parsed.error().message, Contains(message));
}

TEST_CASE("levels without end are refused, and the stack holds", "[wrangler]") {
  const std::string deep(500'000, '[');
  CHECK_THAT(Jsonc(deep).error().message, Contains("too many levels"));
  CHECK_FALSE(Toml("a = " + deep).ok());
  CHECK_THAT(Jsonc(std::string(2 << 20, ' ')).error().message, Contains("larger than 1 MiB"));
  CHECK_THAT(Toml(std::string(2 << 20, '\n')).error().message, Contains("larger than 1 MiB"));
}

TEST_CASE("TOML is the same tree as JSON, with its places", "[wrangler]") {
  const auto toml = Toml(R"(name = "shop" # comment
main = 'src/index.ts'
compatibility_date = 2025-01-02
ratio = 0.5
on = true
[vars]
A = "1"
N = 5
O = { x = [1, 2], "y.z" = "w" }
[[kv_namespaces]]
binding = "ONE"
[[kv_namespaces]]
binding = "TWO"
[env.staging.vars]
A = """
long"""
)");
  CHECK(Shown(toml) ==
        R"({"name":"shop","main":"src/index.ts","compatibility_date":"2025-01-02","ratio":0.5,)"
        R"("on":true,"vars":{"A":"1","N":5,"O":{"x":[1,2],"y.z":"w"}},)"
        R"("kv_namespaces":[{"binding":"ONE"},{"binding":"TWO"}],)"
        R"("env":{"staging":{"vars":{"A":"long"}}}})");
  const Node::Entry* vars = FindEntry(**toml, "vars");
  REQUIRE(vars != nullptr);
  CHECK(vars->value->entries.front().place.ToString() == "wrangler.toml:7:1");
  CHECK(Shown(Toml("name = \"caf\u00e9 \u00fc\" # \u00e9\n\"\u00e9\" = '\u4e2d'\n")) ==
        "{\"name\":\"caf\u00e9 \u00fc\",\"\u00e9\":\"\u4e2d\"}");
  const Error error = Toml("a = 1\nb = = 2\n").error();
  CHECK(error.where.starts_with("wrangler.toml:2:"));
  CHECK_THAT(error.message, Contains("this is not TOML"));
}

TEST_CASE("whatever the bytes, there is a tree or an error with a message", "[wrangler]") {
  nano::testing::Random random(20261130);
  const std::string json =
      "{ /* c */ \"name\": \"a\", // d\n \"vars\": {\"A\": [1, true, null, \"x\\u0041\"], }, }";
  const std::string toml = "name = \"a\"\n[vars]\nA = [1, true]\n[[k]]\nb = {c = 'd'}\n";
  static const std::vector<std::string> pieces{"{",   "}",    "[",   "]",  ",",  ":",
                                               "\"",  "\\",   "//",  "/*", "*/", "\n",
                                               "\\u", "\xFF", "1e9", "= ", "[[", "'''"};
  for (int i = 0; i < 4000; ++i) {
    const auto check = [](const Result<std::shared_ptr<const Node>>& parsed) {
      if (!parsed.ok() && parsed.error().message.empty()) FAIL("an error without a message");
    };
    check(Jsonc(nano::testing::Mutated(random, json, pieces, 6, 20, 20)));
    check(Toml(nano::testing::Mutated(random, toml, pieces, 6, 20, 20)));
  }
}

}  // namespace
}  // namespace nano::config
