// What goes first: by SIEVE's own example, and by a model of it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "storage/cache/sieve.h"

namespace nano::cache {
namespace {

TEST_CASE("what was used stays for another round, what was not goes, the oldest first", "[sieve]") {
  Sieve<int, std::string> sieve;
  for (int i = 0; i < 5; ++i) sieve.Add(i, std::to_string(i));
  CHECK(*sieve.Use(0) == "0");
  CHECK(*sieve.Use(2) == "2");
  CHECK(sieve.Use(7) == nullptr);
  CHECK(sieve.Evict().first == 1);  // 0 was used; the hand is at 2 now.
  CHECK(sieve.Evict().first == 3);
  sieve.Add(5, "5");
  CHECK(sieve.Evict().first == 4);  // Still behind the hand, which has not come to 5 yet.
  CHECK(sieve.Evict().first == 5);  // 0 and 2 are spared until it comes round.
  CHECK(sieve.Evict().first == 0);
  CHECK(sieve.size() == 1);
  CHECK(sieve.Evict().second == "2");
  CHECK(sieve.empty());
}

TEST_CASE("items are taken out by their keys wherever the hand is", "[sieve]") {
  Sieve<int, int> sieve;
  CHECK_FALSE(sieve.Take(1).has_value());
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 20; ++i) {
      if (sieve.Find(i) == nullptr) sieve.Add(i, i);
    }
    sieve.Use(round % 20);
    CHECK(sieve.Take((round * 7) % 20) == (round * 7) % 20);
    sieve.Evict();
    if (round % 3 == 0) sieve.Evict();
    std::vector<int> keys;
    CHECK_FALSE(sieve.EachBefore(~uint64_t{0}, 100, [&keys](uint64_t, int key, int item) {
      CHECK(key == item);
      keys.push_back(key);
    }));
    CHECK(keys.size() == sieve.size());
    std::ranges::sort(keys);
    CHECK(std::ranges::adjacent_find(keys) == keys.end());
  }
}

TEST_CASE("items are seen part by part, the newest first, whatever comes and goes", "[sieve]") {
  Sieve<int, int> sieve;
  for (int i = 0; i < 10; ++i) sieve.Add(i, i);
  uint64_t before = ~uint64_t{0};
  const auto next = [&](size_t most, bool goes_on) {
    std::vector<int> keys;
    CHECK(sieve.EachBefore(before, most, [&](uint64_t number, int key, int) {
      before = number;
      keys.push_back(key);
    }) == goes_on);
    return keys;
  };
  CHECK(next(4, true) == std::vector{9, 8, 7, 6});
  sieve.Take(6);  // Where it goes on.
  sieve.Take(4);
  sieve.Take(8);
  sieve.Add(10, 10);
  sieve.Add(8, 8);
  CHECK(next(3, true) == std::vector{5, 3, 2});
  CHECK(next(2, false) == std::vector{1, 0});
  CHECK(next(2, false).empty());
}

TEST_CASE("all of them used: the oldest goes after a round", "[sieve]") {
  Sieve<int, int> sieve;
  for (int i = 0; i < 3; ++i) {
    sieve.Add(i, i);
    sieve.Use(i);
  }
  CHECK(sieve.Evict().first == 0);
  CHECK(sieve.Evict().first == 1);
}

}  // namespace
}  // namespace nano::cache
