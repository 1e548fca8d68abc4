// runtime/source_map.h
#include "runtime/source_map.h"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "base/json.h"

namespace nano::runtime {
namespace {

// What esbuild 0.28 wrote for two files, "src/index.ts" and "src/a b/ü%20c.ts", with --minify.
constexpr std::string_view kBundle =
    R"JS((()=>{function o(r){return"\xE9"+r}var n=r=>{throw new Error(o(r)+"\u{1F600}")};n(1);})();)JS";
constexpr std::string_view kMap = R"JSON({
  "version": 3,
  "sources": ["../app/src/a b/%C3%BC%2520c.ts", "../app/src/index.ts"],
  "sourcesContent": ["export function g(y:number){ return \"\u00E9\"+y; }\n", "import {g} from \"./a b/\u00FC%20c.ts\"; export const f = (x:number)=>{ throw new Error(g(x)+\"\uD83D\uDE00\"); }; f(1)\n"],
  "mappings": "MAAO,SAASA,EAAEC,EAAS,CAAE,MAAO,OAAIA,CAAG,CCAF,IAAMC,EAAKC,GAAW,CAAE,MAAM,IAAI,MAAMC,EAAED,CAAC,EAAE,WAAI,CAAG,EAAGD,EAAE,CAAC",
  "names": ["g", "y", "f", "x", "g"]
})JSON";

const SourceMapOptions kPlaces{.map_directory = "/build/dist", .base_directory = "/build/app"};

std::string Encode(std::string_view json, const SourceMapOptions& options = {}) {
  auto encoded = EncodeSourceMap(json, options);
  if (!encoded.ok()) FAIL(encoded.error().ToString());
  return *encoded;
}

std::string EncodeError(std::string_view json) {
  const auto encoded = EncodeSourceMap(json, {});
  REQUIRE_FALSE(encoded.ok());
  CHECK_FALSE(encoded.error().hint.empty());
  return encoded.error().message;
}

uint32_t ColumnOf(std::string_view code) {
  const size_t at = kBundle.find(code);
  REQUIRE(at != std::string_view::npos);
  return static_cast<uint32_t>(at + 1);
}

std::string Vlq(int64_t value) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  uint64_t rest =
      value < 0 ? static_cast<uint64_t>(-value) << 1 | 1 : static_cast<uint64_t>(value) << 1;
  std::string out;
  do {
    const uint64_t digit = rest & 31;
    rest >>= 5;
    out += kDigits[digit | (rest == 0 ? 0 : 32)];
  } while (rest != 0);
  return out;
}

TEST_CASE("A position in a bundle leads to the source") {
  const std::string bytes = Encode(kMap, kPlaces);
  const SourceMap map(bytes);
  REQUIRE_FALSE(map.empty());

  const auto thrown = map.Lookup(1, ColumnOf("new Error"));
  REQUIRE(thrown);
  CHECK(thrown->source == "src/index.ts");
  CHECK(thrown->line == 1);
  CHECK(thrown->column == 72);
  CHECK(thrown->name.empty());
  CHECK_FALSE(thrown->line_text);

  // Inside of a segment, the segment's start.
  const auto inside = map.Lookup(1, ColumnOf("w Error"));
  REQUIRE(inside);
  CHECK(inside->column == 72);

  const auto renamed = map.Lookup(1, ColumnOf("o(r)+"));
  REQUIRE(renamed);
  CHECK(renamed->name == "g");

  const auto other_file = map.Lookup(1, ColumnOf("function o"));
  REQUIRE(other_file);
  CHECK(other_file->source == "src/a b/ü%20c.ts");

  CHECK_FALSE(map.Lookup(1, 1));  // The bundler's own "(()=>{".
  CHECK_FALSE(map.Lookup(2, 1));
  CHECK_FALSE(map.Lookup(0, 1));
  CHECK_FALSE(map.Lookup(1, 0));
  CHECK(map.Lookup(1, UINT32_MAX));
  CHECK_FALSE(map.Lookup(UINT32_MAX, UINT32_MAX));
}

TEST_CASE("Contents are kept only when asked for") {
  const std::string without = Encode(kMap, kPlaces);
  CHECK(without.find("throw new Error") == std::string::npos);
  CHECK_FALSE(SourceMap(without).Content("src/index.ts"));

  SourceMapOptions options = kPlaces;
  options.keep_contents = true;
  const std::string with = Encode(kMap, options);
  const SourceMap map(with);
  const auto position = map.Lookup(1, ColumnOf("function o"));
  REQUIRE(position);
  CHECK(position->line_text == "export function g(y:number){ return \"é\"+y; }");
  CHECK(map.Content("src/index.ts")->ends_with("f(1)\n"));
  CHECK_FALSE(map.Content("src/other.ts"));
  // Names come after the contents.
  CHECK(map.Lookup(1, ColumnOf("o(r)+"))->name == "g");
}

