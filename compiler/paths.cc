// Paths of sources and of the build's own files.
#include "compiler/paths.h"

#include <errno.h>
#include <stdlib.h>

#include <filesystem>

#include "base/file.h"

namespace nano::compiler {

namespace fs = std::filesystem;

std::string DisplayPath(const std::string& path) {
  std::error_code failure;
  const fs::path here = fs::current_path(failure);
  if (failure) return path;
  const std::string relative = fs::path(path).lexically_relative(here).string();
  if (relative.empty() || relative.starts_with("../../..")) return path;
  return relative;
}

Result<std::string> CanonicalPath(const std::string& path) {
  std::error_code failure;
  const fs::path canonical = fs::canonical(path, failure);
  if (failure) return SystemError(path, "open", failure.value());
  return canonical.string();
}

Result<ScratchFolder> ScratchFolder::Create() {
  const char* base = getenv("TMPDIR");
  std::string path =
      std::string(base != nullptr && *base != '\0' ? base : "/tmp") + "/nanoc-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) return SystemError(path, "make", errno);
  return ScratchFolder(std::move(path));
}

ScratchFolder::~ScratchFolder() {
  // What cannot be removed from a temporary folder is the system's to clear.
  if (!path_.empty()) static_cast<void>(RemoveTree(path_).ok());
}

}  // namespace nano::compiler
