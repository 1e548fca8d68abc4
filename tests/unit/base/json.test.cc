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
       {"null", "true", "false", "0", "-1", "1.50", "1E+400", "12345678901234567890", "\"\"",
        "\"a\\n\\\"\"", "[]", "[1,[2,{}]]", "{\"b\":1,\"a\":{\"\":null}}"}) {
    CHECK(Again(text) == text);
  }
  CHECK(Again(" { \"a\" : [ 1 , 2 ] }\r\n\t") == "{\"a\":[1,2]}");
  CHECK(Again(R"("\u00e9\ud83d\ude00\/")") == "\"é😀/\"");
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
                           "\xEF\xBB\xBF{}",
                           "[",
                           "{"}) {
    INFO(text);
    CHECK_FALSE(Json::Parse(text).ok());
  }
  CHECK(Again("{\n  \"a\": 1,\n  \"a\": 2}") ==
        "line 3, column 3: this is not JSON: the name 'a' repeats");
  CHECK(Again("[1, x]") == "line 1, column 5: this is not JSON: a value was expected");
}

TEST_CASE("JSON is bounded in depth and members", "[json]") {
  const auto nested = [](int depth) {
    return std::string(static_cast<size_t>(depth), '[') +
           std::string(static_cast<size_t>(depth), ']');
  };
  CHECK(Json::Parse(nested(Json::kMaxDepth)).ok());
  CHECK_FALSE(Json::Parse(nested(Json::kMaxDepth + 1)).ok());
  CHECK_FALSE(Json::Parse(std::string(1'000'000, '[')).ok());
  const auto members = [](size_t count) {
    Json object = Json::Object();
    for (size_t i = 0; i < count; ++i) object.object()->push_back({std::to_string(i), 1});
    return object.ToString();
  };
  CHECK(Json::Parse(members(Json::kMaxMembers)).ok());
  CHECK_FALSE(Json::Parse(members(Json::kMaxMembers + 1)).ok());
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
