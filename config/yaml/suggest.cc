// Edit distances between misspelt and known words.
#include "config/yaml/suggest.h"

#include <algorithm>
#include <cstddef>

namespace nano::config {
namespace {

// Nobody means a known word by one that is longer; also bounds the work.
constexpr size_t kLongestWord = 64;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// Optimal string alignment distance: insertions, deletions, substitutions, adjacent transpositions.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const bool same = Lower(a[i - 1]) == Lower(b[j - 1]);
      row[j] = std::min({row[j - 1] + 1, last[j] + 1, last[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && Lower(a[i - 1]) == Lower(b[j - 2]) &&
          Lower(a[i - 2]) == Lower(b[j - 1])) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::string_view Nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (word.empty() || word.size() > kLongestWord) return {};
  std::string_view best;
  size_t best_distance = std::max<size_t>(1, word.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    const size_t distance = Distance(word, candidate);
    // Replacing every character is no likeness.
    if (distance < best_distance && distance < candidate.size()) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string Suggest(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (const std::string_view nearest = Nearest(word, candidates); !nearest.empty()) {
    return "Did you mean '" + std::string(nearest) + "'?";
  }
  std::string out = "Known here: ";
  for (const std::string_view candidate : candidates) {
    if (candidate.data() != candidates.front().data()) out += ", ";
    out += candidate;
  }
  return out + ".";
}

}  // namespace nano::config
