// Rules that name hosts: what they match is held in tables by their users, proxies and the outbound
// policy; here is what is no rule, and what is said of it.
#include "base/host_rule.h"

#include <catch2/catch.hpp>

namespace nano {
namespace {

TEST_CASE("host rule: what is none, and what to do") {
  struct Case {
    const char *text, *message, *hint;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"", "names no host", "api.example.com"},
           {"a b", "names no host", "api.example.com"},
           {"a..b", "names no host", "api.example.com"},
           {"*.", "names no host", "api.example.com"},
           {".example.com", "names no host", "api.example.com"},
           {"https://a.example", "is not a host", "Leave out the scheme"},
           {"a.example/path", "is not a network", "10.0.0.0/8"},
           {"a.example:0", "port that is none", "1 to 65535"},
           {"a.example:65536", "port that is none", "1 to 65535"},
           {"a.example:http", "port that is none", "1 to 65535"},
           {"a.*.example", "wildcard in the wrong place", "*.example.com"},
           {"*example.com", "wildcard in the wrong place", "*.example.com"},
           {"bücher.example", "not ASCII", "Punycode"},
           // What a URL would take for an address, and so would never match as a name.
           {"10.1", "neither a name nor a whole address", "all parts"},
           {"0x7f.1", "neither a name nor a whole address", "all parts"},
           {"a.0x7f", "neither a name nor a whole address", "all parts"},
           {"1.2.3.4.5", "neither a name nor a whole address", "all parts"},
           {"10.0.0.1/8", "is not a network", "zeros beyond the prefix"},
           {"10.0.0.0/33", "is not a network", "zeros beyond the prefix"},
           {"10.0/8", "is not a network", "Write it as 10.0.0.0/8"},
           {"[::1", "no closing bracket", "[2001:db8::1]:443"},
           {"[::1]443", "port that is none", "1 to 65535"},
           {"[10.0.0.1]:80", "brackets around", ""},
           {"::1:x", "is not a network", "Write it as"},
       }) {
    INFO(c.text);
    const Result<HostRule> rule = HostRule::Parse(c.text, HostRule::Bare::kExact);
    REQUIRE_FALSE(rule.ok());
    CHECK_THAT(rule.error().message, Catch::Contains(c.message));
    CHECK_THAT(rule.error().message, Catch::Contains("'" + std::string(c.text) + "'"));
    CHECK_THAT(rule.error().hint, Catch::Contains(c.hint));
  }
}

TEST_CASE("host rule: several, and as they were written") {
  const auto rules = HostRule::ParseList(" A.example,\t10.0.0.0/8:5432\n,", HostRule::Bare::kExact);
  REQUIRE(rules.ok());
  REQUIRE(rules->size() == 2);
  CHECK((*rules)[0].text() == "A.example");
  CHECK_FALSE((*rules)[0].network().has_value());
  CHECK((*rules)[1].text() == "10.0.0.0/8:5432");
  CHECK((*rules)[1].network()->ToString() == "10.0.0.0/8");
  CHECK(HostRule::ParseList("", HostRule::Bare::kExact)->empty());
  CHECK_FALSE(HostRule::ParseList("a, b..c", HostRule::Bare::kExact).ok());
}

TEST_CASE("host rule: addresses are no business of names") {
  const auto rule = [](const char* text) {
    Result<HostRule> parsed = HostRule::Parse(text, HostRule::Bare::kExact);
    if (!parsed.ok()) FAIL(parsed.error().ToString());
    return std::move(parsed).value();
  };
  const IpAddress address = *IpAddress::Parse("10.0.0.1");
  CHECK(rule("10.0.0.0/8").MatchesAddress(address, 80));
  CHECK(rule("10.0.0.0/8:80").MatchesAddress(address, 80));
  CHECK_FALSE(rule("10.0.0.0/8:81").MatchesAddress(address, 80));
  CHECK_FALSE(rule("*").MatchesAddress(address, 80));
  CHECK_FALSE(rule("a.example").MatchesAddress(address, 80));
}

}  // namespace
}  // namespace nano
