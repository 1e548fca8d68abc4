// A file descriptor that closes itself. Thread: as any value type.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace nano {

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  int get() const { return fd_; }  // Negative: none.

  // Hands it to another owner.
  int Release() { return std::exchange(fd_, -1); }

  // Closes it now, for the sake of close's own error.
  int Close() { return close(Release()); }

 private:
  int fd_ = -1;
};

// Opens a file as openat(2) does, closed on exec and whatever signals come meanwhile. `path` is
// seen from `folder` (AT_FDCWD: from the working directory). None, with the reason in errno.
inline Descriptor OpenAt(int folder, const std::string& path, int flags, unsigned mode = 0) {
  int fd = -1;
  do {
    fd = openat(folder, path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return Descriptor(fd);
}

}  // namespace nano
