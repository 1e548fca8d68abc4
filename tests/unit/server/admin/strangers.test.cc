// Wrong tokens: how often one may try, and what is logged of it.
#include "server/admin/strangers.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/unit/server/admin/admin_fixture.h"

namespace nano::server::admin::testing {
namespace {

TEST_CASE("who is wrong ten times in a row may try once a second", "[admin]") {
  Strangers strangers;
  for (uint32_t i = 0; i < Strangers::kTries; ++i) {
    REQUIRE(strangers.MayTry("192.0.2.1:1000", 5'000));
    strangers.Refused("192.0.2.1:" + std::to_string(1000 + i), 5'000);
  }
  CHECK_FALSE(strangers.MayTry("192.0.2.1:2000", 5'000));
  CHECK_FALSE(strangers.MayTry("192.0.2.1:2000", 5'999));
  CHECK(strangers.MayTry("192.0.2.1:2000", 6'000));
  strangers.Refused("192.0.2.1:2000", 6'000);
  CHECK_FALSE(strangers.MayTry("192.0.2.1:2000", 6'000));
  // Others have nothing to do with it.
  CHECK(strangers.MayTry("192.0.2.2:1000", 6'000));
  // After a while all is as it was.
  for (uint32_t i = 0; i < Strangers::kTries; ++i) {
    CHECK(strangers.MayTry("192.0.2.1:3000", 60'000));
    strangers.Refused("192.0.2.1:3000", 60'000);
  }
  CHECK_FALSE(strangers.MayTry("192.0.2.1:3000", 60'000));
}

TEST_CASE("of IPv6 a whole network is one", "[admin]") {
  Strangers strangers;
  for (uint32_t i = 0; i < Strangers::kTries; ++i) {
    strangers.Refused("[2001:db8:0:1::" + std::to_string(i) + "]:1000", 1);
  }
  CHECK_FALSE(strangers.MayTry("[2001:db8:0:1:ffff::1]:2000", 1));
  CHECK(strangers.MayTry("[2001:db8:0:2::1]:2000", 1));
}

TEST_CASE("refusals are logged once in a while, and counted in between", "[admin]") {
  Strangers strangers;
  CHECK(strangers.Refused("192.0.2.1:1", 1'000) == 1);
  for (int i = 0; i < 100; ++i) CHECK(strangers.Refused("192.0.2.1:1", 2'000) == 0);
  CHECK(strangers.Refused("192.0.2.1:1", 1'000 + Strangers::kQuietMs) == 101);
  // Of many addresses as many lines a minute, and no more.
  uint32_t lines = 0;
  for (int i = 0; i < 1'000; ++i) {
    lines +=
        strangers.Refused("10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ":1",
                          200'000) > 0
            ? 1
            : 0;
  }
  CHECK(lines == Strangers::kLinesPerMinute);
  CHECK(strangers.Refused("192.0.2.9:1", 260'000) == 1);
}

TEST_CASE("more addresses than are counted forget the quietest", "[admin]") {
  Strangers strangers;
  const auto peer = [](size_t i) {
    return "10." + std::to_string(i >> 16) + "." + std::to_string(i >> 8 & 255) + "." +
           std::to_string(i & 255) + ":1";
  };
  for (uint32_t i = 0; i < Strangers::kTries; ++i) strangers.Refused(peer(0), 1);
  CHECK_FALSE(strangers.MayTry(peer(0), 1));
  for (size_t i = 1; i <= Strangers::kMostPeers; ++i) strangers.Refused(peer(i), 2);
  CHECK(strangers.MayTry(peer(0), 2));
}

TEST_CASE("wrong tokens are not looked at any more, and right ones neither for a moment",
          "[admin]") {
  Fixture fixture;
  for (uint32_t i = 0; i < Strangers::kTries; ++i) {
    CHECK(Ask(fixture, "GET", "/admin/apps", {}, "", "wrong-token-of-a-stranger").status == 401);
  }
  const Answered more = Ask(fixture, "GET", "/admin/apps", {}, "", "wrong-token-of-a-stranger");
  CHECK(more.status == 429);
  CHECK(more.Slug() == "too-many-tries");
  CHECK(more.Field("retry-after") == "1");
  CHECK(Ask(fixture, "GET", "/health", {}, "", "").status == 200);
  // A second later one is.
  CHECK(fixture.Until([&] { return Ask(fixture, "GET", "/admin/apps").status == 200; }));
}

}  // namespace
}  // namespace nano::server::admin::testing
