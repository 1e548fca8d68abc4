// Folders by their descriptors.
#include "base/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <memory>
#include <utility>

#include "base/file.h"
#include "base/system_error.h"

namespace nano {
namespace {

constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
constexpr std::string_view kTemporary = ".tmp";

}  // namespace

Result<std::optional<Folder>> Folder::Open(const std::string& path) {
  Descriptor folder = OpenAt(AT_FDCWD, path, kFlags);
  if (folder.get() >= 0) return std::optional<Folder>(Folder(path, std::move(folder)));
  const int error_number = errno;
  if (error_number != ENOENT) return SystemError(path, "open", error_number);
  TRY(IsThere(path));
  return std::optional<Folder>();
}

Result<std::optional<Folder>> Folder::OpenFolder(const std::string& name) const {
  Descriptor folder = OpenAt(descriptor_.get(), name, kFlags | O_NOFOLLOW);
  if (folder.get() >= 0) return std::optional<Folder>(Folder(PathOf(name), std::move(folder)));
  const int error_number = errno;
  if (error_number == ENOENT) return std::optional<Folder>();
  struct stat status {};
  if (fstatat(descriptor_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
      S_ISLNK(status.st_mode)) {
    return Error{"it is a symbolic link, and files elsewhere are none of NANO's", PathOf(name),
                 "Put a folder in its place, or remove it."};
  }
  return SystemError(PathOf(name), "open", error_number);
}

Result<Folder> Folder::MakeFolder(const std::string& name) const {
  if (mkdirat(descriptor_.get(), name.c_str(), 0777) != 0) {
    return SystemError(PathOf(name), "create", errno);
  }
  TRY(Sync());
  std::optional<Folder> made = TRY(OpenFolder(name));
  if (!made.has_value()) return SystemError(PathOf(name), "open", ENOENT);
  return std::move(*made);
}

Result<std::vector<std::string>> Folder::Names() const {
  // A description of its own: the position in the list belongs to it.
  Descriptor again = OpenAt(descriptor_.get(), ".", kFlags);
  const std::unique_ptr<DIR, int (*)(DIR*)> list(again.get() < 0 ? nullptr : fdopendir(again.get()),
                                                 closedir);
  if (list == nullptr) return SystemError(path_, "list", errno);
  again.Release();  // It is the list's now.
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(list.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return SystemError(path_, "list", errno);
  std::sort(names.begin(), names.end());
  return names;
}

bool Folder::Has(const std::string& name) const {
  struct stat status {};
  return fstatat(descriptor_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

bool Folder::Holds(const std::string& name, std::string_view contents) const {
  const Descriptor file =
      OpenAt(descriptor_.get(), name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  struct stat status {};
  if (file.get() < 0 || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      static_cast<size_t>(status.st_size) != contents.size()) {
    return false;
  }
  std::string part(std::min<size_t>(contents.size(), 256 * 1024), '\0');
  while (!contents.empty()) {
    const ssize_t count = read(file.get(), part.data(), std::min(part.size(), contents.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    const std::string_view present(part.data(), static_cast<size_t>(count));
    if (!contents.starts_with(present)) return false;
    contents.remove_prefix(present.size());
  }
  return true;
}

Result<void> Folder::Write(const std::string& name, std::string_view contents,
                           unsigned mode) const {
  // Beside the target, since a rename cannot cross file systems; unique among processes and
  // threads.
  static std::atomic<unsigned> counter{0};
  const int folder = descriptor_.get();
  std::string temporary;
  Descriptor file;
  do {
    temporary = name + "." + std::to_string(getpid()) + "-" + std::to_string(counter.fetch_add(1)) +
                std::string(kTemporary);
    file = OpenAt(folder, temporary, O_WRONLY | O_CREAT | O_EXCL, mode);
  } while (file.get() < 0 && errno == EEXIST);
  if (file.get() < 0) return SystemError(PathOf(name), "write", errno);

  const int fd = file.get();
  int error_number = WriteAll(fd, contents) ? 0 : errno;
  if (error_number == 0 && fsync(fd) != 0) error_number = errno;
  if (file.Close() != 0 && error_number == 0 && errno != EINTR) error_number = errno;
  if (error_number == 0 && renameat(folder, temporary.c_str(), folder, name.c_str()) != 0) {
    error_number = errno;
  }
  if (error_number != 0) {
    unlinkat(folder, temporary.c_str(), 0);
    return SystemError(PathOf(name), "write", error_number);
  }
  return Sync();
}

Result<void> Folder::Sync() const {
  if (fsync(descriptor_.get()) == 0 || errno == EINVAL || errno == ENOTSUP) return {};
  return SystemError(path_, "sync", errno);
}

Result<void> Folder::Remove(const std::string& name) const {
  if (unlinkat(descriptor_.get(), name.c_str(), 0) == 0 || errno == ENOENT) return {};
  return SystemError(PathOf(name), "remove", errno);
}

void Folder::RemoveIfEmpty(const std::string& name) const {
  unlinkat(descriptor_.get(), name.c_str(), AT_REMOVEDIR);
}

bool Folder::IsTemporary(std::string_view temporary, std::string_view name) {
  if (!temporary.starts_with(name) || !temporary.ends_with(kTemporary)) return false;
  temporary.remove_prefix(name.size());
  if (temporary.size() <= 1 + kTemporary.size() || temporary.front() != '.') return false;
  const std::string_view numbers = temporary.substr(1, temporary.size() - 1 - kTemporary.size());
  return numbers.find_first_not_of("0123456789-") == std::string_view::npos;
}

}  // namespace nano
