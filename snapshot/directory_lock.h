// Keeps two builds from writing one directory at the same time. Owns an open file with an flock(2)
// on it, which the kernel releases however the process ends, children that inherited it included.
#pragma once

#include <string>
#include <utility>

#include "base/result.h"

namespace nano::snapshot {

class DirectoryLock {
 public:
  // Takes the lock of an existing directory without waiting. Fails if another holder has it.
  static Result<DirectoryLock> Acquire(const std::string& directory);

  DirectoryLock() = default;
  // Releases it and removes the lock's file.
  ~DirectoryLock();
  DirectoryLock(DirectoryLock&& other) noexcept
      : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)) {}
  DirectoryLock& operator=(DirectoryLock&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(fd_, other.fd_);
    return *this;
  }

  // The file's name inside the directory.
  static constexpr char kFileName[] = ".nanoc.lock";

 private:
  DirectoryLock(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  std::string path_;
  int fd_ = -1;
};

}  // namespace nano::snapshot
