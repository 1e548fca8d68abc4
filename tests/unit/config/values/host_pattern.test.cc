// Patterns of hosts: spelling, and what is none.
#include "config/values/host_pattern.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>

using namespace nano;
using namespace nano::config;
using Catch::Contains;

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
