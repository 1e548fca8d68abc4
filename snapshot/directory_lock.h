// Keeps two builds from writing one directory at the same time. Owns an open file with an flock(2)
// on it, which the kernel releases however the process ends, children that inherited it included.
// Thread: any one at a time.
#pragma once

#include <utility>

#include "base/descriptor.h"
#include "base/folder.h"
#include "base/result.h"

namespace nano::snapshot {

class DirectoryLock {
 public:
  // Takes the lock of a directory without waiting. Fails if another holder has it.
  static Result<DirectoryLock> Acquire(const Folder& directory);

  DirectoryLock() = default;
  // Releases it and removes the lock's file.
  ~DirectoryLock();
  DirectoryLock(DirectoryLock&&) noexcept = default;
  DirectoryLock& operator=(DirectoryLock&&) noexcept = default;

  // The file's name inside the directory.
  static constexpr char kFileName[] = ".nanoc.lock";

 private:
  DirectoryLock(Descriptor directory, Descriptor file)
      : directory_(std::move(directory)), file_(std::move(file)) {}

  Descriptor directory_;
  Descriptor file_;
};

}  // namespace nano::snapshot
