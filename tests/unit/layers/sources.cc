// Walking the tree, and reading the include lines of its files.
#include "tests/unit/layers/sources.h"

#include <algorithm>
#include <fstream>

namespace nano::layers {

namespace fs = std::filesystem;

const fs::path& Root() {
  static const fs::path root = NANO_SOURCE_DIR;
  return root;
}

std::vector<std::string> FilesBelow(const std::vector<std::string>& folders,
                                    const std::vector<std::string>& endings) {
  std::vector<std::string> files;
  for (const std::string& folder : folders) {
    if (!fs::exists(Root() / folder)) continue;
    for (auto entry = fs::recursive_directory_iterator(Root() / folder);
         entry != fs::recursive_directory_iterator(); ++entry) {
      const std::string name = entry->path().filename().string();
      if (entry->is_directory() &&
          (name == "node_modules" || name == "dist" || name == "fixtures")) {
        entry.disable_recursion_pending();
        continue;
      }
      if (entry->is_regular_file() && EndsWithAny(name, endings)) {
        files.push_back(fs::relative(entry->path(), Root()).string());
      }
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<Include> IncludesOf(const std::string& file, std::istream& text) {
  std::vector<Include> includes;
  std::string line;
  for (int number = 1; std::getline(text, line); ++number) {
    const size_t hash = line.find_first_not_of(" \t");
    if (hash == std::string::npos || line[hash] != '#') continue;
    size_t word = line.find_first_not_of(" \t", hash + 1);
    if (word == std::string::npos || line.compare(word, 7, "include") != 0) continue;
    const size_t open = line.find_first_of("\"<", word);
    if (open == std::string::npos) continue;
    const size_t close = line.find_first_of("\">", open + 1);
    if (close == std::string::npos) continue;
    includes.push_back({file, number, line.substr(open + 1, close - open - 1), line[open] == '"'});
  }
  return includes;
}

std::vector<Include> IncludesOf(const std::vector<std::string>& files) {
  std::vector<Include> all;
  for (const std::string& file : files) {
    std::ifstream text(Root() / file);
    for (Include& include : IncludesOf(file, text)) all.push_back(std::move(include));
  }
  return all;
}

bool StartsWithAny(std::string_view text, const std::vector<std::string>& beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](const std::string& beginning) { return text.starts_with(beginning); });
}

bool EndsWithAny(std::string_view text, const std::vector<std::string>& endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](const std::string& ending) { return text.ends_with(ending); });
}

}  // namespace nano::layers
