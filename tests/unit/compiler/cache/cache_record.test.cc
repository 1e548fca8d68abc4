// Entries of the build cache as text, and back.
#include "compiler/cache/cache_record.h"

#include <catch2/catch.hpp>
#include <string>

namespace nano::compiler {
namespace {

CacheRecord Example() {
  CacheRecord record{
      .inputs = {.list = {{.lookup = {.path = "src/a.ts", .opened = true}, .state = "file 0123"},
                          {.lookup = {.path = "../b", .opened = false}, .state = "none"}},
                 .names = {{"", {"index", "package"}}, {"lib", {"x"}}},
                 .all_names = true},
      .appearance = "look"};
  return record;
}

AppResult ExampleResult() {
  return {.name = "shop",
          .entry = "src/a.ts",
          .errors = {},
          .warnings = {{.message = "a\nb", .where = "c:1:2", .hint = "d", .excerpt = "  > 1"}},
          .notes = {{.message = "note", .where = "", .hint = ""}},
          .log = {{.level = runtime::LogLevel::kWarn, .text = "said \"so\" \xff"}},
          .container = "/c.snap",
          .digest = "abc",
          .bundle_bytes = uint64_t{1} << 53,
          .snapshot_bytes = 1,
          .build_ms = 0.1,
          .boot_ms = 1234.5678,
          .first_request_ms = 3,
          .first_status = 404,
          .first_problem = "none",
          .cached = true};
}

TEST_CASE("records are read as they were written") {
  const std::string text = EncodeRecord(Example(), ExampleResult());
  CHECK(text.find('\n') == text.rfind('\n'));
  CHECK(text.starts_with(R"({"all_names":true,"appearance":"look",)"
                         R"("inputs":[[true,"src/a.ts","file 0123"],[false,"../b","none"]],)"
                         R"("names":{"":["index","package"],"lib":["x"]}})"));
  const auto record = DecodeRecord(text);
  REQUIRE(record.has_value());
  CHECK(DigestOf(record->inputs) == DigestOf(Example().inputs));
  CHECK(record->inputs.names == Example().inputs.names);
  CHECK(record->inputs.all_names);
  CHECK(record->appearance == "look");
  const auto result = DecodeRecordedResult(text);
  REQUIRE(result.has_value());
  CHECK(result->warnings.at(0).message == "a\nb");
  CHECK(result->warnings.at(0).where == "c:1:2");
  CHECK(result->warnings.at(0).hint == "d");
  CHECK(result->warnings.at(0).excerpt == "  > 1");
  CHECK(result->notes.at(0).message == "note");
  CHECK(result->log.at(0).level == runtime::LogLevel::kWarn);
  CHECK(result->log.at(0).text == "said \"so\" \uFFFD");
  CHECK(result->bundle_bytes == uint64_t{1} << 53);
  CHECK(result->build_ms == 0.1);
  CHECK(result->boot_ms == 1234.5678);
  CHECK(result->first_status == 404);
  CHECK(result->cached);
}

TEST_CASE("names may matter in very many folders") {
  CacheRecord many = Example();
  for (int i = 0; i < 10'000; ++i) many.inputs.names["lib/" + std::to_string(i)] = {"index"};
  const auto record = DecodeRecord(EncodeRecord(many, ExampleResult()));
  REQUIRE(record.has_value());
  CHECK(record->inputs.names == many.inputs.names);
}

TEST_CASE("paths that are no UTF-8 are not kept") {
  CacheRecord path = Example();
  path.inputs.list[0].lookup.path = "src/\xff.ts";
  CHECK_FALSE(DecodeRecord(EncodeRecord(path, ExampleResult())).has_value());
  CacheRecord name = Example();
  name.inputs.names["\xff"] = {"x"};
  CHECK_FALSE(DecodeRecord(EncodeRecord(name, ExampleResult())).has_value());
}

TEST_CASE("damaged records are none") {
  const std::string text = EncodeRecord(Example(), ExampleResult());
  const auto replaced = [&text](const std::string& what, const std::string& by) {
    std::string other = text;
    return other.replace(other.find(what), what.size(), by);
  };
  CHECK_FALSE(DecodeRecord("").has_value());
  CHECK_FALSE(DecodeRecord(text.substr(0, 40)).has_value());
  CHECK_FALSE(DecodeRecord(replaced("[true,", "[1,")).has_value());
  CHECK_FALSE(DecodeRecord(replaced(",\"none\"]", "]")).has_value());
  CHECK_FALSE(DecodeRecord(replaced("[\"x\"]", "\"x\"")).has_value());
  CHECK_FALSE(DecodeRecord(replaced("\"appearance\"", "\"other\"")).has_value());
  CHECK_FALSE(DecodeRecordedResult(text.substr(0, text.size() - 1)).has_value());
  CHECK_FALSE(DecodeRecordedResult(replaced("\"digest\"", "\"other\"")).has_value());
  CHECK_FALSE(DecodeRecordedResult(replaced("\"build_ms\":", "\"build_ms\":-\"\"")).has_value());
  CHECK_FALSE(DecodeRecordedResult(text.substr(0, text.find('\n'))).has_value());
}

}  // namespace
}  // namespace nano::compiler
