// Paths of sources.
#include "compiler/project/paths.h"

#include <filesystem>

#include "base/system_error.h"

namespace nano::compiler {

namespace fs = std::filesystem;

std::string DisplayPath(const std::string& path) {
  std::error_code failure;
  const fs::path here = fs::current_path(failure);
  if (failure) return path;
  std::string relative = fs::path(path).lexically_relative(here).string();
  if (relative.empty() || relative.starts_with("../../..")) return path;
  return relative;
}

std::string PathIn(const std::string& directory, const std::string& file) {
  return (fs::path(directory) / file).lexically_normal().string();
}

Result<std::string> CanonicalPath(const std::string& path) {
  std::error_code failure;
  const fs::path canonical = fs::canonical(path, failure);
  if (failure) return SystemError(path, "open", failure.value());
  return canonical.string();
}

}  // namespace nano::compiler
