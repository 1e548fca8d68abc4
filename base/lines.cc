// Finding line feeds.
#include "base/lines.h"

namespace nano {

std::string_view TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return line;
}

std::string_view LineAt(std::string_view text, size_t number) {
  std::string_view line;
  for (; number > 0; --number) line = TakeLine(text);
  return line;
}

std::string InOneLine(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  constexpr std::string_view kEnds = ".:;,!?";
  std::string all;
  while (!text.empty()) {
    std::string_view line = TakeLine(text);
    const size_t begin = line.find_first_not_of(kSpace);
    if (begin == line.npos) continue;
    line = line.substr(begin, line.find_last_not_of(kSpace) + 1 - begin);
    const bool begins = line.front() >= 'A' && line.front() <= 'Z';
    const bool goes_on = all.empty() || !begins || kEnds.find(all.back()) != kEnds.npos;
    all.append(all.empty() ? "" : goes_on ? " " : ". ").append(line);
  }
  return all;
}

}  // namespace nano
