// Closes what others go on using. See leave_supervisor.h.
#include "server/supervisor/leave_supervisor.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string_view>
#include <vector>

#include "base/check.h"

namespace nano::server {
namespace {

// Whether a descriptor, by its name in /proc/self/fd, is of a kind that the supervisor opens for
// itself. Pipes and devices are whoever's started the server, or of libraries.
bool IsOfSupervisor(int descriptors, const char* name) {
  struct stat status;
  if (fstatat(descriptors, name, &status, 0) != 0) return false;
  if (S_ISSOCK(status.st_mode) || S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) return true;
  char target[64];
  const ssize_t size = readlinkat(descriptors, name, target, sizeof target);
  return size > 0 && std::string_view(target, static_cast<size_t>(size)) == "anon_inode:inotify";
}

}  // namespace

void AbandonLoop(uv_loop_t* loop) {
  uv_walk(
      loop,
      [](uv_handle_t* handle, void*) {
        if (!uv_is_closing(handle)) uv_close(handle, nullptr);
      },
      nullptr);
  uv_run(loop, UV_RUN_DEFAULT);
  NANO_CHECK(uv_loop_close(loop) == 0);
}

void CloseInheritedBut(const std::set<int>& kept) {
  std::vector<int> inherited;
  DIR* const directory = opendir("/proc/self/fd");
  if (directory == nullptr) return;
  while (const dirent* entry = readdir(directory)) {
    const int fd = atoi(entry->d_name);
    const bool stays = fd <= STDERR_FILENO || fd == dirfd(directory) || kept.contains(fd);
    if (!stays && IsOfSupervisor(dirfd(directory), entry->d_name)) inherited.push_back(fd);
  }
  closedir(directory);
  for (const int fd : inherited) close(fd);
}

}  // namespace nano::server
