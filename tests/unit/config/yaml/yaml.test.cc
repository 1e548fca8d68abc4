// The YAML tree: places, and what the border to the parser refuses.
#include "config/yaml/yaml.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>

using namespace nano;
using namespace nano::config;
using Catch::Contains;

namespace {

Result<std::shared_ptr<const Node>> Parse(std::string text) {
  return ParseYaml(std::make_shared<Source>(Source{"test.yaml", std::move(text)}));
}

void CheckRefused(const std::string& text, const std::string& where, const std::string& message) {
  CAPTURE(text);
  const auto parsed = Parse(text);
  REQUIRE_FALSE(parsed.ok());
  CHECK(parsed.error().where == "test.yaml:" + where);
  CHECK_THAT(parsed.error().message, Contains(message));
  CHECK_FALSE(parsed.error().excerpt.empty());
}

}  // namespace

TEST_CASE("the tree keeps order, places and quotes") {
  const auto parsed = Parse("# comment\nb: 1\na:\n  - x\n  - 'y'\nc:\nd: {e: ~}\n");
  REQUIRE(parsed.ok());
  const Node& root = **parsed;
  REQUIRE(root.kind == Node::Kind::kMap);
  REQUIRE(root.entries.size() == 4);
  CHECK(root.entries[0].key == "b");
  CHECK(root.entries[0].value->scalar == "1");
  CHECK(root.entries[0].value->plain);
  CHECK(root.entries[0].value->place.ToString() == "test.yaml:2:4");
  CHECK(root.entries[1].place.ToString() == "test.yaml:3:1");
  REQUIRE(root.entries[1].value->items.size() == 2);
  CHECK(root.entries[1].value->items[0]->place.ToString() == "test.yaml:4:5");
  CHECK_FALSE(root.entries[1].value->items[1]->plain);
  // A missing value is where its key is, not where the parser noticed.
  CHECK(root.entries[2].value->kind == Node::Kind::kNull);
  CHECK(root.entries[2].value->place.ToString() == "test.yaml:6:1");
  CHECK(root.entries[3].value->entries[0].value->kind == Node::Kind::kNull);
}

TEST_CASE("columns count characters") {
  const auto parsed = Parse("\xC3\xA9\xF0\x9F\x99\x82: x\n");
  REQUIRE(parsed.ok());
  CHECK((*parsed)->entries[0].value->place.ToString() == "test.yaml:1:5");
}

TEST_CASE("an empty text is a null node") {
  for (const char* text : {"", "\n\n", "# only a comment\n", "---\n", "~", "null"}) {
    CAPTURE(text);
    const auto parsed = Parse(text);
    REQUIRE(parsed.ok());
    CHECK((*parsed)->kind == Node::Kind::kNull);
  }
}

TEST_CASE("block scalars keep their line breaks as written") {
  for (const auto& [text, value] :
       std::map<std::string, std::string>{{"a: |\n  x\n", "x\n"},
                                          {"a: |\n  x", "x"},
                                          {"a: |-\n  x\n", "x"},
                                          {"a: |+\n  x\n\n", "x\n\n"},
                                          {"a: >\n  x\n  y\n", "x y\n"}}) {
    CAPTURE(text);
    const auto parsed = Parse(text);
    REQUIRE(parsed.ok());
    CHECK((*parsed)->entries[0].value->scalar == value);
  }
}

TEST_CASE("aliases share their anchor's node") {
  const auto parsed = Parse("a: &x [1, 2]\nb: *x\n");
  REQUIRE(parsed.ok());
  CHECK((*parsed)->entries[0].value == (*parsed)->entries[1].value);
}

TEST_CASE("a chain of aliases that would be huge when expanded is small") {
  std::string text = "a0: &a0 x\n";
  for (int i = 1; i < 60; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    const std::string name = "a" + std::to_string(i);
    text += name + ": &" + name + " [" + last + ", " + last + "]\n";
  }
  CHECK(Parse(text).ok());
}

TEST_CASE("what is malformed or means nothing here is refused at its place") {
  CheckRefused("a: 1\nb: 2\na: 3\n", "3:1", "duplicate key 'a'");
  CheckRefused("{a: 1, 'a': 2}", "1:8", "duplicate key 'a'");
  CheckRefused("a: [1, 2\nb: 3\n", "2:2", "not YAML");
  CheckRefused("a: 'x\n", "1:6", "not YAML");
  CheckRefused("a: 'x\nb: 1\n\n", "2:5", "not YAML");
  CheckRefused("a: \"x\nb: 1 \n \t", "2:5", "not YAML");
  CheckRefused("a:\n\t- x\n", "2:2", "not YAML");
  CheckRefused("a: b: c\n", "1:5", "not YAML");
  CheckRefused("a: *x\n", "1:4", "not YAML");
  CheckRefused("a: &x [*x]\n", "1:8", "alias inside the value");
  CheckRefused("a: !!int 3\n", "1:4", "tags mean nothing");
  CheckRefused("a: !custom [1]\n", "1:4", "tags mean nothing");
  CheckRefused("a: 1\n---\nb: 2\n", "2:1", "second YAML document");
  CheckRefused("[a]: 1\n", "1:1", "key must be a word");
  CheckRefused("? {a: 1}\n: 2\n", "1:3", "key must be a word");
  CheckRefused("a: &x {b: 1}\nc:\n  <<: *x\n", "3:3", "merge keys");
}

TEST_CASE("bytes that are no text are refused at their place") {
  CheckRefused("a: 1\nb: \x01\n", "2:4", "control character");
  CheckRefused("a: x\x04\nb: [", "1:5", "control character");
  CheckRefused(std::string("a: \0\n", 5), "1:4", "control character");
  CheckRefused("a: \x7F\n", "1:4", "control character");
  CheckRefused("a: \xFF\n", "1:4", "not valid UTF-8");
  CheckRefused("\xC3\xA9: \xC3(\n", "1:4", "not valid UTF-8");
  CHECK(Parse("a: \xEF\xBF\xBD\r\n").ok());
}

TEST_CASE("depth and size are bounded") {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  CHECK_FALSE(Parse(deep).ok());
  CHECK_FALSE(Parse(std::string(100'000, '{')).ok());
  std::string indented;
  for (int i = 0; i < 1000; ++i) indented += std::string(static_cast<size_t>(i), ' ') + "a:\n";
  CHECK_FALSE(Parse(indented).ok());
  const auto large = Parse("a: " + std::string(1024 * 1024, 'x'));
  REQUIRE_FALSE(large.ok());
  CHECK_THAT(large.error().message, Contains("larger than 1 MiB"));
}
