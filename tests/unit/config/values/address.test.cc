// Addresses to listen on.
#include "config/values/address.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>

using namespace nano;
using namespace nano::config;
using Catch::Contains;

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
