// Braces are written out, once; what is left has to be an extension behind a star, or a file's.
#include "config/wrangler/globs.h"

#include <algorithm>
#include <string_view>

namespace nano::config {
namespace {

// "a.{b,c}" is "a.b" and "a.c". What has no braces is itself.
std::vector<std::string> WithoutBraces(const std::string& glob) {
  const size_t open = glob.find('{');
  const size_t close = glob.find('}', std::min(open, glob.size()));
  if (open == std::string::npos || close == std::string::npos) return {glob};
  const std::string before = glob.substr(0, open);
  const std::string behind = glob.substr(close + 1);
  std::vector<std::string> all;
  for (size_t at = open + 1; at <= close;) {
    const size_t end = std::min(glob.find(',', at), close);
    all.push_back(before + glob.substr(at, end - at) + behind);
    at = end + 1;
  }
  return all;
}

std::string ExtensionOf(const std::string& glob) {
  const size_t star = glob.rfind('*');
  // A file by its name: behind its last dot.
  const size_t begin = star == std::string::npos ? glob.rfind('.') : star + 1;
  if (begin == std::string::npos || begin >= glob.size()) return {};
  std::string rest = glob.substr(begin);
  const bool is_one =
      rest.size() > 1 && rest.front() == '.' && rest.find_first_of("/{}[]?,") == std::string::npos;
  return is_one ? rest : std::string();
}

}  // namespace

std::vector<std::string> ExtensionsOf(const std::string& glob) {
  std::vector<std::string> extensions;
  for (const std::string& one : WithoutBraces(glob)) {
    extensions.push_back(ExtensionOf(one));
    if (extensions.back().empty()) return {};
  }
  return extensions;
}

bool NamesMore(const std::string& glob) {
  const std::string_view rest = std::string_view(glob).substr(glob.starts_with("**/") ? 3 : 0);
  return !rest.starts_with('*') || rest.find('/') != std::string_view::npos;
}

}  // namespace nano::config
