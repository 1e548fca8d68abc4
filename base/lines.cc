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
  std::string all;
  while (!text.empty()) {
    std::string_view line = TakeLine(text);
    const size_t begin = line.find_first_not_of(kSpace);
    if (begin == line.npos) continue;
    line = line.substr(begin, line.find_last_not_of(kSpace) + 1 - begin);
    all.append(all.empty() ? "" : " ").append(line);
  }
  return all;
}

}  // namespace nano
