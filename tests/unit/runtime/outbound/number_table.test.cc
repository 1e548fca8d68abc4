// Numbers of exchanges: never 0, never valid after the end.
#include "runtime/outbound/number_table.h"

#include <catch2/catch.hpp>
#include <set>

#include "tests/unit/runtime/test_exchange.h"

namespace nano::runtime {

TEST_CASE("a number finds its exchange until it is taken") {
  NumberTable<http::Exchange*> table;
  testing::TestExchange exchange;
  const uint32_t id = table.Add(&exchange);
  REQUIRE(id != 0);
  CHECK(table.Find(id) == &exchange);
  CHECK(table.First() == id);
  CHECK(table.Take(id) == &exchange);
  CHECK(table.Find(id) == nullptr);
  CHECK(table.Take(id) == nullptr);
  CHECK(table.First() == 0);
  CHECK(table.size() == 0);
}

TEST_CASE("a stale number never finds the slot's next exchange") {
  NumberTable<http::Exchange*> table;
  testing::TestExchange first, second;
  const uint32_t stale = table.Add(&first);
  table.Take(stale);
  const uint32_t fresh = table.Add(&second);
  CHECK(fresh != stale);
  CHECK(table.Find(stale) == nullptr);
  CHECK(table.Find(fresh) == &second);
}

TEST_CASE("numbers stay positive and small through every generation") {
  NumberTable<http::Exchange*> table;
  testing::TestExchange exchange;
  std::set<uint32_t> seen;
  for (int i = 0; i < 20'000; ++i) {
    const uint32_t id = table.Add(&exchange);
    REQUIRE(id > 0);
    REQUIRE(id < 1u << 30);
    seen.insert(id);
    REQUIRE(table.Take(id) == &exchange);
  }
  CHECK(seen.size() > 16'000);
}

TEST_CASE("the first number is found wherever items come and go") {
  NumberTable<http::Exchange*> table;
  testing::TestExchange exchange;
  const uint32_t first = table.Add(&exchange);
  const uint32_t second = table.Add(&exchange);
  CHECK(table.First() == first);
  table.Take(first);
  CHECK(table.First() == second);
  const uint32_t again = table.Add(&exchange);  // In the first one's slot.
  CHECK(table.First() == again);
  table.Take(second);
  CHECK(table.First() == again);
  table.Take(again);
  CHECK(table.First() == 0);
}

TEST_CASE("a table that is full says so") {
  NumberTable<http::Exchange*> table;
  testing::TestExchange exchange;
  for (int i = 0; i < 65'536; ++i) REQUIRE(table.Add(&exchange) != 0);
  CHECK(table.Add(&exchange) == 0);
  table.Take(table.First());
  CHECK(table.Add(&exchange) != 0);
}

}  // namespace nano::runtime
