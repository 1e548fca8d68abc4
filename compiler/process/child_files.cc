// Open files are links in /proc; what a thread waits to open is the argument of its system call.
#include "compiler/process/child_files.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace nano::compiler {
namespace {

namespace fs = std::filesystem;

bool IsEndless(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return false;
  if (S_ISFIFO(info.st_mode) || S_ISBLK(info.st_mode) || S_ISSOCK(info.st_mode)) return true;
  return S_ISCHR(info.st_mode) && path != "/dev/null" && !path.starts_with("/dev/pts/") &&
         path != "/dev/tty";
}

// Calls `look` with the entries of a folder until one gives a path.
template <typename F>
std::string FirstOf(const fs::path& folder, F look) {
  std::error_code failure;
  for (fs::directory_iterator it(folder, failure), end; !failure && it != end;
       it.increment(failure)) {
    if (std::string found = look(it->path()); !found.empty()) return found;
  }
  return {};
}

// A link in /proc/PID/fd; those of pipes and sockets without a name are no paths.
std::string OpenFile(const fs::path& link) {
  std::error_code failure;
  const std::string target = fs::read_symlink(link, failure).string();
  return target.starts_with('/') && IsEndless(target) ? target : std::string();
}

std::string TextAt(const fs::path& process, uint64_t address) {
  std::array<char, PATH_MAX> bytes{};
  const int memory = open((process / "mem").c_str(), O_RDONLY | O_CLOEXEC);
  if (memory < 0) return {};
  const ssize_t size = pread(memory, bytes.data(), bytes.size() - 1, static_cast<off_t>(address));
  close(memory);
  return size > 0 ? std::string(bytes.data()) : std::string();
}

// What a thread waits to open: `openat(folder, path, …)`.
std::string AwaitedFile(const fs::path& process, const fs::path& thread) {
  std::ifstream file(thread / "syscall");
  long number = -1;
  std::string folder;
  std::string address;
  if (!(file >> number >> folder >> address) || number != SYS_openat) return {};
  const std::string path = TextAt(process, std::stoull(address, nullptr, 16));
  if (path.empty()) return {};
  std::error_code failure;
  // An absolute path replaces the one in front of it.
  const std::string absolute = (fs::read_symlink(process / "cwd", failure) / path).string();
  return IsEndless(absolute) ? absolute : std::string();
}

}  // namespace

std::string FindEndlessFile(pid_t process) {
  const fs::path folder = "/proc/" + std::to_string(process);
  if (std::string found = FirstOf(folder / "fd", OpenFile); !found.empty()) return found;
  return FirstOf(folder / "task",
                 [&](const fs::path& thread) { return AwaitedFile(folder, thread); });
}

}  // namespace nano::compiler
