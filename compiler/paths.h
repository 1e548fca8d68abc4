// Paths as messages show them, and a folder for what lives as long as a build. Thread: any.
#pragma once

#include <string>

#include "base/result.h"

namespace nano::compiler {

// `path` (absolute) relative to the working directory if it lies in it or at most two folders
// above, else unchanged.
std::string DisplayPath(const std::string& path);

// The absolute path without symbolic links, "." and "..". Fails if there is nothing at `path`.
Result<std::string> CanonicalPath(const std::string& path);

// A new folder below TMPDIR (or /tmp), removed with all that is in it.
class ScratchFolder {
 public:
  static Result<ScratchFolder> Create();
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::move(other.path_)) {
    other.path_.clear();
  }
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder();

  const std::string& path() const { return path_; }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace nano::compiler
