// Words, units, addresses, hosts and variables: the values that nano.yaml is made of.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>

#include "config/address.h"
#include "config/environment.h"
#include "config/host_pattern.h"
#include "config/suggest.h"
#include "config/units.h"

using namespace nano;
using namespace nano::config;
using namespace std::chrono_literals;
using Catch::Contains;

TEST_CASE("sizes are read in both kinds of units") {
  const std::map<std::string, uint64_t> sizes = {
      {"0", 0},          {"4096", 4096},         {"7B", 7},           {"16KiB", 16384},
      {"16 KiB", 16384}, {"10MB", 10'000'000},   {"128MiB", 1 << 27}, {"2GiB", uint64_t{1} << 31},
      {"1KB", 1000},     {"3GB", 3'000'000'000}, {"007", 7}};
  for (const auto& [text, bytes] : sizes) {
    CAPTURE(text);
    REQUIRE(ParseSize(text).ok());
    CHECK(*ParseSize(text) == bytes);
  }
}

TEST_CASE("what is no size is refused with an example") {
  for (const char* text : {"", "KiB", "-1", "+1", "1.5MiB", "16kib", "16K", "16  KiB", "16KiB ",
                           " 1", "1e3", "0x10", "sixteen", "16KiBs"}) {
    CAPTURE(text);
    REQUIRE_FALSE(ParseSize(text).ok());
    CHECK_THAT(ParseSize(text).error().message, Contains("is not a size"));
    CHECK_THAT(ParseSize(text).error().hint, Contains("16KiB"));
  }
  for (const char* text : {"99999999999999999999", "9223372036854775808", "8589934592GiB"}) {
    CAPTURE(text);
    REQUIRE_FALSE(ParseSize(text).ok());
    CHECK_THAT(ParseSize(text).error().message, Contains("too large"));
  }
}

TEST_CASE("durations need a unit") {
  CHECK(*ParseDuration("500ms") == 500ms);
  CHECK(*ParseDuration("75s") == 75s);
  CHECK(*ParseDuration("2m") == 2min);
  CHECK(*ParseDuration("0s") == 0ms);
  REQUIRE_FALSE(ParseDuration("75").ok());
  CHECK_THAT(ParseDuration("75").error().message, Contains("has no unit"));
  for (const char* text :
       {"", "s", "-1s", "1h", "1.5s", "1M", "99999999999999999999s", "9223372036854775807s"}) {
    CAPTURE(text);
    CHECK_FALSE(ParseDuration(text).ok());
  }
}

TEST_CASE("sizes and durations print as they are read") {
  CHECK(FormatSize(0) == "0");
  CHECK(FormatSize(1000) == "1000");
  CHECK(FormatSize(16384) == "16KiB");
  CHECK(FormatSize(uint64_t{3} << 30) == "3GiB");
  CHECK(FormatDuration(1500ms) == "1500ms");
  CHECK(FormatDuration(90s) == "90s");
  CHECK(FormatDuration(2min) == "2m");
  CHECK(FormatDuration(0ms) == "0ms");
}

TEST_CASE("addresses to listen on") {
  CHECK(*ParseAddress("127.0.0.1:8080") == Address{"127.0.0.1", 8080});
  CHECK(*ParseAddress("[::]:80") == Address{"::", 80});
  CHECK(*ParseAddress("[0:0::1]:0") == Address{"::1", 0});
  CHECK(*ParseAddress(":8080") == Address{"", 8080});
  CHECK(*ParseAddress("8080") == Address{"", 8080});
  CHECK(*ParseAddress("localhost:65535") == Address{"127.0.0.1", 65535});
  CHECK(ParseAddress("[::1]:80")->ToString() == "[::1]:80");
  CHECK(ParseAddress("80")->ToString() == ":80");
  CHECK(ParseAddress("10.0.0.1:1")->ToString() == "10.0.0.1:1");
}

TEST_CASE("what is no address is refused with the reason") {
  const std::map<std::string, std::string> reasons = {{"", "no port"},
                                                      {"127.0.0.1", "no port"},
                                                      {"localhost", "no port"},
                                                      {"[::1]", "no port"},
                                                      {"127.0.0.1:", "not an"},
                                                      {"127.0.0.1:http", "not an"},
                                                      {"127.0.0.1:-1", "not an"},
                                                      {"127.0.0.1:65536", "65535"},
                                                      {"99999999999", "65535"},
                                                      {"::1:80", "ambiguous"},
                                                      {"example.com:80", "not an IP"},
                                                      {"256.0.0.1:80", "not an IP"},
                                                      {"[::g]:80", "not an IP"},
                                                      {"[127.0.0.1]:80", "not an IP"},
                                                      {"[]:80", "not an IP"},
                                                      {" 127.0.0.1:80", "not an IP"},
                                                      {"127.0.0.1:80 ", "not an"}};
  for (const auto& [text, reason] : reasons) {
    CAPTURE(text);
    REQUIRE_FALSE(ParseAddress(text).ok());
    CHECK_THAT(ParseAddress(text).error().message, Contains(reason));
  }
}

TEST_CASE("host patterns have one spelling") {
  CHECK(*ParseHostPattern("Shop.Example.COM") == "shop.example.com");
  CHECK(*ParseHostPattern("*.Shop.example.com") == "*.shop.example.com");
  CHECK(*ParseHostPattern("localhost") == "localhost");
  CHECK(*ParseHostPattern("127.0.0.1") == "127.0.0.1");
  CHECK(*ParseHostPattern("my_app") == "my_app");
  CHECK(*ParseHostPattern("xn--caf-dma.example") == "xn--caf-dma.example");
  CHECK(*ParseHostPattern("[::1]") == "[::1]");
  CHECK(*ParseHostPattern("2001:DB8:0:0::1") == "[2001:db8::1]");
  CHECK(*ParseHostPattern(std::string(63, 'a') + ".b") == std::string(63, 'a') + ".b");
}

TEST_CASE("what is no host pattern is refused with the reason") {
  const std::map<std::string, std::string> reasons = {{"", "is not a host"},
                                                      {"*", "alone"},
                                                      {"*.", "is not a host"},
                                                      {"a.*.com", "wrong place"},
                                                      {"*a.com", "wrong place"},
                                                      {"*.*.com", "wrong place"},
                                                      {"a.com:80", "has a port"},
                                                      {"[::1]:80", "has a port"},
                                                      {"a:b", "is not a host"},
                                                      {"[127.0.0.1]", "is not a host"},
                                                      {"http://a.com", "is not a host"},
                                                      {"a.com/x", "is not a host"},
                                                      {"a..com", "is not a host"},
                                                      {".com", "is not a host"},
                                                      {"a.com.", "is not a host"},
                                                      {"-a.com", "is not a host"},
                                                      {"a-.com", "is not a host"},
                                                      {"a b", "is not a host"},
                                                      {"caf\xC3\xA9.com", "not ASCII"},
                                                      {std::string(64, 'a'), "is not a host"},
                                                      {std::string("a\0b", 3), "is not a host"}};
  for (const auto& [text, reason] : reasons) {
    CAPTURE(text);
    REQUIRE_FALSE(ParseHostPattern(text).ok());
    CHECK_THAT(ParseHostPattern(text).error().message, Contains(reason));
  }
  std::string longest = std::string(63, 'a');
  while (longest.size() < 254) longest += ".a";
  CHECK_FALSE(ParseHostPattern(longest).ok());
}

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

TEST_CASE("the process's own environment is looked up") {
  const EnvironmentLookup lookup = ProcessEnvironment();
  REQUIRE(setenv("NANO_TEST_VARIABLE", "value", 1) == 0);
  CHECK(lookup("NANO_TEST_VARIABLE") == "value");
  REQUIRE(unsetenv("NANO_TEST_VARIABLE") == 0);
  CHECK(lookup("NANO_TEST_VARIABLE") == std::nullopt);
}

TEST_CASE("the nearest word is suggested, if any is near") {
  const std::vector<std::string_view> words = {"hosts", "path", "entry", "env", "limits"};
  CHECK(Nearest("hostz", words) == "hosts");
  CHECK(Nearest("host", words) == "hosts");
  CHECK(Nearest("Path", words) == "path");
  CHECK(Nearest("apth", words) == "path");
  CHECK(Nearest("limit", words) == "limits");
  CHECK(Nearest("xyz", words).empty());
  CHECK(Nearest("", words).empty());
  CHECK(Nearest(std::string(10'000, 'h'), words).empty());
  CHECK(Suggest("hostz", words) == "Did you mean 'hosts'?");
  CHECK(Suggest("xyz", words) == "Known here: hosts, path, entry, env, limits.");
}
