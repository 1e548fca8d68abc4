// "Did you mean …?" for misspelt words. Owns nothing. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nano::config {

// The candidate nearest to `word` by edit distance (transpositions count once, case is ignored), or
// an empty view if none is near enough to be meant.
std::string_view Nearest(std::string_view word, const std::vector<std::string_view>& candidates);

// A hint for an unknown word: "Did you mean 'hosts'?", or else all the known ones.
std::string Suggest(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace nano::config
