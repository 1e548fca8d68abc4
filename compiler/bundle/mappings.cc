// Each number is the difference to the one before, as a base64 VLQ.
#include "compiler/bundle/mappings.h"

#include "base/base64.h"

namespace nano::compiler {
namespace {

// A digit has five bits of the number, and one that says that more follow.
constexpr int kBits = 5;
constexpr int kMore = 1 << kBits;
constexpr int kMask = kMore - 1;
// Seven digits hold what 32 bits can.
constexpr int kMostShift = 6 * kBits;

std::optional<int64_t> TakeNumber(std::string_view& text) {
  uint64_t digits = 0;
  for (int shift = 0;; shift += kBits) {
    const int digit = text.empty() || shift > kMostShift ? -1 : Base64Digit(text.front());
    if (digit < 0) return std::nullopt;
    text.remove_prefix(1);
    digits |= static_cast<uint64_t>(digit & kMask) << shift;
    if ((digit & kMore) == 0) break;
  }
  const auto magnitude = static_cast<int64_t>(digits >> 1);
  return (digits & 1) != 0 ? -magnitude : magnitude;
}

void AppendNumber(std::string& out, int64_t value) {
  auto digits = static_cast<uint64_t>(value < 0 ? -value : value) << 1 | (value < 0 ? 1 : 0);
  do {
    const uint64_t digit = digits & kMask;
    digits >>= kBits;
    out += kBase64Digits[digit | (digits != 0 ? kMore : 0)];
  } while (digits != 0);
}

// How many numbers a segment may have: a column, and a source with its place, and a name.
constexpr size_t kColumnOnly = 1;
constexpr size_t kWithSource = 4;
constexpr size_t kWithName = 5;

bool TakeSegment(std::string_view& text, Mapping& last, Mapping& mapping) {
  int64_t* const fields[] = {&last.column, &last.source, &last.original_line, &last.original_column,
                             &last.name};
  size_t count = 0;
  for (; count < kWithName && !text.empty() && text.front() != ',' && text.front() != ';';
       ++count) {
    const auto change = TakeNumber(text);
    if (!change) return false;
    *fields[count] += *change;
  }
  const bool ended = text.empty() || text.front() == ',' || text.front() == ';';
  if (!ended || (count != kColumnOnly && count != kWithSource && count != kWithName)) return false;
  mapping = last;
  if (count < kWithSource) mapping.source = -1;
  if (count < kWithName) mapping.name = -1;
  return true;
}

}  // namespace

std::optional<std::vector<Mapping>> DecodeMappings(std::string_view text) {
  std::vector<Mapping> mappings;
  Mapping last{.source = 0, .name = 0};
  while (!text.empty()) {
    if (text.front() == ';') {
      ++last.line;
      last.column = 0;
      text.remove_prefix(1);
    } else if (text.front() == ',') {
      text.remove_prefix(1);
    } else if (Mapping mapping; TakeSegment(text, last, mapping)) {
      mappings.push_back(mapping);
    } else {
      return std::nullopt;
    }
  }
  return mappings;
}

std::string EncodeMappings(const std::vector<Mapping>& mappings) {
  std::string out;
  Mapping last{.source = 0, .name = 0};
  bool first = true;
  for (const Mapping& mapping : mappings) {
    while (last.line < mapping.line) {
      out += ';';
      ++last.line;
      last.column = 0;
      first = true;
    }
    if (!first) out += ',';
    first = false;
    const auto append = [&out](int64_t& from, int64_t to) {
      AppendNumber(out, to - from);
      from = to;
    };
    append(last.column, mapping.column);
    if (mapping.source < 0) continue;
    append(last.source, mapping.source);
    append(last.original_line, mapping.original_line);
    append(last.original_column, mapping.original_column);
    if (mapping.name >= 0) append(last.name, mapping.name);
  }
  return out;
}

}  // namespace nano::compiler
