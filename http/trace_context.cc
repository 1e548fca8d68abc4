// Reads traceparent. See trace_context.h.
#include "http/trace_context.h"

#include <algorithm>
#include <optional>

#include "http/fields.h"

namespace nano::http {
namespace {

// version "-" trace-id "-" parent-id "-" trace-flags
constexpr size_t kTraceIdAt = 3;
constexpr size_t kTraceIdSize = 32;
constexpr size_t kParentIdAt = kTraceIdAt + kTraceIdSize + 1;
constexpr size_t kParentIdSize = 16;
constexpr size_t kFlagsAt = kParentIdAt + kParentIdSize + 1;
constexpr size_t kSize = kFlagsAt + 2;

// Lower case only: HEXDIGLC.
bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsId(std::string_view text) {
  return IsHex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

uint8_t DigitOf(char c) { return static_cast<uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10); }

}  // namespace

bool IsTraceparent(std::string_view value) {
  if (value.size() < kSize) return false;
  const std::string_view version = value.substr(0, 2);
  if (!IsHex(version) || version == "ff") return false;
  // What a later version has behind is not known, but begins with a dash.
  if (value.size() > kSize && (version == "00" || value[kSize] != '-')) return false;
  return value[kTraceIdAt - 1] == '-' && value[kParentIdAt - 1] == '-' &&
         value[kFlagsAt - 1] == '-' && IsId(value.substr(kTraceIdAt, kTraceIdSize)) &&
         IsId(value.substr(kParentIdAt, kParentIdSize)) && IsHex(value.substr(kFlagsAt, 2));
}

std::string_view FindTraceparent(std::string_view block) {
  std::string_view found;
  size_t count = 0;
  while (const std::optional<Field> field = TakeField(block)) {
    if (field->name != "traceparent") continue;
    found = field->value;
    ++count;
  }
  return count == 1 && IsTraceparent(found) ? found : std::string_view();
}

std::string_view TraceIdIn(std::string_view traceparent) {
  return traceparent.empty() ? traceparent : traceparent.substr(kTraceIdAt, kTraceIdSize);
}

TraceId TraceIdOf(std::string_view traceparent) {
  TraceId id{};
  const std::string_view digits = TraceIdIn(traceparent);
  for (size_t i = 0; i < digits.size() / 2; ++i) {
    id[i] = static_cast<uint8_t>(DigitOf(digits[2 * i]) << 4 | DigitOf(digits[2 * i + 1]));
  }
  return id;
}

std::string ToText(const TraceId& id) {
  constexpr char kDigits[] = "0123456789abcdef";
  if (id == TraceId{}) return {};
  std::string text;
  for (const uint8_t byte : id) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace nano::http
