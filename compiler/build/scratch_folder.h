// The folder for what lives as long as a build. Owns it, by a lock that ends with the process
// however that ends: what a killed build has left is removed by the next one. Thread: any.
#pragma once

#include <string>
#include <utility>

#include "base/descriptor.h"
#include "base/result.h"

namespace nano::compiler {

class ScratchFolder {
 public:
  // A new folder below TMPDIR (or /tmp), after those there were removed whose builds are gone.
  static Result<ScratchFolder> Create();

  ScratchFolder(ScratchFolder&& other) noexcept
      : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  // Removes it with all that is in it.
  ~ScratchFolder();

  const std::string& path() const { return path_; }

 private:
  ScratchFolder(std::string path, Descriptor lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::string path_;
  Descriptor lock_;  // Of the folder itself.
};

}  // namespace nano::compiler
