// Tests of places that processes take at once: what one has done when another comes is played, step
// by step.
#include "server/metrics/app_places.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace nano::server {
namespace {

// What two processes share.
struct Shared {
  std::vector<uint64_t> memory = std::vector<uint64_t>(AppPlaces::Bytes() / sizeof(uint64_t));
  AppPlaces one{memory.data()};
  AppPlaces other{memory.data()};
};

TEST_CASE("an app's place is the same for all, in the order of coming") {
  Shared shared;
  CHECK_FALSE(shared.one.Find("shop").has_value());
  CHECK(shared.one.Take("shop") == 0);
  CHECK(shared.other.Take("blog") == 1);
  CHECK(shared.other.Take("shop") == 0);
  CHECK(shared.one.Find("blog") == 1);
  CHECK(shared.one.NameOf(1) == "blog");
  CHECK(shared.one.taken() == 2);
}

TEST_CASE("who was slower with a name gives its place back") {
  Shared shared;
  const size_t first = shared.one.Write("shop");
  const size_t second = shared.other.Write("shop");
  CHECK(shared.one.Enter("shop", first) == first);
  CHECK(shared.other.Enter("shop", second) == first);
  CHECK(shared.one.taken() == 1);
  CHECK(shared.one.Take("blog") == second);
  CHECK(shared.other.Find("shop") == first);
  CHECK(shared.other.Find("blog") == second);
}

TEST_CASE("a place with others behind it is not given back, and is nobody's") {
  Shared shared;
  const size_t first = shared.one.Write("shop");
  const size_t second = shared.other.Write("shop");
  CHECK(shared.other.Enter("shop", second) == second);
  CHECK(shared.one.Enter("shop", first) == second);
  CHECK(shared.one.taken() == 2);
  CHECK(shared.one.Take("blog") == 2);
  CHECK(shared.other.Find("shop") == second);
}

TEST_CASE("a name that a process has written, and died, is not found") {
  Shared shared;
  shared.one.Write("shop");
  CHECK_FALSE(shared.other.Find("shop").has_value());
  CHECK(shared.other.Take("shop") == 1);
}

TEST_CASE("when all places are taken there is none, and the others stay") {
  Shared shared;
  for (size_t i = 0; i < AppPlaces::kApps; ++i) {
    if (shared.one.Take("app-" + std::to_string(i)) != i) FAIL_CHECK("app-" << i);
  }
  CHECK(shared.one.Take("one-more") == AppPlaces::kApps);
  CHECK_FALSE(shared.one.Find("one-more").has_value());
  CHECK(shared.one.taken() == AppPlaces::kApps);
  CHECK(shared.other.Take("app-7") == 7);
}

}  // namespace
}  // namespace nano::server
