// Files: read whole, written so that a reader sees all of the new contents or none, mapped,
// removed.
//
// Only regular files are read: a named pipe, a device or a socket where a file is expected would
// make the reader wait or read for ever, and is refused without being waited for.
//
// Every failure names the path, the system's reason and, where there is one, the remedy.
// Thread-safe; MappedFile as any value type. All calls block: not for the server's event loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/descriptor.h"
#include "base/result.h"

namespace nano {

// More than any file that is read whole has.
inline constexpr size_t kMaxFileBytes = size_t{1} << 30;

// The contents of a regular file, or an Error if it has more than `most` bytes.
Result<std::string> ReadFile(const std::string& path, size_t most = kMaxFileBytes);

// Writes all of `bytes` to an open file or pipe, waiting as long as it takes. False, with the
// reason in errno: the reader is gone, the disk is full.
bool WriteAll(int descriptor, std::string_view bytes);

// Whether there is anything at `path`. What cannot be told is no absence but an Error: a symbolic
// link on the way that leads nowhere (something was meant to be there) or in a circle, a folder
// that may not be searched.
Result<bool> IsThere(const std::string& path);

// When a file was last written, in seconds since 1970.
Result<int64_t> ModifiedAt(const std::string& path);

// Replaces `path` by `contents`: they are on disk when it returns, and a crash or a failure at any
// moment leaves either the old file or the new one. `mode` is subject to the umask. The folder must
// exist and be writable. A symbolic link is replaced, not followed.
Result<void> WriteFileAtomically(const std::string& path, std::string_view contents,
                                 unsigned mode = 0644);

// Makes a folder and those above it; fine if it exists.
Result<void> MakeDirectories(const std::string& path);

// Removes a file, or a folder with all that is in it; fine if there is none. Symbolic links are
// removed, not followed.
Result<void> RemoveTree(const std::string& path);

// Where MappedFile::OpenCopy puts a copy.
enum class CopyPlace {
  // For short use: a sealed file in memory (memfd_create(2)), which the system can only swap out.
  kMemory,
  // For long use: a file without a name beside the original, whose pages the system may drop and
  // read again; by reference where the file system can (ioctl_ficlone(2)). Where there can be none
  // (a read-only or full disk, an old file system) it is in memory.
  kDisk,
};

// A regular file's contents in memory, read-only.
class MappedFile {
 public:
  // Paged in as they are touched. The mapping shows the file itself, not a copy: whoever truncates
  // it in place makes reads beyond the new end fault. For bytes that are used at once.
  static Result<MappedFile> Open(const std::string& path);

  // A copy as the file is now, that nobody who writes to the file can change, shared with the
  // processes that are forked later. For bytes that are checked once and then trusted. Fails,
  // before anything is copied, if it has more than `most` bytes. `descriptor`, if not null, gets
  // one of the copy that can only be read, for the processes that are forked already (Map); none if
  // the file is empty.
  static Result<MappedFile> OpenCopy(const std::string& path, CopyPlace place,
                                     size_t most = kMaxFileBytes, Descriptor* descriptor = nullptr);

  // A copy that another process has made: a regular file, or one in memory, of exactly `size`
  // bytes. Who made it sees to it that it stays as it is. `name` is for messages.
  static Result<MappedFile> Map(const Descriptor& copy, size_t size, const std::string& name);

  MappedFile() = default;
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        in_memory_(other.in_memory_) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(in_memory_, other.in_memory_);
    return *this;
  }

  // Of a copy: whether it takes memory that the system can only swap out.
  bool in_memory() const { return in_memory_; }
  // Valid, and unmoved by moves of this object, until it is destroyed.
  std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

 private:
  MappedFile(void* data, size_t size) : data_(data), size_(size) {}

  void* data_ = nullptr;
  size_t size_ = 0;
  bool in_memory_ = false;
};

// Takes the pages that a part of a MappedFile lies in out of this process's memory. The system
// keeps them (in its cache, or in the copy), and whoever reads them again gets them back from there
// without a read from disk. For bytes that were read once and may not be needed for long.
void ReleasePages(std::string_view mapped);

}  // namespace nano
