// What drives a fuzz target: replays the files it is given, or mutates the target's own seeds for a
// bounded number of rounds from a fixed random seed. libFuzzer, which would do it better, cannot
// run on the engine; it drives the same function:
//
//   nano-fuzz-TARGET [--rounds=N] [--seed=N] [--trace] [FILE…]
//
// `--trace` says which round runs, and leaves its input in fuzz.input: what a crash was of.
// Thread: the program's only one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace nano::fuzz {

struct Material {
  std::vector<std::string> seeds;   // Inputs as they come.
  std::vector<std::string> tokens;  // What means something within them.
  size_t longest = 2000;            // Of the mutants that become seeds.
};

// The program's exit status.
int Drive(int argc, char** argv, const Material& material);

}  // namespace nano::fuzz
