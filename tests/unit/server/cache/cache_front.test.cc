// Copies of what is in the caches: how many there are, and until when they are good.
#include <catch2/catch.hpp>
#include <string>

#include "server/cache/cache_front.h"

namespace nano::server {
namespace {

TEST_CASE("copies are bounded, end with their entries, and after a minute", "[cache]") {
  cache::Epochs epochs;
  CacheFront front(epochs, 100'000);
  const std::string body(8'000, 'x');
  constexpr int64_t kNow = 1'000;
  const auto keep = [&](const std::string& key, int64_t expires) {
    front.Keep(front.PlaceOf("a", key), "a", key,
               {.size = body.size(), .status = 200, .expires = expires, .bytes = body}, kNow);
  };
  const auto has = [&](const std::string& key, int64_t now) {
    return front.Find(front.PlaceOf("a", key), "a", key, now) != nullptr;
  };
  for (int i = 0; i < 50; ++i) {
    keep("key" + std::to_string(i), kNow + 500);
    CHECK(front.bytes() <= 100'000);
  }
  CHECK(front.bytes() > 80'000);
  CHECK(has("key49", kNow));
  CHECK_FALSE(has("key0", kNow));
  CHECK(front.Find(front.PlaceOf("b", "key49"), "b", "key49", kNow) == nullptr);
  CHECK_FALSE(has("key49", kNow + 60));
  keep("short", kNow + 5);
  CHECK(has("short", kNow + 4));
  CHECK_FALSE(has("short", kNow + 5));
  const std::string large(30'000, 'x');
  const size_t before = front.bytes();
  front.Keep(front.PlaceOf("a", "large"), "a", "large",
             {.size = large.size(), .status = 200, .expires = kNow + 500, .bytes = large}, kNow);
  CHECK(front.bytes() == before);
  // What was asked for before the change is no copy of what is there after it.
  const CacheFront::Place place = front.PlaceOf("a", "raced");
  epochs.Raise(place.key);
  front.Keep(place, "a", "raced", {.size = 1, .status = 200, .expires = kNow + 500, .bytes = "x"},
             kNow);
  CHECK_FALSE(has("raced", kNow));
}

}  // namespace
}  // namespace nano::server
