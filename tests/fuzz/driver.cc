// Mutants, and mutants of mutants.
#include "tests/fuzz/driver.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <utility>

namespace nano::fuzz {
namespace {

constexpr size_t kMostMutants = 256;  // That are kept.

void Run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

size_t Below(std::mt19937& random, size_t n) { return n == 0 ? 0 : size_t{random()} % n; }

std::string Mutate(std::string input, const Material& material, std::mt19937& random) {
  for (size_t count = 1 + Below(random, 4); count > 0; --count) {
    const size_t at = Below(random, input.size() + 1);
    switch (Below(random, 5)) {
      case 0:
        if (at < input.size()) input[at] = static_cast<char>(random());
        break;
      case 1:
        input.erase(at, 1 + Below(random, 8));
        break;
      case 2:
        input.insert(at, material.tokens[Below(random, material.tokens.size())]);
        break;
      case 3:
        input.insert(at, input.substr(Below(random, input.size() + 1), 1 + Below(random, 64)));
        break;
      case 4:
        input.append(material.seeds[Below(random, material.seeds.size())]);
        break;
    }
  }
  return input;
}

void RunMutants(const Material& material, unsigned long rounds, unsigned long seed, bool trace) {
  std::mt19937 random(static_cast<std::mt19937::result_type>(seed));
  std::vector<std::string> corpus = material.seeds;
  for (const std::string& input : corpus) Run(input);
  for (unsigned long round = 0; round < rounds; ++round) {
    std::string input = Mutate(corpus[Below(random, corpus.size())], material, random);
    if (trace) {
      std::ofstream("fuzz.input", std::ios::binary) << input;
      std::fprintf(stderr, "round %lu\n", round);
    }
    Run(input);
    // Some mutants become seeds, so that mutations add up.
    if (input.size() >= material.longest || random() % 16 != 0) continue;
    const size_t own = material.seeds.size();
    if (corpus.size() < own + kMostMutants) {
      corpus.push_back(std::move(input));
    } else {
      corpus[own + Below(random, corpus.size() - own)] = std::move(input);
    }
  }
  std::printf("%lu rounds\n", rounds);
}

}  // namespace

int Drive(int argc, char** argv, const Material& material) {
  unsigned long rounds = 100'000;
  unsigned long seed = 1;
  bool trace = false;
  bool replayed = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--rounds=", 9) == 0) {
      rounds = std::strtoul(argv[i] + 9, nullptr, 10);
    } else if (std::strncmp(argv[i], "--seed=", 7) == 0) {
      seed = std::strtoul(argv[i] + 7, nullptr, 10);
    } else if (std::strcmp(argv[i], "--trace") == 0) {
      trace = true;
    } else {
      std::ifstream file(argv[i], std::ios::binary);
      if (!file) {
        std::fprintf(stderr, "cannot read %s\n", argv[i]);
        return 1;
      }
      Run({std::istreambuf_iterator<char>(file), {}});
      replayed = true;
    }
  }
  if (!replayed) RunMutants(material, rounds, seed, trace);
  return 0;
}

}  // namespace nano::fuzz
