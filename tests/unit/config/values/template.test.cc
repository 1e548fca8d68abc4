// Values with variables of the environment.
#include "config/values/template.h"

#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <string>

using namespace nano;
using namespace nano::config;
using Catch::Contains;

TEST_CASE("variables are expanded") {
  const EnvironmentLookup lookup = [](const std::string& name) -> std::optional<std::string> {
    if (name == "A") return "one";
    if (name == "EMPTY") return "";
    if (name == "NESTED") return "${A}";
    return std::nullopt;
  };
  const std::map<std::string, std::string> values = {{"", ""},
                                                     {"plain", "plain"},
                                                     {"${A}", "one"},
                                                     {"<${A}${A}>", "<oneone>"},
                                                     {"${EMPTY}", ""},
                                                     {"$${A}", "${A}"},
                                                     {"$", "$"},
                                                     {"$A", "$A"},
                                                     {"$$", "$$"},
                                                     {"$$A", "$$A"},
                                                     {"a}b", "a}b"},
                                                     {"${NESTED}", "${A}"},
                                                     {"$$${A}", "$${A}"},
                                                     {"${A:-x}", "one"},
                                                     {"${A-x}", "one"},
                                                     {"${B:-x y}", "x y"},
                                                     {"${B-x}", "x"},
                                                     {"${EMPTY:-x}", "x"},
                                                     {"${EMPTY-x}", ""},
                                                     {"${B:-}", ""},
                                                     {"${B-}", ""},
                                                     {"<${B:-a:-b?c}>", "<a:-b?c>"},
                                                     {"${B:-http://host:80/}", "http://host:80/"},
                                                     {"${B:-${A}}/${B:-${C:-deep}}", "one/deep"},
                                                     {"${B:-$${A}}", "${A}"},
                                                     {"${NESTED:-x}", "${A}"},
                                                     {"${A:+yes}", "yes"},
                                                     {"${B:+yes}", ""},
                                                     {"${EMPTY:+yes}", ""},
                                                     {"${EMPTY+yes}", "yes"},
                                                     {"${A:?needed}", "one"}};
  for (const auto& [text, expanded] : values) {
    CAPTURE(text);
    REQUIRE(ExpandEnvironment(text, lookup).ok());
    CHECK(*ExpandEnvironment(text, lookup) == expanded);
    CHECK(CheckTemplate(text).ok());
  }
  CHECK_THAT(ExpandEnvironment("${B}", lookup).error().message, Contains("variable B is not set"));
  CHECK_THAT(ExpandEnvironment("${B:-${C}}", lookup).error().message,
             Contains("variable C is not set"));
  CHECK_THAT(ExpandEnvironment("${EMPTY:?a token of the shop}", lookup).error().message,
             Contains("variable EMPTY is empty: a token of the shop"));
  CHECK_THAT(ExpandEnvironment("${B?}", lookup).error().message, Contains("variable B is not set"));
  for (const char* text : {"${B}", "${B:-${C}}", "${B:?}"}) CHECK(CheckTemplate(text).ok());
  for (const char* text :
       {"${", "a ${A", "${}", "${1A}", "${ A }", "${A:}", "${A:x}", "${A=x}", "${:-x}", "${A:-${B}",
        "${A:=x}", "${A/b/c}", "${A:+${ B }}", "${#A}", "${!A}"}) {
    CAPTURE(text);
    CHECK_FALSE(ExpandEnvironment(text, lookup).ok());
    CHECK_FALSE(CheckTemplate(text).ok());
  }
  // A default is checked, needed or not.
  CHECK_FALSE(CheckTemplate("${A:-${1}}").ok());
}

TEST_CASE("what a template needs of the environment") {
  for (const char* text : {"", "plain", "$A", "$${A}", "$", "$$${A}", "${A:-x}", "${A-}", "${A:+x}",
                           "${A:-${B:-x}}"}) {
    CHECK_FALSE(NeedsEnvironment(text));
  }
  for (const char* text : {"${A}", "<${A}>", "${A:?why}", "${A?}", "${A:-${B}}", "${A:-x}${B}"}) {
    CHECK(NeedsEnvironment(text));
  }
}
