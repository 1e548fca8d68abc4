// Each number is the difference to the one before, as a base64 VLQ.
#include "compiler/bundle/mappings.h"

namespace nano::compiler {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::optional<int64_t> TakeNumber(std::string_view& text) {
  uint64_t digits = 0;
  for (int shift = 0;; shift += 5) {
    const int digit = text.empty() || shift > 30 ? -1 : Base64Digit(text.front());
    if (digit < 0) return std::nullopt;
    text.remove_prefix(1);
    digits |= static_cast<uint64_t>(digit & 31) << shift;
    if ((digit & 32) == 0) break;
  }
  const auto magnitude = static_cast<int64_t>(digits >> 1);
  return (digits & 1) != 0 ? -magnitude : magnitude;
}

void AppendNumber(std::string& out, int64_t value) {
  auto digits = static_cast<uint64_t>(value < 0 ? -value : value) << 1 | (value < 0 ? 1 : 0);
  do {
    const uint64_t digit = digits & 31;
    digits >>= 5;
    out += kDigits[digit | (digits != 0 ? 32 : 0)];
  } while (digits != 0);
}

// A segment: one number, four, or five.
bool TakeSegment(std::string_view& text, Mapping& last, Mapping& mapping) {
  int64_t* const fields[] = {&last.column, &last.source, &last.original_line, &last.original_column,
                             &last.name};
  size_t count = 0;
  for (; count < 5 && !text.empty() && text.front() != ',' && text.front() != ';'; ++count) {
    const auto change = TakeNumber(text);
    if (!change) return false;
    *fields[count] += *change;
  }
  const bool ended = text.empty() || text.front() == ',' || text.front() == ';';
  if (!ended || (count != 1 && count != 4 && count != 5)) return false;
  mapping = last;
  if (count < 4) mapping.source = -1;
  if (count < 5) mapping.name = -1;
  return true;
}

}  // namespace

int Base64Digit(char c) {
  const size_t at = kDigits.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

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
