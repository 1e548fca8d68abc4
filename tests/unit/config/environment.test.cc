// The environment that variables come from.
#include "config/environment.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <optional>

using namespace nano;
using namespace nano::config;

TEST_CASE("the process's own environment is looked up") {
  const EnvironmentLookup lookup = ProcessEnvironment();
  REQUIRE(setenv("NANO_TEST_VARIABLE", "value", 1) == 0);
  CHECK(lookup("NANO_TEST_VARIABLE") == "value");
  REQUIRE(unsetenv("NANO_TEST_VARIABLE") == 0);
  CHECK(lookup("NANO_TEST_VARIABLE") == std::nullopt);
}
