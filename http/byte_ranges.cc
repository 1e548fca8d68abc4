// Reading of the Range field. See byte_ranges.h for ownership and threads.
#include "http/byte_ranges.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace nano::http {
namespace {

constexpr std::string_view kUnit = "bytes";
constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Digits alone; what is too large is as large as can be.
std::optional<uint64_t> Number(std::string_view text) {
  if (text.empty()) return std::nullopt;
  uint64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<uint64_t>(c - '0');
    number = number > (kMost - digit) / 10 ? kMost : number * 10 + digit;
  }
  return number;
}

bool IsUnit(std::string_view text) {
  return text.size() == kUnit.size() &&
         std::equal(text.begin(), text.end(), kUnit.begin(),
                    [](char c, char wanted) { return (c | 0x20) == wanted; });
}

struct Parsed {
  bool valid = false;
  std::optional<ByteRange> range{};  // None: it is not in the representation.
};

Parsed ParseOne(std::string_view text, uint64_t size) {
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos) return {};
  const std::string_view from = text.substr(0, dash);
  const std::string_view to = text.substr(dash + 1);
  if (from.empty()) {
    const std::optional<uint64_t> suffix = Number(to);
    if (!suffix) return {};
    const uint64_t length = std::min(*suffix, size);
    if (length == 0) return {.valid = true};
    return {.valid = true, .range = ByteRange{size - length, length}};
  }
  const std::optional<uint64_t> first = Number(from);
  const std::optional<uint64_t> last = to.empty() ? kMost : Number(to);
  if (!first || !last || *last < *first) return {};
  if (*first >= size) return {.valid = true};
  return {.valid = true, .range = ByteRange{*first, std::min(*last, size - 1) - *first + 1}};
}

}  // namespace

RequestedRanges ParseRanges(std::string_view field, uint64_t size) {
  using enum RequestedRanges::Kind;
  const size_t equals = field.find('=');
  if (equals == std::string_view::npos || !IsUnit(field.substr(0, equals))) return {};
  std::string_view rest = field.substr(equals + 1);
  RequestedRanges requested{.kind = kUnsatisfiable};
  uint64_t bytes = 0;
  size_t count = 0;
  while (true) {
    const size_t comma = rest.find(',');
    const std::string_view one = Trimmed(rest.substr(0, comma));
    if (!one.empty()) {  // Lists may have empty elements (section 5.6.1.2).
      const Parsed parsed = ParseOne(one, size);
      if (!parsed.valid || ++count > kMostRanges) return {};
      if (parsed.range) {
        bytes += parsed.range->length;  // At most kMostRanges of the representation's size.
        requested.ranges.push_back(*parsed.range);
      }
    }
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  if (count == 0) return {};
  if (requested.ranges.empty()) return requested;
  if (requested.ranges.size() > 1 && bytes > size) return {};
  requested.kind = kSome;
  return requested;
}

}  // namespace nano::http
