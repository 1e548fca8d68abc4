// Tests of how often refusals are told.
#include "server/limits/refusal_log.h"

#include <catch2/catch.hpp>

namespace nano::server {
namespace {

TEST_CASE("refusals of one reason get a line a second, which counts the others") {
  RefusalLog log;
  CHECK(log.Count(Reason::kQueueFull, 0) == 0);
  CHECK_FALSE(log.Count(Reason::kQueueFull, 1));
  CHECK(log.Count(Reason::kQueueTimeout, 1) == 0);
  CHECK_FALSE(log.Count(Reason::kQueueFull, 999));
  CHECK(log.Count(Reason::kQueueFull, 1000) == 2);
  CHECK(log.Count(Reason::kQueueFull, 2000) == 0);
}

}  // namespace
}  // namespace nano::server
