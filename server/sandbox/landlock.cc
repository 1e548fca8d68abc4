// The interface as linux/landlock.h has it, in numbers of our own: the header of the system that
// builds may be older than the kernel that runs.
#include "server/sandbox/landlock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <iterator>

#include "base/descriptor.h"
#include "server/sandbox/errno_reason.h"

namespace nano::server {
namespace {

// One number for all architectures.
constexpr long kCreateRuleset = 444;
constexpr long kAddRule = 445;
constexpr long kRestrictSelf = 446;

constexpr uint32_t kAskVersion = 1;
constexpr int kPathBeneath = 1;

constexpr uint64_t kReadFile = 1 << 2;
constexpr uint64_t kReadFolder = 1 << 3;
// Writing, making and removing files, and cutting them off; making folders.
constexpr uint64_t kWriteFiles = 1 << 1 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 14;

// All rights to files that a version of the interface knows: what is not handled would be allowed.
constexpr uint64_t kRightsOf[] = {
    0,
    (1 << 13) - 1,  // 1: execute, write, read, and to make and remove files of each kind.
    (1 << 14) - 1,  // 2: to move them to other folders.
    (1 << 15) - 1,  // 3: to cut them off.
    (1 << 15) - 1,  // 4
    (1 << 16) - 1,  // 5: commands to devices.
};
constexpr uint64_t kBindTcp = 1 << 0;               // Since version 4.
constexpr uint64_t kAbstractSocketsAndSignals = 3;  // Since version 6.

struct Ruleset {
  uint64_t files;
  uint64_t network;
  uint64_t scoped;
};

struct [[gnu::packed]] PathBeneath {
  uint64_t allowed;
  int32_t parent;
};

// `more` are rights beyond reading, of a folder.
Result<void> Allow(int ruleset, const std::string& path, uint64_t more = 0) {
  const Descriptor parent = OpenAt(AT_FDCWD, path, O_PATH);
  if (parent.get() < 0) {
    // What is not there cannot be read either; nor what the user may not look at.
    if (errno == ENOENT || errno == ENOTDIR || errno == EACCES) return {};
    return ErrnoReason();
  }
  struct stat status;
  if (fstat(parent.get(), &status) != 0) return ErrnoReason();
  const uint64_t rights = S_ISDIR(status.st_mode) ? kReadFile | kReadFolder | more : kReadFile;
  const PathBeneath rule{.allowed = rights, .parent = parent.get()};
  if (syscall(kAddRule, ruleset, kPathBeneath, &rule, 0) != 0) return ErrnoReason();
  return {};
}

}  // namespace

Result<int> RestrictFiles(const std::vector<std::string>& readable, const std::string& writable) {
  const auto version = static_cast<int>(syscall(kCreateRuleset, nullptr, 0, kAskVersion));
  if (version <= 0) return ErrnoReason();
  const auto newest = static_cast<int>(std::size(kRightsOf)) - 1;
  const Ruleset asked{.files = kRightsOf[std::min(version, newest)],
                      .network = version >= 4 ? kBindTcp : 0,
                      .scoped = version >= 6 ? kAbstractSocketsAndSignals : 0};
  const Descriptor ruleset(static_cast<int>(syscall(kCreateRuleset, &asked, sizeof asked, 0)));
  if (ruleset.get() < 0) return ErrnoReason();
  for (const std::string& path : readable) TRY(Allow(ruleset.get(), path));
  if (!writable.empty()) TRY(Allow(ruleset.get(), writable, kWriteFiles & asked.files));
  if (syscall(kRestrictSelf, ruleset.get(), 0) != 0) return ErrnoReason();
  return version;
}

}  // namespace nano::server
