// Templates and paths, checked as far as they can be before they are used.
#include "config/schema/placed_text.h"

#include <filesystem>
#include <utility>

#include "config/values/template.h"
#include "config/yaml/reader.h"

namespace nano::config {

bool ReadTemplate(Reader& reader, const Node& node, PlacedText& out) {
  std::string text;
  if (!reader.Text(node, &text)) return false;
  if (Result<void> checked = CheckTemplate(text); !checked.ok()) {
    reader.Fail(node.place, checked.error());
    return false;
  }
  out = {std::move(text), node.place};
  return true;
}

void ReadPath(Reader& reader, const Node& node, PlacedText& out) {
  std::string path;
  if (!reader.String(node, &path)) return;
  if (path.empty()) return reader.Fail(node.place, "an empty path", "Name a PEM file.");
  out = {std::move(path), node.place};
}

std::string PathOf(const PlacedText& path) {
  namespace fs = std::filesystem;
  const fs::path named_by = path.place.source == nullptr ? "" : path.place.source->path;
  std::error_code status;
  return fs::absolute(named_by.parent_path() / path.text, status).lexically_normal().string();
}

std::string ShowPath(const PlacedText& path) { return path.text.empty() ? "" : PathOf(path); }

}  // namespace nano::config
