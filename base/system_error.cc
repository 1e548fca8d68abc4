// What an error number means, and what to do about the common ones.
#include "base/system_error.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <system_error>

namespace nano {
namespace {

std::string HintFor(int error_number) {
  switch (error_number) {
    case ENOENT:
      return "Check the path, and that the folders in it exist.";
    case EACCES:
    case EPERM:
      return "Check who owns it and its permissions (ls -ld), or run as another user.";
    case ENOSPC:
    case EDQUOT:
      return "Free space on that disk, or choose another folder.";
    case EFBIG:
      return "Raise the limit on the size of files (ulimit -f), or choose another file system.";
    case EROFS:
      return "The file system is mounted read-only: choose another folder.";
    case EISDIR:
      return "It is a folder: give the path of a file.";
    case ENOTDIR:
    case EEXIST:
      return "A part of the path is a file where a folder is needed: move it away or choose "
             "another.";
    case EMFILE:
    case ENFILE:
      return "Raise the limit on open files (ulimit -n).";
    case ELOOP:
      return "Its symbolic links lead in a circle: mend them.";
    case ENOMEM:
      return "Free memory, or raise the limit on it.";
    default:
      return "";
  }
}

}  // namespace

Error SystemError(const std::string& path, std::string_view action, int error_number) {
  const std::string reason = std::generic_category().message(error_number);
  return {"cannot " + std::string(action) + " it: " + reason, path, HintFor(error_number)};
}

bool IsOutOfSpace(const Error& error) {
  constexpr int kNumbers[] = {ENOSPC, EDQUOT, EFBIG};
  return std::any_of(std::begin(kNumbers), std::end(kNumbers),
                     [&error](int number) { return error.hint == HintFor(number); });
}

}  // namespace nano
