// When a dead worker is started again.
#include "server/supervisor/restart_backoff.h"

#include <catch2/catch.hpp>

namespace nano::server {
namespace {

TEST_CASE("a worker that lived is started again at once, however often it dies") {
  RestartBackoff backoff;
  for (int death = 0; death < 100; ++death) CHECK(backoff.OnDeath(RestartBackoff::kHealthyMs) == 0);
}

TEST_CASE("early deaths in a row wait twice as long each time, up to a limit, for ever") {
  RestartBackoff backoff;
  for (uint64_t death = 0; death < RestartBackoff::kTolerated; ++death) {
    CHECK(backoff.OnDeath(0) == 0);
  }
  uint64_t expected = RestartBackoff::kFirstDelayMs;
  for (int death = 0; death < 5; ++death, expected *= 2) CHECK(backoff.OnDeath(999) == expected);
  for (int death = 0; death < 1000; ++death) backoff.OnDeath(1);
  CHECK(backoff.OnDeath(1) == RestartBackoff::kMaxDelayMs);
}

TEST_CASE("a healthy life forgives early deaths") {
  RestartBackoff backoff;
  for (int death = 0; death < 10; ++death) backoff.OnDeath(0);
  CHECK(backoff.OnDeath(60'000) == 0);
  for (uint64_t death = 0; death < RestartBackoff::kTolerated; ++death) {
    CHECK(backoff.OnDeath(0) == 0);
  }
  CHECK(backoff.OnDeath(0) == RestartBackoff::kFirstDelayMs);
}

}  // namespace
}  // namespace nano::server
