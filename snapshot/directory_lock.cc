// The lock file.
#include "snapshot/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/system_error.h"

namespace nano::snapshot {

Result<DirectoryLock> DirectoryLock::Acquire(const Folder& directory) {
  const std::string path = directory.PathOf(kFileName);
  Descriptor folder(fcntl(directory.descriptor(), F_DUPFD_CLOEXEC, 0));
  if (folder.get() < 0) return SystemError(directory.path(), "open", errno);
  for (;;) {
    Descriptor file(openat(folder.get(), kFileName,
                           O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644));
    if (file.get() < 0) return SystemError(path, "create", errno);
    if (flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      if (errno != EWOULDBLOCK) return SystemError(path, "lock", errno);
      return Error{"another build is writing to it", directory.path(),
                   "Wait for it to end, or choose another directory."};
    }
    // The last holder may have removed the file between openat() and flock(): then this lock is of
    // no file that anybody else would find.
    struct stat opened {};
    struct stat present {};
    if (fstat(file.get(), &opened) == 0 &&
        fstatat(folder.get(), kFileName, &present, AT_SYMLINK_NOFOLLOW) == 0 &&
        opened.st_ino == present.st_ino && opened.st_dev == present.st_dev) {
      return DirectoryLock(std::move(folder), std::move(file));
    }
  }
}

DirectoryLock::~DirectoryLock() {
  // While it is still locked: see Acquire(). Should this fail, the file does no harm.
  if (file_.get() >= 0) unlinkat(directory_.get(), kFileName, 0);
}

}  // namespace nano::snapshot
