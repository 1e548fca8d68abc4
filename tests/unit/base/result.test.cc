// Results and TRY: a value goes on, an error ends the function with all it says.
#include "base/result.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

namespace nano {
namespace {

Result<std::unique_ptr<int>> Number(bool fails) {
  if (fails) return Error{"no number", "here", "take another"};
  return std::make_unique<int>(3);
}

Result<void> Check(bool fails) {
  if (fails) return Error{"refused", "there", "mend it"};
  return {};
}

Result<std::string> Words(bool number_fails, bool check_fails, int& steps) {
  std::unique_ptr<int> number = TRY(Number(number_fails));
  ++steps;
  TRY(Check(check_fails));
  ++steps;
  return std::to_string(*number + *TRY(Number(false)));
}

TEST_CASE("TRY gives the value of a Result") {
  int steps = 0;
  Result<std::string> words = Words(false, false, steps);
  REQUIRE(words.ok());
  CHECK(words.value() == "6");
  CHECK(steps == 2);
}

TEST_CASE("TRY ends the function with the error, whole, whatever the type of its Result") {
  int steps = 0;
  Result<std::string> without_number = Words(true, false, steps);
  REQUIRE_FALSE(without_number.ok());
  CHECK(without_number.error().message == "no number");
  CHECK(without_number.error().where == "here");
  CHECK(without_number.error().hint == "take another");
  CHECK(steps == 0);

  Result<std::string> refused = Words(false, true, steps);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message == "refused");
  CHECK(steps == 1);
}

TEST_CASE("Results are copied and assigned with what they hold") {
  Result<std::string> failed = Error{"no number", "here"};
  Result<std::string> copy = failed;
  failed = std::string("a number after all");
  REQUIRE(failed.ok());
  CHECK(*failed == "a number after all");
  REQUIRE_FALSE(copy.ok());
  CHECK(copy.error().ToString() == "here: no number");

  Result<void> done;
  Result<void> refused = Error{"refused"};
  std::swap(done, refused);
  CHECK(refused.ok());
  REQUIRE_FALSE(done.ok());
  CHECK(done.error().message == "refused");
}

TEST_CASE("what an error was taken from is no success, until it is given another result") {
  Result<void> refused = Error{"refused"};
  const Failure taken = std::move(refused).failure();
  CHECK(taken.error().message == "refused");
  CHECK_FALSE(refused.ok());  // NOLINT(bugprone-use-after-move): what is left is the question.
  const Failure nothing = std::move(refused).failure();
  CHECK_FALSE(nothing.none());
  CHECK_FALSE(Failure(nothing).none());
  refused = Result<void>();
  CHECK(refused.ok());

  Result<void> late = Error{"too late"};
  const Error words = std::move(late).error();
  CHECK(words.message == "too late");
  CHECK_FALSE(late.ok());  // NOLINT(bugprone-use-after-move): as above.

  Result<int> number = Error{"no number"};
  CHECK(Failure(std::move(number).failure()).error().message == "no number");
  CHECK_FALSE(number.ok());  // NOLINT(bugprone-use-after-move): as above.
}

}  // namespace
}  // namespace nano
