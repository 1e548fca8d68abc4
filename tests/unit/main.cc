// Runs the unit tests of one layer: Catch2's session inside the engine.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include "runtime/entry.h"

int NanoMain(int argc, char** argv) { return Catch::Session().run(argc, argv); }