TEST_CASE("A line's text ends where any line terminator stands") {
  const Json json =
      Json::Object{{"version", 3},
                   {"sources", Json::Array{"a.js"}},
                   {"sourcesContent", Json::Array{"one\r\ntwo\rthree\u2028four\nfive"}},
                   {"mappings", "AAAA;AACA;AACA;AACA;AACA;AACA"},
                   {"names", Json::Array()}};
  const std::string bytes = Encode(json.ToString(), {.keep_contents = true});
  const SourceMap map(bytes);
  const char* const lines[] = {"one", "two", "three", "four", "five", ""};
  for (uint32_t line = 1; line <= 6; ++line)
    CHECK(map.Lookup(line, 1)->line_text == lines[line - 1]);
}

TEST_CASE("Sources become relative to the base directory") {
  const auto relocate = [](std::string_view source, std::string_view map_directory,
                           std::string_view base, std::string_view root = "") {
    const Json json = Json::Object{{"version", 3},
                                   {"sources", Json::Array{source}},
                                   {"sourceRoot", root},
                                   {"mappings", "AAAA"},
                                   {"names", Json::Array()}};
    const std::string bytes = Encode(json.ToString(), {.map_directory = std::string(map_directory),
                                                       .base_directory = std::string(base)});
    return std::string(SourceMap(bytes).Lookup(1, 1)->source);
  };
  CHECK(relocate("../app/src/a.ts", "/w/dist", "/w/app") == "src/a.ts");
  CHECK(relocate("../app/./src//x/../a.ts", "/w/dist/", "/w/app/") == "src/a.ts");
  CHECK(relocate("../lib/a.ts", "/w/dist", "/w/app") == "../lib/a.ts");
  CHECK(relocate("../application/a.ts", "/w/dist", "/w/app") == "../application/a.ts");
  CHECK(relocate("/w/app/a.ts", "/elsewhere", "/w/app") == "a.ts");
  CHECK(relocate("file:///w/app/a.ts", "/elsewhere", "/w/app") == "a.ts");
  CHECK(relocate("a.ts", "/w/dist", "/w/app", "../app/src") == "src/a.ts");
  CHECK(relocate("app/a.ts", ".", "app") == "a.ts");
  CHECK(relocate("nano:entry", "/w/dist", "/w/app") == "nano:entry");
  CHECK(relocate("https://x.org/a.ts", "/w/dist", "/w/app") == "https://x.org/a.ts");
  CHECK(relocate("100%/%zz/%41.ts", "", "") == "100%/%zz/A.ts");
}

TEST_CASE("Stack traces name the original files and keep everything else") {
  const std::string bytes = Encode(kMap, kPlaces);
  const SourceMap map(bytes);
  const std::string at = ":1:" + std::to_string(ColumnOf("new Error"));
  const std::string stack = "Error: app.js:9 broke\n    at n (app.js" + at +
                            ")\n    at async app.js" + at + "\n    at new Foo (eval at n (app.js" +
                            at +
                            "), <anonymous>:1:1)\n    at node:internal:1:2\n    at Array.map "
                            "(<anonymous>)\n    at app.js:1:1\n    at app.js:7:7";
  CHECK(
      MapStack(stack, "app.js", map) ==
      "Error: app.js:9 broke\n    at n (src/index.ts:1:72)\n    at async src/index.ts:1:72\n"
      "    at new Foo (eval at n (src/index.ts:1:72), <anonymous>:1:1)\n    at node:internal:1:2\n"
      "    at Array.map (<anonymous>)\n    at app.js:1:1\n    at app.js:7:7");

  for (const std::string& other :
       {"my-app.js" + at, "/x/app.js" + at, "app.jsx" + at, std::string("app.js"),
        std::string("app.js:"), std::string("app.js:1"), std::string("app.js:1:"),
        std::string("app.js:0:1"), std::string("app.js:-1:1"), std::string("app.js:99999999999:1"),
        std::string()}) {
    CHECK(MapStack(other, "app.js", map) == other);
  }
  CHECK(MapStack(stack, "", map) == stack);
  CHECK(MapStack(stack, "app.js", SourceMap()) == stack);
}

