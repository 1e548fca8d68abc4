// The lock file.
#include "snapshot/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/system_error.h"

namespace nano::snapshot {

Result<DirectoryLock> DirectoryLock::Acquire(const std::string& directory) {
  std::string path = directory + "/" + kFileName;
  for (;;) {
    const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) return SystemError(path, "create", errno);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
      const int error_number = errno;
      close(fd);
      if (error_number == EINTR) continue;
      if (error_number != EWOULDBLOCK) return SystemError(path, "lock", error_number);
      return Error{"another build is writing to it", directory,
                   "Wait for it to end, or choose another directory."};
    }
    // The last holder may have removed the file between open() and flock(): then this lock is of no
    // file that anybody else would find.
    struct stat opened {};
    struct stat present {};
    if (fstat(fd, &opened) == 0 && stat(path.c_str(), &present) == 0 &&
        opened.st_ino == present.st_ino && opened.st_dev == present.st_dev) {
      return DirectoryLock(std::move(path), fd);
    }
    close(fd);
  }
}

DirectoryLock::~DirectoryLock() {
  if (fd_ < 0) return;
  // While it is still locked: see Acquire(). Should this fail, the file does no harm.
  unlink(path_.c_str());
  close(fd_);
}

}  // namespace nano::snapshot
