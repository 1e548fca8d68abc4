// FunctionRef: calls what it refers to, and copies nothing of it.
#include "base/function_ref.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>

namespace nano {
namespace {

int Twice(FunctionRef<int(int)> function) { return function(function(1)); }

TEST_CASE("a function is referred to, with its state") {
  int calls = 0;
  // Neither copied nor moved.
  const auto held = std::make_unique<int>(10);
  const auto add = [&calls, &held](int number) {
    ++calls;
    return number + *held;
  };
  CHECK(Twice(add) == 21);
  CHECK(calls == 2);
  CHECK(Twice([counter = 0](int number) mutable { return number + ++counter; }) == 4);
}

TEST_CASE("arguments are passed on as they are") {
  std::string taken;
  const auto take = [&taken](std::unique_ptr<std::string> text, std::string& from) {
    taken = std::move(*text) + from;
    from = "seen";
  };
  const FunctionRef<void(std::unique_ptr<std::string>, std::string&)> function = take;
  // A copy refers to the same.
  const auto copy = function;
  std::string from = "b";
  copy(std::make_unique<std::string>("a"), from);
  CHECK(taken == "ab");
  CHECK(from == "seen");
}

}  // namespace
}  // namespace nano
