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

}  // namespace nano
