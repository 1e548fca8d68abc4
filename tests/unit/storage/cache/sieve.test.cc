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
    sieve.Each([&keys](int key, int item) {
      CHECK(key == item);
      keys.push_back(key);
    });
    CHECK(keys.size() == sieve.size());
    std::ranges::sort(keys);
    CHECK(std::ranges::adjacent_find(keys) == keys.end());
  }
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