TEST_CASE("stacks end where the app was called") {
  const auto dropped = [](std::string text) {
    DropRuntimeTail(text);
    return text;
  };
  const std::string head = "GET /: Error: broken\n    at f (src/a.ts:1:2)";
  CHECK(dropped(head + "\n    at dispatch2 (nano:web:10:20)\n    at async nano:web/streams:7:8") ==
        head);
  CHECK(dropped(head + "\n    at async Promise.all (index 0)\n    at new X (nano:web:1:1)\n") ==
        head + "\n    at async Promise.all (index 0)\n");
  // Those above a frame of the app tell how it was reached.
  const std::string inner = "Error: x\n    at forEach (nano:web:1:2)\n    at src/a.ts:3:4";
  CHECK(dropped(inner) == inner);
  CHECK(dropped(inner + "\n    at call (nano:web:5:6)") == inner);
  // A trace without frames of the app keeps its only ones; each trace of a text is its own.
  const std::string only = "TypeError: y\n    at a (nano:web:1:2)\n    at b (nano:web:3:4)";
  CHECK(dropped(only) == only);
  CHECK(dropped(only + "\nCaused by: " + inner + "\n    at call (nano:web:5:6)") ==
        only + "\nCaused by: " + inner);
  // The console's formatting goes on behind the last frame, and indents causes.
  CHECK(dropped(head + "\n    at d (nano:web:1:2) {\n  code: 'E'\n}") ==
        head + " {\n  code: 'E'\n}");
  CHECK(dropped(
            "E {\n  [cause]: Error: z\n      at g (src/b.ts:1:2)\n      at h (nano:web:1:2)\n}") ==
        "E {\n  [cause]: Error: z\n      at g (src/b.ts:1:2)\n}");
  // Texts that are no frames.
  for (const std::string text :
       {"nano:web:1:2", "see nano:web:1:2\nat f (src/a.ts:1:2)\nat g (nano:web:1:2)",
        "    at f (src/a.ts:1:2)\n    at nano:web:x:2",
        "    at f (src/a.ts:1:2)\n    at nano:web:1",
        "    at f (src/a.ts:1:2)\n    at g (xnano:web:1:2)",
        "    at f (src/a.ts:1:2)\n    at g (nano:web/s)",
        "    at f (src/a.ts:1:2)\n    at g (nano:web:1:2", ""}) {
    CHECK(dropped(text) == text);
  }
}

// A random map, and the segments it was made from.
struct Model {
  struct Entry {
    uint32_t line, column;
    int source;  // -1: none
    uint32_t original_line, original_column;
    int name;
  };
  std::vector<Entry> entries;
  std::string json;
};

