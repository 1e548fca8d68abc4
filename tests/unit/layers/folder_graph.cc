// Depth-first, from each folder once: an arrow back onto the way closes a circle.
#include "tests/unit/layers/folder_graph.h"

namespace nano::layers {

std::string FolderAt(std::string_view file, size_t depth) {
  const size_t last = file.rfind('/');
  size_t end = 0;
  for (size_t level = 0; level < depth && end != last; ++level) {
    end = file.find('/', level == 0 ? 0 : end + 1);
    if (end == std::string_view::npos) return "";
  }
  return std::string(file.substr(0, end));
}

FolderGraph::FolderGraph(const std::vector<Include>& includes, size_t depth) : depth_(depth) {
  for (const Include& include : includes) {
    // Headers of libraries, and generated ones, lie in no folder of the repository.
    if (!include.quoted || include.header.find('/') == std::string::npos) continue;
    const std::string from = FolderAt(include.file, depth);
    const std::string to = FolderAt(include.header, depth);
    if (from != to) arrows_[from].emplace(to, include);
  }
}

bool FolderGraph::Walk(const std::string& folder, std::map<std::string, bool>& on_the_way,
                       std::vector<Include>& way) const {
  on_the_way[folder] = true;
  if (const auto found = arrows_.find(folder); found != arrows_.end()) {
    for (const auto& [to, include] : found->second) {
      const auto seen = on_the_way.find(to);
      if (seen != on_the_way.end() && !seen->second) continue;  // No circle goes through it.
      way.push_back(include);
      if (seen != on_the_way.end()) {
        // What leads to the circle is no part of it.
        while (FolderAt(way.front().file, depth_) != to) way.erase(way.begin());
        return true;
      }
      if (Walk(to, on_the_way, way)) return true;
      way.pop_back();
    }
  }
  on_the_way[folder] = false;
  return false;
}

std::vector<Include> FolderGraph::Circle() const {
  std::map<std::string, bool> on_the_way;
  std::vector<Include> way;
  for (const auto& [folder, to] : arrows_) {
    if (!on_the_way.contains(folder) && Walk(folder, on_the_way, way)) return way;
  }
  return {};
}

}  // namespace nano::layers
