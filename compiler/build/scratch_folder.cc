// Making, locking and removing.
#include "compiler/build/scratch_folder.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/folder.h"
#include "base/system_error.h"

namespace nano::compiler {
namespace {

constexpr std::string_view kPrefix = "nanoc-build-";
constexpr std::string_view kPattern = "XXXXXX";  // As mkdtemp(3) has it.

std::string TemporaryDirectory() {
  const char* directory = getenv("TMPDIR");
  return directory != nullptr && *directory != '\0' ? directory : "/tmp";
}

// An open folder; negative if it is another user's, a link, or not there any more.
Descriptor Open(const std::string& path) {
  Descriptor folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  const bool own =
      folder.get() >= 0 && fstat(folder.get(), &status) == 0 && status.st_uid == geteuid();
  return own ? std::move(folder) : Descriptor();
}

// Whether the folder is still the one at `path`. Whoever removes it holds its lock.
bool IsThere(const Descriptor& folder, const std::string& path) {
  struct stat opened {};
  struct stat present {};
  return folder.get() >= 0 && fstat(folder.get(), &opened) == 0 &&
         lstat(path.c_str(), &present) == 0 && opened.st_ino == present.st_ino &&
         opened.st_dev == present.st_dev;
}

// What cannot be removed from a temporary folder is the system's to clear.
void Remove(const std::string& path) { static_cast<void>(RemoveTree(path).ok()); }

void RemoveAbandoned(const std::string& directory) {
  const Result<std::optional<Folder>> folder = Folder::Open(directory);
  if (!folder.ok() || !folder->has_value()) return;  // The new folder's error will say so.
  const Result<std::vector<std::string>> names = (*folder)->Names();
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    if (!name.starts_with(kPrefix) || name.size() != kPrefix.size() + kPattern.size()) continue;
    const std::string path = directory + "/" + name;
    const Descriptor lock = Open(path);
    if (lock.get() < 0 || flock(lock.get(), LOCK_EX | LOCK_NB) != 0) continue;  // In use.
    if (IsThere(lock, path)) Remove(path);
  }
}

}  // namespace

Result<ScratchFolder> ScratchFolder::Create() {
  const std::string directory = TemporaryDirectory();
  RemoveAbandoned(directory);
  for (;;) {
    std::string path = directory + "/" + std::string(kPrefix) + std::string(kPattern);
    if (mkdtemp(path.data()) == nullptr) return SystemError(path, "make", errno);
    Descriptor lock = Open(path);
    // Until it is locked, another build may take it for abandoned: then a new one is made. Where
    // locks do not work nobody removes anything.
    if (lock.get() >= 0) flock(lock.get(), LOCK_EX);
    if (IsThere(lock, path)) return ScratchFolder(std::move(path), std::move(lock));
    // It was taken for abandoned, even before it could be opened.
    struct stat present {};
    if (lock.get() >= 0 || lstat(path.c_str(), &present) != 0) continue;
    // It cannot be opened, or the file system gives it to another user: none can be held here.
    Remove(path);
    return Error{"folders made in it are not this user's to lock", directory,
                 "Name another directory in TMPDIR."};
  }
}

ScratchFolder::~ScratchFolder() {
  if (!path_.empty()) Remove(path_);
}

}  // namespace nano::compiler
