// The graph of the repository's folders: an arrow from each folder to those that its files include
// from. Thread: any.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/layers/sources.h"

namespace nano::layers {

// The folder of a file, down to `depth` levels: "runtime/native" is that of
// runtime/native/url/ada.h at depth two, "runtime" that of runtime/image.h at any.
std::string FolderAt(std::string_view file, size_t depth);

class FolderGraph {
 public:
  FolderGraph(const std::vector<Include>& includes, size_t depth);

  // The includes that lead around a circle of folders, in order; empty if there is no circle.
  std::vector<Include> Circle() const;

  size_t size() const { return arrows_.size(); }

 private:
  bool Walk(const std::string& folder, std::map<std::string, bool>& on_the_way,
            std::vector<Include>& way) const;

  // From each folder that includes from others: to which, and one of the includes.
  std::map<std::string, std::map<std::string, Include>> arrows_;
  const size_t depth_;
};

}  // namespace nano::layers
