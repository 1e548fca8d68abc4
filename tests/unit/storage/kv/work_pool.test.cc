// Threads for the store's work: lines take turns, and each does one thing after the other.
#include "storage/kv/work_pool.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <latch>
#include <vector>

namespace nano::kv {
namespace {

TEST_CASE("a line that always has more to do lets the others have a turn") {
  constexpr int kEnough = 100'000;
  WorkPool pool(1);
  std::atomic<int> turns = 0;
  std::atomic<int> turns_before_other = 0;
  std::latch over(1);
  WorkLine<int> other(pool, [&](std::vector<int>) { turns_before_other = turns.load(); });
  WorkLine<int>* self = nullptr;
  WorkLine<int> busy(pool, [&](std::vector<int>) {
    if (++turns == 1) other.Add(1);
    if (turns_before_other == 0 && turns < kEnough) return self->Add(1);
    over.count_down();
  });
  self = &busy;
  busy.Add(1);
  over.wait();
  CHECK(turns_before_other == 1);
}

TEST_CASE("a line gives a bounded number of things at once, in their order") {
  WorkPool pool(2);
  std::latch first(1);
  std::vector<size_t> sizes;
  std::vector<int> seen;
  {
    WorkLine<int> line(pool, [&](std::vector<int> items) {
      first.wait();
      sizes.push_back(items.size());
      seen.insert(seen.end(), items.begin(), items.end());
    });
    for (int i = 0; i < 1000; ++i) line.Add(i);
    first.count_down();
  }
  REQUIRE(seen.size() == 1000);
  for (int i = 0; i < 1000; ++i) CHECK(seen[static_cast<size_t>(i)] == i);
  for (const size_t size : sizes) CHECK(size <= WorkLine<int>::kMostAtOnce);
}

}  // namespace
}  // namespace nano::kv
