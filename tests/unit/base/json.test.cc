// JSON values: what is taken, what is refused and where, what is written, merge patches.
#include "base/json.h"

#include <catch2/catch.hpp>
#include <string>

namespace nano {
namespace {

std::string Again(std::string_view text) {
  const Result<Json> value = Json::Parse(text);
  return value.ok() ? value->ToString() : value.error().where + ": " + value.error().message;
}

TEST_CASE("JSON passes through", "[json]") {
  for (const char* text :
       {"null", "true", "false", "0", "-1", "1.50", "-0", "-0.0", "1E+300", "1e-400",
        "12345678901234567890", "-9223372036854775808", "123456789012345678901234567890",
        "0.1000000000000000055511151231257827", "\"\"", "\"a\\n\\\"\"", "[]", "[1,[2,{}]]",
        "{\"b\":1,\"a\":{\"\":null}}"}) {
    CHECK(Again(text) == text);
  }
  CHECK(Again(" { \"a\" : [ 1 , 2 ] }\r\n\t") == "{\"a\":[1,2]}");
  CHECK(Again(R"("\u00e9\ud83d\ude00\/")") == "\"é😀/\"");
  // RFC 8259, section 8.1: a mark may be ignored.
  CHECK(Again("\xEF\xBB\xBF{}") == "{}");
}

TEST_CASE("what is not JSON is refused with its place", "[json]") {
  for (const char* text : {"",
                           " ",
                           "nul",
                           "[1,]",
                           "[1 2]",
                           "{\"a\":1,}",
                           "{a:1}",
                           "{\"a\"}",
                           "01",
                           "1.",
                           ".5",
                           "+1",
                           "1e",
                           "--1",
                           "'a'",
                           "\"a",
                           "\"\\x\"",
                           "\"\\ud800\"",
                           "\"\\ud800\\u0041\"",
                           "\"\\udc00\"",
                           "\"\\u12g4\"",
                           "\"\t\"",
                           "\"\xff\"",
                           "\"\xc3\"",
                           "NaN",
                           "// c\n1",
                           "1 1",
                           "{\"a\":1,\"a\":2}",
                           "\xEF\xBB{}",
                           "1E+400",
                           "-1E400",
                           "[",
                           "{"}) {
    INFO(text);
    CHECK_FALSE(Json::Parse(text).ok());
  }
  // Where a NUL is not in a text, the library takes it for the end.
  for (const std::string_view text :
       {std::string_view("1\0", 2), std::string_view("{}\0 x", 5), std::string_view("[1\0]", 4),
        std::string_view("\"\0\"", 3), std::string_view("\0", 1)}) {
    CHECK_FALSE(Json::Parse(text).ok());
  }
}

TEST_CASE("the place of what is wrong is told, and not what was read", "[json]") {
  const auto told = [](std::string_view text) {
    const Error error = Json::Parse(text).error();
    constexpr std::string_view kAlways = "this is not JSON: ";
    CHECK(error.message.starts_with(kAlways));
    return error.where + ": " +
           error.message.substr(std::min(kAlways.size(), error.message.size()));
  };
  CHECK(told("{\n  \"a\": 1,\n  \"a\": 2}") == "line 3, column 3: the name 'a' repeats");
  CHECK(told("{\"a\":[],\"b\":1 , \"\\u0061\":2}") == "line 1, column 17: the name 'a' repeats");
  CHECK(told("{\"a\":{\"b\":\"\",\"b\":2}}") == "line 1, column 14: the name 'b' repeats");
  CHECK(told("[1, x]") == "line 1, column 5: invalid literal");
  CHECK(told("[1,\n1e999]") == "line 2, column 5: a number is too large");
  CHECK(told("[\n\"secret\xff\"]") == "line 2, column 8: invalid string: ill-formed UTF-8 byte");
  CHECK(told("[1,]") == "line 1, column 4: unexpected ']'; expected '[', '{', or a literal");
  CHECK(told("{") == "line 1, column 2: unexpected end of input; expected string literal");
  CHECK(told(std::string_view("{}\0 x", 5)) == "line 1, column 3: something follows the value");
  CHECK(told("{\"a\": \"" + std::string(100'000, 'x')).size() < 100);
}

TEST_CASE("errors in files have the file's name and an excerpt", "[json]") {
  const Result<Json> json = Json::Parse("{\n  \"a\": ?\n}", {.file = "dist/a.json"});
  REQUIRE_FALSE(json.ok());
  CHECK(json.error().where == "dist/a.json:2:8");
  CHECK(json.error().excerpt.find("> 2 |   \"a\": ?") != std::string::npos);
}

TEST_CASE("where names may repeat, the last value counts", "[json]") {
  const auto last = [](const std::string& text) {
    return Json::Parse(text, kFileJson).value().ToString();
  };
  CHECK(last(R"({"a":1,"b":2,"a":{"c":3}})") == R"({"a":{"c":3},"b":2})");
  CHECK(last(R"({"a":{"c":3},"a":[]})") == R"({"a":[]})");
  std::string many = "{";
  for (int i = 0; i < 100; ++i)
    many += "\"" + std::to_string(i % 40) + "\":" + std::to_string(i) + ",";
  many.back() = '}';
  const Json json = Json::Parse(many, kFileJson).value();
  CHECK(json.object()->size() == 40);
  CHECK(json.Find("19")->integer() == 99);
  CHECK(json.Find("20")->integer() == 60);
  CHECK_FALSE(Json::Parse(many).ok());
}

TEST_CASE("JSON is bounded in depth and members", "[json]") {
  const auto nested = [](int depth) {
    return std::string(static_cast<size_t>(depth), '[') +
           std::string(static_cast<size_t>(depth), ']');
  };
  const JsonRules rules;
  CHECK(Json::Parse(nested(rules.depth)).ok());
  CHECK_FALSE(Json::Parse(nested(rules.depth + 1)).ok());
  CHECK(Json::Parse(nested(kFileJson.depth), kFileJson).ok());
  CHECK_FALSE(Json::Parse(std::string(1'000'000, '['), kFileJson).ok());
  CHECK(Json::Parse(std::string(1'000'000, '[')).error().where ==
        "line 1, column " + std::to_string(rules.depth + 1));
  const auto members = [](size_t count) {
    Json object = Json::Object();
    for (size_t i = 0; i < count; ++i) object.object()->push_back({std::to_string(i), 1});
    return object.ToString();
  };
  CHECK(Json::Parse(members(rules.members)).ok());
  CHECK_FALSE(Json::Parse(members(rules.members + 1)).ok());
  CHECK(Json::Parse(members(rules.members + 1), kFileJson).ok());
}

TEST_CASE("numbers are written with as many digits as they need", "[json]") {
  CHECK(Json(0.1).ToString() == "0.1");
  CHECK(Json(3.0).ToString() == "3");
  CHECK(Json(-1.5e300).ToString() == "-1.5e+300");
  CHECK(Json(-2.2250738585072014e-308).ToString() == "-2.2250738585072014e-308");
  CHECK(Json(1.0 / 0.0).ToString() == "null");
  CHECK(Json(0.0 / 0.0).is_null());
  CHECK(Json::Parse("-1.25e2")->number() == -125.0);
  CHECK(Json(7).number() == 7.0);
  CHECK_FALSE(Json("7").number().has_value());
}

TEST_CASE("JSON is written in lines", "[json]") {
  const Json json = Json::Parse(R"({"a":[],"b":{},"c":[1,{"d":"x"}],"e":null})").value();
  CHECK(json.ToLines() == R"({
  "a": [],
  "b": {},
  "c": [
    1,
    {
      "d": "x"
    }
  ],
  "e": null
})");
  CHECK(Json().ToLines() == "null");
  CHECK(Json(Json::Array()).ToLines() == "[]");
}

TEST_CASE("JSON is put together and looked into", "[json]") {
  Json value;
  value.Set("text", "a").Set("number", uint64_t{1} << 60).Set("flag", true).Set("text", "b");
  value.Set("list", Json::Array{1, "x", nullptr});
  CHECK(value.ToString() ==
        R"({"text":"b","number":1152921504606846976,"flag":true,"list":[1,"x",null]})");
  CHECK(*value.Find("text")->text() == "b");
  CHECK(value.Find("number")->integer() == int64_t{1} << 60);
  CHECK(*value.Find("flag")->flag());
  CHECK(value.Find("none") == nullptr);
  CHECK(Json("x").Find("none") == nullptr);
  CHECK(value.Take("text").has_value());
  CHECK_FALSE(value.Take("text").has_value());
  CHECK_FALSE(Json::Parse("1.5")->integer().has_value());
  CHECK_FALSE(Json::Parse("9223372036854775808")->integer().has_value());
  CHECK(Json::Parse("18446744073709551615")->count() == UINT64_MAX);
  CHECK_FALSE(Json(-1).count().has_value());
}

// The examples of RFC 7396, appendix A.
TEST_CASE("merge patches", "[json]") {
  const struct {
    const char* target;
    const char* patch;
    const char* result;
  } rows[] = {
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", R"({})"},
      {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
      {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
      {R"({"a":"foo"})", "null", "null"},
      {R"({"a":"foo"})", R"("bar")", R"("bar")"},
      {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
      {"[1,2]", R"({"a":"b","c":null})", R"({"a":"b"})"},
      {"{}", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
  };
  for (const auto& row : rows) {
    INFO(row.target << " " << row.patch);
    CHECK(MergePatch(*Json::Parse(row.target), *Json::Parse(row.patch)).ToString() == row.result);
  }
}

}  // namespace
}  // namespace nano
