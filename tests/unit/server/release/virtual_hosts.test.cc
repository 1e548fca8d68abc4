// Which app answers for which host.
#include "server/release/virtual_hosts.h"

#include <catch2/catch.hpp>

#include <string>

namespace nano::server {
namespace {

TEST_CASE("a host is compared without case, port and trailing dot") {
  struct Row {
    std::string_view authority, host;
  };
  const Row rows[] = {
      {"example.com", "example.com"},
      {"EXAMPLE.Com:8080", "example.com"},
      {"example.com.", "example.com"},
      {"example.com.:443", "example.com"},
      {"127.0.0.1:80", "127.0.0.1"},
      {"[::1]", "[::1]"},
      {"[::1]:8080", "[::1]"},
      {"[0:0:0:0:0:0:0:1]:8080", "[::1]"},
      {"[2001:DB8::A]", "[2001:db8::a]"},
      {"[::ffff:192.0.2.1]:80", "[::ffff:192.0.2.1]"},
      {"", ""},
      {":8080", ""},
      {".", ""},
      {"[::1", ""},
      {"[nonsense]", ""},
      {"[]", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.authority);
    CHECK(NormalizedHost(row.authority).view() == row.host);
  }
}

TEST_CASE("a host of more than 253 octets is none") {
  CHECK(NormalizedHost(std::string(253, 'a')).view().size() == 253);
  CHECK(NormalizedHost(std::string(253, 'a') + ".:80").view().size() == 253);
  CHECK(NormalizedHost(std::string(254, 'a')).view().empty());
  CHECK(NormalizedHost("[" + std::string(70000, ':') + "]").view().empty());
}

TEST_CASE("exact names go before wildcards, longer wildcards before shorter ones") {
  VirtualHosts hosts;
  REQUIRE(hosts.Add("example.com", 1).ok());
  REQUIRE(hosts.Add("*.example.com", 2).ok());
  REQUIRE(hosts.Add("*.eu.example.com", 3).ok());
  REQUIRE(hosts.Add("shop.eu.example.com", 4).ok());
  REQUIRE(hosts.Add("[::1]", 5).ok());
  REQUIRE(hosts.Add("10.0.0.1", 6).ok());

  struct Row {
    std::string_view authority;
    std::optional<size_t> app;
  };
  const Row rows[] = {
      {"example.com", 1},
      {"Example.COM:8080", 1},
      {"a.example.com", 2},
      {"a.b.c.example.com.", 2},
      {"eu.example.com", 2},
      {"www.eu.example.com", 3},
      {"a.b.eu.example.com", 3},
      {"shop.eu.example.com", 4},
      {"www.shop.eu.example.com", 3},
      {"[0::1]:80", 5},
      {"10.0.0.1:1", 6},
      {"notexample.com", std::nullopt},
      {"com", std::nullopt},
      {"example.com.evil", std::nullopt},
      {"10.0.0.2", std::nullopt},
      {"", std::nullopt},
      {"...", std::nullopt},
  };
  for (const Row& row : rows) {
    CAPTURE(row.authority);
    CHECK(hosts.Find(row.authority) == row.app);
  }
}

TEST_CASE("the default app answers for all that nothing else matches") {
  VirtualHosts hosts;
  REQUIRE(hosts.Add("a.test", 0).ok());
  REQUIRE(hosts.SetDefault(1).ok());
  CHECK(hosts.Find("a.test") == 0);
  CHECK(hosts.Find("b.test") == 1);
  CHECK(hosts.Find("") == 1);
  CHECK(hosts.Find(std::string(5000, 'x')) == 1);
  CHECK_FALSE(hosts.SetDefault(2).ok());
}

TEST_CASE("a host belongs to one app only, however it is written") {
  VirtualHosts hosts;
  REQUIRE(hosts.Add("a.test", 0).ok());
  REQUIRE(hosts.Add("*.a.test", 0).ok());
  REQUIRE(hosts.Add("[::1]", 0).ok());
  for (const char* taken : {"a.test", "A.TEST", "*.A.test", "::1", "[0:0::1]"}) {
    CAPTURE(taken);
    CHECK_FALSE(hosts.Add(taken, 1).ok());
  }
  CHECK_FALSE(hosts.Add("not a host", 1).ok());
}

}  // namespace
}  // namespace nano::server
