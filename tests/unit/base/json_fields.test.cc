// Members of JSON, as they are asked for.
#include "base/json_fields.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace nano {
namespace {

const Json& Example() {
  static const Json json =
      Json::Parse(
          R"({"text":"a","flag":true,"number":-7,"count":18446744073709551615,)"
          R"("decimal":1.5,"list":["x",1],"texts":["x","y"],"members":{"a":1},"null":null})")
          .value();
  return json;
}

TEST_CASE("what is not said is as good as empty", "[json]") {
  CHECK(TextOf(Example(), "text") == "a");
  CHECK(TextOf(Example(), "flag").empty());
  CHECK(TextOf("a text", "text").empty());
  CHECK(FlagOf(Example(), "flag"));
  CHECK_FALSE(FlagOf(Example(), "none"));
  CHECK(NumberOf(Example(), "number") == -7);
  CHECK(NumberOf(Example(), "decimal") == 0);
  CHECK(CountOf(Example(), "count") == UINT64_MAX);
  CHECK(CountOf(Example(), "number") == 0);
  CHECK(DecimalOf(Example(), "decimal") == 1.5);
  CHECK(ListOf(Example(), "list").size() == 2);
  CHECK(ListOf(Example(), "members").empty());
  CHECK(MembersOf(Example(), "members").size() == 1);
  CHECK(TextsOf(Example(), "list") == std::vector<std::string>{"x"});
  CHECK(MemberOf(Example(), "none").is_null());
}

TEST_CASE("lists of texts are that as a whole", "[json]") {
  CHECK(AllTexts(MemberOf(Example(), "texts")) == std::vector<std::string>{"x", "y"});
  CHECK_FALSE(AllTexts(MemberOf(Example(), "list")).has_value());
  CHECK_FALSE(AllTexts("x").has_value());
}

TEST_CASE("of required fields the first one that is wrong is told", "[json]") {
  RequiredFields fields(Example());
  CHECK(fields.Text("text") == "a");
  CHECK(fields.Flag("flag"));
  CHECK(fields.Number("number") == -7);
  CHECK(fields.Count("count") == UINT64_MAX);
  CHECK(fields.Decimal("decimal") == 1.5);
  CHECK(fields.List("list").size() == 2);
  CHECK(fields.Members("members").size() == 1);
  CHECK(fields.missing().empty());
  CHECK(fields.Count("number") == 0);
  CHECK(fields.Text("none").empty());
  CHECK(fields.missing() == "number");

  const auto missing = [](const auto& read) {
    RequiredFields other(Example());
    read(other);
    return other.missing();
  };
  CHECK(missing([](RequiredFields& of) { of.Text("null"); }) == "null");
  CHECK(missing([](RequiredFields& of) { of.Flag("text"); }) == "text");
  CHECK(missing([](RequiredFields& of) { of.Number("decimal"); }) == "decimal");
  CHECK(missing([](RequiredFields& of) { of.Decimal("text"); }) == "text");
  CHECK(missing([](RequiredFields& of) { of.List("members"); }) == "members");
  CHECK(missing([](RequiredFields& of) { of.Members("list"); }) == "list");
}

}  // namespace
}  // namespace nano
