// Files.
#include "base/file.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>

#include "base/descriptor.h"
#include "base/folder.h"
#include "base/system_error.h"

namespace nano {
namespace {

// No path with a zero byte exists, and the system would read only what is in front of it.
std::optional<Error> CheckPath(const std::string& path) {
  if (path.empty()) return Error{"the path is empty", "", "Give the path of a file or folder."};
  if (path.find('\0') == std::string::npos) return std::nullopt;
  return Error{"the path holds a zero byte", path.c_str(), "Give a path without it."};
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Error TooLarge(const std::string& path, size_t most) {
  return {"it is larger than " + std::to_string(most) + " bytes", path,
          "Is it the file that was meant?"};
}

Error DanglingLink(const std::filesystem::path& path) {
  std::error_code error;
  const std::string target = std::filesystem::read_symlink(path, error).string();
  return {"it is a symbolic link to '" + target + "', which is not there", path.string(),
          "Put there what it is to lead to, or remove the link."};
}

// An open regular file.
class RegularFile {
 public:
  // `action` is for messages: "read", "map".
  static Result<RegularFile> Open(const std::string& path, std::string_view action) {
    if (auto error = CheckPath(path)) return *error;
    // Without O_NONBLOCK, opening a named pipe would wait for a writer. Regular files ignore it.
    Descriptor file = OpenAt(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (file.get() < 0) {
      // What a socket answers to open(2).
      if (errno == ENXIO) return NotRegular(path, action);
      return SystemError(path, "open", errno);
    }
    struct stat status {};
    if (fstat(file.get(), &status) != 0) return SystemError(path, action, errno);
    if (S_ISDIR(status.st_mode)) return SystemError(path, action, EISDIR);
    if (!S_ISREG(status.st_mode)) return NotRegular(path, action);
    return RegularFile(std::move(file), static_cast<size_t>(status.st_size));
  }

  int fd() const { return file_.get(); }
  size_t size() const { return size_; }  // When it was opened.

 private:
  RegularFile(Descriptor file, size_t size) : file_(std::move(file)), size_(size) {}

  static Error NotRegular(const std::string& path, std::string_view action) {
    return {"cannot " + std::string(action) + " it: it is not a regular file", path,
            "Give the path of a plain file."};
  }

  Descriptor file_;
  size_t size_;
};

constexpr size_t kCopyAtOnce = size_t{1} << 30;

// A file in memory whose contents can be sealed; negative with errno set.
int MakeSealable() {
  constexpr char kName[] = "nano-snapshot";  // In /proc/PID/maps.
#ifdef MFD_NOEXEC_SEAL
  // Linux 6.3 and newer; there the system may warn about those that do not say it.
  const int fd = memfd_create(kName, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
  if (fd >= 0 || errno != EINVAL) return fd;
#endif
  return memfd_create(kName, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

// Copies all of a file into an empty one; its size, or none with errno set. EFBIG: it has grown
// beyond `most` meanwhile.
std::optional<size_t> Copy(int from, int to, size_t most) {
  size_t size = 0;
  if (struct stat status{}; ioctl(to, FICLONE, from) == 0 && fstat(to, &status) == 0) {
    size = static_cast<size_t>(status.st_size);
  } else {
    for (off_t at = 0; size <= most; size = static_cast<size_t>(at)) {
      const ssize_t count = sendfile(to, from, &at, std::min(kCopyAtOnce, most + 1 - size));
      if (count == 0) break;
      if (count < 0 && errno != EINTR) return std::nullopt;
    }
  }
  if (size <= most) return size;
  errno = EFBIG;
  return std::nullopt;
}

struct Mapping {
  void* data = MAP_FAILED;
  size_t size = 0;
  Descriptor descriptor{};  // Of the copy; nobody can write by it.
};

// None if there can be no such file here. Its mode keeps others of this user from opening it anew
// to write. `keep`: with its descriptor.
std::optional<Mapping> CopyOnDisk(const std::string& folder, int from, size_t most, bool keep) {
  const Descriptor copy = OpenAt(AT_FDCWD, folder, O_RDWR | O_TMPFILE, 0400);
  if (copy.get() < 0) return std::nullopt;
  const std::optional<size_t> size = Copy(from, copy.get(), most);
  if (!size) return std::nullopt;
  if (*size == 0) return Mapping{.data = nullptr};
  Mapping mapping{.size = *size};
  if (keep) {
    mapping.descriptor =
        OpenAt(AT_FDCWD, "/proc/self/fd/" + std::to_string(copy.get()), O_RDONLY | O_NOCTTY);
    if (mapping.descriptor.get() < 0) return std::nullopt;
  }
  mapping.data = mmap(nullptr, *size, PROT_READ, MAP_PRIVATE, copy.get(), 0);
  if (mapping.data == MAP_FAILED) return std::nullopt;
  return mapping;
}

// MAP_FAILED, with errno set.
Mapping CopyInMemory(int from, size_t most) {
  Descriptor copy(MakeSealable());
  if (copy.get() < 0) return {};
  const std::optional<size_t> size = Copy(from, copy.get(), most);
  if (!size) return {};
  if (*size == 0) return {.data = nullptr};
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  if (fcntl(copy.get(), F_ADD_SEALS, kSeals) != 0) return {};
  void* data = mmap(nullptr, *size, PROT_READ, MAP_SHARED, copy.get(), 0);
  return {data, *size, std::move(copy)};
}

}  // namespace

Result<std::string> ReadFile(const std::string& path, size_t most) {
  const RegularFile file = TRY(RegularFile::Open(path, "read"));
  if (file.size() > most) return TooLarge(path, most);

  // The size is a hint (zero in /proc) and may grow meanwhile: read to the end. The byte more lets
  // the last read find it without another allocation.
  std::string contents;
  constexpr size_t kSmallest = 4096;
  size_t used = 0;
  contents.resize(std::max<size_t>(file.size() + 1, kSmallest));
  for (;;) {
    const ssize_t count = read(file.fd(), contents.data() + used, contents.size() - used);
    if (count < 0) {
      if (errno == EINTR) continue;
      return SystemError(path, "read", errno);
    }
    if (count == 0) break;
    used += static_cast<size_t>(count);
    if (used > most) return TooLarge(path, most);
    if (used == contents.size()) contents.resize(contents.size() * 2);
  }
  contents.resize(used);
  return contents;
}

bool WriteAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

Result<int64_t> ModifiedAt(const std::string& path) {
  if (auto error = CheckPath(path)) return *error;
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return SystemError(path, "look at", errno);
  return int64_t{status.st_mtime};
}

Result<bool> IsThere(const std::string& path) {
  if (auto error = CheckPath(path)) return *error;
  struct stat status {};
  if (stat(path.c_str(), &status) == 0) return true;
  if (errno != ENOENT && errno != ENOTDIR) return SystemError(path, "look at", errno);
  // From the whole path up to the first part of it that is there.
  for (std::filesystem::path part = path; !part.empty(); part = part.parent_path()) {
    if (lstat(part.c_str(), &status) == 0) {
      if (S_ISLNK(status.st_mode) && stat(part.c_str(), &status) != 0) return DanglingLink(part);
      return false;
    }
    if (part == part.parent_path()) break;
  }
  return false;
}

Result<void> WriteFileAtomically(const std::string& path, std::string_view contents,
                                 unsigned mode) {
  if (auto error = CheckPath(path)) return *error;
  const std::optional<Folder> folder = TRY(Folder::Open(FolderOf(path)));
  if (!folder.has_value()) return SystemError(path, "write", ENOENT);
  const size_t slash = path.rfind('/');
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  Result<void> written = folder->Write(name, contents, mode);
  if (written.ok()) return written;
  Error error = std::move(written).error();
  error.where = path;  // As it was given.
  return error;
}

Result<void> MakeDirectories(const std::string& path) {
  if (auto error = CheckPath(path)) return *error;
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error && !std::filesystem::is_directory(path, error) && !error) {
    error = std::make_error_code(std::errc::not_a_directory);
  }
  if (error) return SystemError(path, "create", error.value());
  return {};
}

Result<void> RemoveTree(const std::string& path) {
  if (auto error = CheckPath(path)) return *error;
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return SystemError(path, "remove", error.value());
  return {};
}

Result<MappedFile> MappedFile::Open(const std::string& path) {
  const RegularFile file = TRY(RegularFile::Open(path, "map"));
  if (file.size() == 0) return MappedFile();
  void* data = mmap(nullptr, file.size(), PROT_READ, MAP_PRIVATE, file.fd(), 0);
  if (data == MAP_FAILED) return SystemError(path, "map", errno);
  return MappedFile(data, file.size());
}

Result<MappedFile> MappedFile::OpenCopy(const std::string& path, CopyPlace place, size_t most,
                                        Descriptor* descriptor) {
  const RegularFile file = TRY(RegularFile::Open(path, "copy"));
  if (file.size() > most) return TooLarge(path, most);
  std::optional<Mapping> mapping;
  if (place == CopyPlace::kDisk) {
    mapping = CopyOnDisk(FolderOf(path), file.fd(), most, /*keep=*/descriptor != nullptr);
  }
  const bool in_memory = !mapping;
  if (in_memory) mapping = CopyInMemory(file.fd(), most);
  if (mapping->data == MAP_FAILED) return SystemError(path, "copy", errno);
  MappedFile copy(mapping->data, mapping->size);
  copy.in_memory_ = in_memory;
  if (descriptor != nullptr) *descriptor = std::move(mapping->descriptor);
  return copy;
}

Result<MappedFile> MappedFile::Map(const Descriptor& copy, size_t size, const std::string& name) {
  struct stat status {};
  if (fstat(copy.get(), &status) != 0) return SystemError(name, "map", errno);
  // What lies beyond a file's end faults when it is read.
  if (!S_ISREG(status.st_mode) || std::cmp_not_equal(status.st_size, size)) {
    return Error{"it is no file of " + std::to_string(size) + " bytes", name, ""};
  }
  if (size == 0) return MappedFile();
  void* data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, copy.get(), 0);
  if (data == MAP_FAILED) return SystemError(name, "map", errno);
  MappedFile file(data, size);
  // Only files in memory have seals.
  file.in_memory_ = fcntl(copy.get(), F_GET_SEALS) >= 0;
  return file;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) munmap(data_, size_);
}

void ReleasePages(std::string_view mapped) {
  if (mapped.empty()) return;
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto address = reinterpret_cast<uintptr_t>(mapped.data());
  const uintptr_t begin = address & ~(page - 1);
  const uintptr_t end = (address + mapped.size() + page - 1) & ~(page - 1);
  // Advice that is not taken costs memory and nothing else.
  madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

}  // namespace nano
