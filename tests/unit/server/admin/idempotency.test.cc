// Answers that are kept: for how long, how many, and whose.
#include "server/admin/idempotency.h"

#include <catch2/catch.hpp>
#include <string>

namespace nano::server::admin {
namespace {

TEST_CASE("an answer is kept for an hour, also behind a request that takes longer") {
  Idempotency answers;
  REQUIRE(answers.Begin("me", "slow", "a", 0));
  REQUIRE(answers.Begin("me", "quick", "b", 1));
  answers.Answer("me", "quick", {.status = 201});
  const Idempotency::Known* quick = answers.Find("me", "quick", Idempotency::kKeptMs);
  REQUIRE(quick != nullptr);
  CHECK(quick->reply.status == 201);
  CHECK(answers.Find("you", "quick", 1) == nullptr);
  CHECK(answers.Find("me", "quick", Idempotency::kKeptMs + 1) == nullptr);
  const Idempotency::Known* slow = answers.Find("me", "slow", 2 * Idempotency::kKeptMs);
  REQUIRE(slow != nullptr);
  CHECK_FALSE(slow->answered);
}

TEST_CASE("of too many answers the oldest goes, and nothing that is under way") {
  Idempotency answers;
  REQUIRE(answers.Begin("me", "under way", "a", 0));
  for (size_t i = 1; i < Idempotency::kMaxAnswers; ++i) {
    REQUIRE(answers.Begin("me", std::to_string(i), "b", i));
    answers.Answer("me", std::to_string(i), {});
  }
  REQUIRE(answers.Begin("me", "one more", "c", 2000));
  CHECK(answers.Knows("me", "under way"));
  CHECK_FALSE(answers.Knows("me", "1"));
  CHECK(answers.Knows("me", "2"));
}

}  // namespace
}  // namespace nano::server::admin
