// Seeded random damage to text, for tests that feed parsers with it. Each test brings the pieces
// that mean something to its parser.
#pragma once

#include <random>
#include <string>
#include <vector>

namespace nano::testing {

using Random = std::mt19937;

// A number from 0 to limit - 1.
inline size_t Below(Random& random, size_t limit) {
  return std::uniform_int_distribution<size_t>(0, limit - 1)(random);
}

// The text after 1 to `most` changes: a piece put in, bytes taken out (at most `longest_cut`),
// changed, repeated (at most `longest_copy`) or cut off.
inline std::string Mutated(Random& random, std::string text, const std::vector<std::string>& pieces,
                           size_t most, size_t longest_cut, size_t longest_copy) {
  for (size_t i = 1 + Below(random, most); i > 0; --i) {
    const size_t at = Below(random, text.size() + 1);
    switch (Below(random, 5)) {
      case 0:
        text.insert(at, pieces[Below(random, pieces.size())]);
        break;
      case 1:
        text.erase(at, 1 + Below(random, longest_cut));
        break;
      case 2:
        if (at < text.size()) text[at] = static_cast<char>(Below(random, 256));
        break;
      case 3:
        text.insert(at, text.substr(Below(random, text.size() + 1), Below(random, longest_copy)));
        break;
      default:
        text.resize(at);
    }
  }
  return text;
}

}  // namespace nano::testing