Model MakeModel(uint32_t seed, size_t count, int new_line_percent) {
  std::mt19937 random(seed);
  const auto below = [&random](uint32_t limit) { return static_cast<int>(random() % limit); };
  Model model;
  std::string mappings;
  int64_t source = 0, original_line = 0, original_column = 0, name = 0;
  uint32_t line = 0, column = 0;
  bool first = true;
  for (size_t i = 0; i < count; ++i) {
    if (below(100) < new_line_percent) {
      const int lines = 1 + (below(10) == 0 ? below(300) : 0);
      mappings.append(static_cast<size_t>(lines), ';');
      line += static_cast<uint32_t>(lines);
      column = 0;
      first = true;
    }
    const int step = first ? below(3) : 1 + below(below(20) == 0 ? 5000 : 12);
    column += static_cast<uint32_t>(step);
    if (!first) mappings += ',';
    first = false;
    mappings += Vlq(step);
    Model::Entry entry{line, column, -1, 0, 0, -1};
    if (below(10) != 0) {
      const int64_t next[] = {below(4) == 0 ? below(5) : source,
                              below(3) == 0 ? below(100'000) : original_line, below(3000)};
      mappings +=
          Vlq(next[0] - source) + Vlq(next[1] - original_line) + Vlq(next[2] - original_column);
      source = next[0];
      original_line = next[1];
      original_column = next[2];
      entry.source = static_cast<int>(source);
      entry.original_line = static_cast<uint32_t>(original_line);
      entry.original_column = static_cast<uint32_t>(original_column);
      if (below(3) == 0) {
        const int64_t next_name = below(3);
        mappings += Vlq(next_name - name);
        name = next_name;
        entry.name = static_cast<int>(name);
      }
    }
    model.entries.push_back(entry);
  }
  model.json = Json(Json::Object{{"version", 3},
                                 {"sources", Json::Array{"s0", "s1", "s2", "s3", "s4"}},
                                 {"names", Json::Array{"n0", "n1", "n2"}},
                                 {"mappings", mappings}})
                   .ToString();
  return model;
}

TEST_CASE("Lookups agree with a plain search, in maps of any shape") {
  for (uint32_t seed = 1; seed <= 12; ++seed) {
    const Model model = MakeModel(seed, seed * 97, seed % 3 == 0 ? 0 : static_cast<int>(seed) * 5);
    const std::string bytes = Encode(model.json);
    const SourceMap map(bytes);
    for (size_t i = 0; i < model.entries.size(); ++i) {
      for (const uint32_t offset : {0u, 1u, 6000u}) {
        const uint32_t line = model.entries[i].line;
        const uint32_t column = model.entries[i].column + offset;
        const Model::Entry* expected = nullptr;
        for (const Model::Entry& entry : model.entries) {
          if (entry.line == line && entry.column <= column) expected = &entry;
        }
        REQUIRE(expected != nullptr);
        const auto found = map.Lookup(line + 1, column + 1);
        REQUIRE(found.has_value() == (expected->source >= 0));
        if (!found) continue;
        REQUIRE(found->source == "s" + std::to_string(expected->source));
        REQUIRE(found->line == expected->original_line + 1);
        REQUIRE(found->column == expected->original_column + 1);
        REQUIRE(found->name == (expected->name < 0 ? "" : "n" + std::to_string(expected->name)));
      }
    }
  }
}

TEST_CASE("A line's segments may come in any order") {
  const std::string bytes = Encode(R"({"version":3,"sources":["a"],"names":[],"mappings":")" +
                                   Vlq(10) + "AAA," + Vlq(-8) + "ACA," + Vlq(4) + "ACA\"}");
  const SourceMap map(bytes);
  CHECK_FALSE(map.Lookup(1, 2));
  CHECK(map.Lookup(1, 3)->line == 2);
  CHECK(map.Lookup(1, 7)->line == 3);
  CHECK(map.Lookup(1, 11)->line == 1);
}

TEST_CASE("Malformed maps are refused with what is wrong") {
  const auto with_mappings = [](const std::string& mappings) {
    return R"({"version":3,"sources":["a"],"names":["n"],"mappings":")" + mappings + "\"}";
  };
  CHECK(EncodeError("") == "the source map is malformed: it is not JSON");
  CHECK(EncodeError("[]") == "the source map is malformed: it is not an object");
  CHECK(EncodeError(R"({"version":2,"sources":[],"mappings":""})") ==
        "the source map is malformed: \"version\" is not 3");
  CHECK(EncodeError(R"({"version":3,"sources":[]})") ==
        "the source map is malformed: no \"mappings\" string");
  CHECK(EncodeError(R"({"version":3,"sources":[1],"mappings":""})") ==
        "the source map is malformed: bad \"sources\"");
  CHECK(EncodeError(R"({"version":3,"sources":[],"names":[{}],"mappings":""})") ==
        "the source map is malformed: bad \"names\"");
  CHECK(EncodeError(R"({"version":3,"sections":[]})").find("sections") != std::string::npos);
  for (const char* mappings : {"!", "A!AA", "AA", "AAA", "AAAAAA", "D", "ACAA", "AADA", "AAAAC",
                               "g", "gggggggA", "AAAAggggggggggA", "AAAA,,!", "AAggggggE"}) {
    CAPTURE(mappings);
    CHECK(EncodeError(with_mappings(mappings)).find("bad mapping") != std::string::npos);
  }
  // Fine: nothing at all, and separators without segments.
  for (const char* mappings : {"", ";;;", ",,;", "A;A"}) {
    const std::string bytes = Encode(with_mappings(mappings));
    CHECK_FALSE(SourceMap(bytes).Lookup(1, 1));
  }
}

TEST_CASE("Bytes that are no source map hold no entries") {
  const std::string bytes = Encode(kMap, kPlaces);
  CHECK(SourceMap("").empty());
  CHECK(SourceMap(std::string_view("NSM1")).empty());
  for (size_t size = 0; size < bytes.size(); ++size)
    CHECK(SourceMap(bytes.substr(0, size)).empty());
  CHECK(SourceMap(bytes + "x").empty());
  CHECK(SourceMap("NSM2" + bytes.substr(4)).empty());
}

TEST_CASE("Damaged bytes never lead outside of them") {
  const Model model = MakeModel(7, 500, 10);
  SourceMapOptions options;
  options.keep_contents = true;
  const std::string original = Encode(model.json, options);
  std::mt19937 random(1);
  size_t answers = 0;
  for (int round = 0; round < 3000; ++round) {
    // In a heap block of its own exact size, for the address sanitizer.
    std::vector<char> bytes(original.begin(), original.end());
    const size_t flips = 1 + random() % 4;
    for (size_t i = 0; i < flips; ++i) {
      // Half of the damage goes to the header and the indices.
      const size_t limit = random() % 2 == 0 ? 200 : bytes.size();
      bytes[8 + random() % (limit - 8)] = static_cast<char>(random());
    }
    const SourceMap map(std::string_view(bytes.data(), bytes.size()));
    for (int i = 0; i < 20; ++i) {
      const auto found = map.Lookup(1 + random() % 600, 1 + random() % 300);
      if (!found) continue;
      ++answers;
      // Reads what the views show.
      volatile size_t sum = 0;
      for (const char c : found->source) sum = sum + static_cast<size_t>(c);
      for (const char c : found->name) sum = sum + static_cast<size_t>(c);
    }
  }
  CHECK(answers > 1000);
}

}  // namespace
}  // namespace nano::runtime
