// Steps that ask for the next one, and steps that destroy the loop.
#include "runtime/outbound/step_loop.h"

#include <catch2/catch.hpp>
#include <memory>

namespace nano::runtime {

TEST_CASE("a step that asks for the next one is not in the middle of it") {
  StepLoop loop;
  int steps = 0, inside = 0, deepest = 0;
  const auto step = [&](const auto& self) -> void {
    deepest = std::max(deepest, ++inside);
    if (++steps < 100'000) loop.Next([&] { self(self); });
    --inside;
  };
  loop.Next([&] { step(step); });
  CHECK(steps == 100'000);
  CHECK(deepest == 1);
}

TEST_CASE("a step that asks for nothing ends the loop until it is asked again") {
  StepLoop loop;
  int steps = 0;
  loop.Next([&] { ++steps; });
  CHECK(steps == 1);
  loop.Next([&] { ++steps; });
  CHECK(steps == 2);
}

TEST_CASE("however often a step asks, one follows") {
  StepLoop loop;
  int steps = 0;
  loop.Next([&] {
    if (++steps > 1) return;
    for (int i = 0; i < 3; ++i) loop.Next([] {});
  });
  CHECK(steps == 2);
}

TEST_CASE("a loop may be destroyed in the middle of its step") {
  auto loop = std::make_unique<StepLoop>();
  int steps = 0;
  loop->Next([&] {
    ++steps;
    loop->Next([] {});
    loop.reset();
  });
  CHECK(steps == 1);
}

}  // namespace nano::runtime
