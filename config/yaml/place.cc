// Places of a configuration file in words and code frames.
#include "config/yaml/place.h"

#include <string_view>
#include <utility>

#include "base/code_frame.h"
#include "base/utf8.h"

namespace nano::config {
namespace {

// Editors count characters where the parser counts bytes.
int CharacterColumn(std::string_view text, int line, int column) {
  size_t begin = 0;
  for (int i = 1; i < line; ++i) {
    const size_t feed = text.find('\n', begin);
    if (feed == std::string_view::npos) return column;
    begin = feed + 1;
  }
  std::string_view before = text.substr(begin, static_cast<size_t>(column - 1));
  int count = 1;
  for (size_t position = 0; position < before.size(); ++count) NextCodePoint(before, position);
  // A place behind the end of the text stays as far behind it.
  return count + column - 1 - static_cast<int>(before.size());
}

}  // namespace

std::string Place::ToString() const {
  if (source == nullptr) return {};
  std::string out = source->path;
  if (line > 0) out += ":" + std::to_string(line);
  if (line > 0 && column > 0) {
    out += ":" + std::to_string(CharacterColumn(source->text, line, column));
  }
  return out;
}

Error ErrorAt(const Place& place, std::string message, std::string hint) {
  Error error{std::move(message), place.ToString(), std::move(hint)};
  if (place.source != nullptr && place.line > 0) {
    CodeFramePlace frame;
    frame.line = static_cast<size_t>(place.line);
    frame.column = static_cast<size_t>(place.column);
    frame.unit = ColumnUnit::kBytes;
    error.excerpt = CodeFrame(place.source->text, frame);
  }
  return error;
}

}  // namespace nano::config
