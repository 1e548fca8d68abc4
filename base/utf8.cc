// UTF-8 decoding and character widths.
#include "base/utf8.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace nano {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

bool Contains(const Range* begin, const Range* end, char32_t code_point) {
  const Range* range =
      std::lower_bound(begin, end, code_point,
                       [](const Range& range, char32_t value) { return range.last < value; });
  return range != end && range->first <= code_point;
}

// The blocks of combining marks and of format characters that take no cell.
constexpr Range kZeroWidth[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A},   {0x064B, 0x065F},
    {0x06D6, 0x06DC}, {0x0E31, 0x0E31}, {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E},   {0x1AB0, 0x1AFF},
    {0x1DC0, 0x1DFF}, {0x200B, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x2064},   {0x20D0, 0x20FF},
    {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}, {0x1F3FB, 0x1F3FF}, {0xE0000, 0xE01EF}};

// The blocks that Unicode's East Asian Width calls wide or fullwidth, and emoji shown as pictures.
constexpr Range kWide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x23E9, 0x23EC},   {0x2614, 0x2615},
    {0x26A1, 0x26A1},   {0x26BD, 0x26BE},   {0x2705, 0x2705},   {0x270A, 0x270B},
    {0x2728, 0x2728},   {0x274C, 0x274C},   {0x2753, 0x2755},   {0x2795, 0x2797},
    {0x2B1B, 0x2B1C},   {0x2B50, 0x2B50},   {0x2E80, 0x303E},   {0x3041, 0x33FF},
    {0x3400, 0x4DBF},   {0x4E00, 0xA4CF},   {0xA960, 0xA97F},   {0xAC00, 0xD7A3},
    {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF01, 0xFF60},   {0xFFE0, 0xFFE6},
    {0x16FE0, 0x18AFF}, {0x1B000, 0x1B2FF}, {0x1F004, 0x1F004}, {0x1F0CF, 0x1F0CF},
    {0x1F18E, 0x1F18E}, {0x1F191, 0x1F19A}, {0x1F200, 0x1F265}, {0x1F300, 0x1F64F},
    {0x1F680, 0x1F6FF}, {0x1F7E0, 0x1F7EB}, {0x1F90C, 0x1F9FF}, {0x1FA70, 0x1FAFF},
    {0x20000, 0x3FFFD}};

bool IsControl(char32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0);
}

// Length of the colour sequence (CSI digits and semicolons, then m) at `position`, or 0.
size_t ColorSequence(std::string_view text, size_t position) {
  if (text.substr(position, 2) != "\x1b[") return 0;
  const size_t end = text.find_first_not_of("0123456789;", position + 2);
  return end == std::string_view::npos || text[end] != 'm' ? 0 : end + 1 - position;
}

}  // namespace

char32_t NextCodePoint(std::string_view text, size_t& position) {
  const uint8_t first = static_cast<uint8_t>(text[position++]);
  if (first < 0x80) return first;
  // The second byte's bounds exclude overlong forms, surrogates and values above U+10FFFF.
  uint8_t lower = 0x80;
  uint8_t upper = 0xBF;
  int needed = 0;
  char32_t code_point = 0;
  if (first >= 0xC2 && first <= 0xDF) {
    needed = 1;
    code_point = first & 0x1F;
  } else if (first >= 0xE0 && first <= 0xEF) {
    if (first == 0xE0) lower = 0xA0;
    if (first == 0xED) upper = 0x9F;
    needed = 2;
    code_point = first & 0x0F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    if (first == 0xF0) lower = 0x90;
    if (first == 0xF4) upper = 0x8F;
    needed = 3;
    code_point = first & 0x07;
  } else {
    return kReplacementCharacter;
  }
  for (; needed > 0; --needed) {
    if (position == text.size()) return kReplacementCharacter;
    const uint8_t next = static_cast<uint8_t>(text[position]);
    if (next < lower || next > upper) return kReplacementCharacter;
    lower = 0x80;
    upper = 0xBF;
    code_point = (code_point << 6) | (next & 0x3F);
    ++position;
  }
  return code_point;
}

bool IsUtf8(std::string_view text) {
  constexpr std::string_view kEncoded = "\xEF\xBF\xBD";
  for (size_t at = 0; at < text.size();) {
    const size_t start = at;
    const char32_t point = NextCodePoint(text, at);
    if (point == kReplacementCharacter && text.substr(start, at - start) != kEncoded) return false;
  }
  return true;
}

void AppendUtf8(std::string& out, char32_t code_point) {
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
    return;
  }
  if (code_point < 0x800) {
    out += static_cast<char>(0xC0 | (code_point >> 6));
  } else {
    if (code_point < 0x10000) {
      out += static_cast<char>(0xE0 | (code_point >> 12));
    } else {
      out += static_cast<char>(0xF0 | (code_point >> 18));
      out += static_cast<char>(0x80 | ((code_point >> 12) & 0x3F));
    }
    out += static_cast<char>(0x80 | ((code_point >> 6) & 0x3F));
  }
  out += static_cast<char>(0x80 | (code_point & 0x3F));
}

int CellWidth(char32_t code_point) {
  if (IsControl(code_point)) return 0;
  if (code_point < 0x300) return 1;
  if (Contains(std::begin(kZeroWidth), std::end(kZeroWidth), code_point)) return 0;
  return Contains(std::begin(kWide), std::end(kWide), code_point) ? 2 : 1;
}

size_t CellWidth(std::string_view text) {
  size_t width = 0;
  for (size_t position = 0; position < text.size();) {
    if (const size_t sequence = ColorSequence(text, position)) {
      position += sequence;
      continue;
    }
    width += static_cast<size_t>(CellWidth(NextCodePoint(text, position)));
  }
  return width;
}

std::string Printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t position = 0; position < text.size();) {
    const char32_t code_point = NextCodePoint(text, position);
    AppendUtf8(out, IsControl(code_point) ? kReplacementCharacter : code_point);
  }
  return out;
}

}  // namespace nano
