// The repository's sources as the tests of its structure see them: files, and what they include.
// Thread: any; nothing is kept.
#pragma once

#include <filesystem>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

namespace nano::layers {

// The checkout.
const std::filesystem::path& Root();

// All files below the folders with one of the endings, relative to the root, in order. Installed
// packages and fixtures that tests feed to the programs are left out.
std::vector<std::string> FilesBelow(const std::vector<std::string>& folders,
                                    const std::vector<std::string>& endings);

struct Include {
  std::string file;  // Relative to the root.
  int line = 0;
  std::string header;
  bool quoted = false;

  std::string Place() const {
    return file + ":" + std::to_string(line) + ": #include " + (quoted ? "\"" : "<") + header;
  }
};

std::vector<Include> IncludesOf(const std::string& file, std::istream& text);
std::vector<Include> IncludesOf(const std::vector<std::string>& files);

bool StartsWithAny(std::string_view text, const std::vector<std::string>& beginnings);
bool EndsWithAny(std::string_view text, const std::vector<std::string>& endings);

}  // namespace nano::layers
