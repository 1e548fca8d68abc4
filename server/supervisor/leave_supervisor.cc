// Closes what others go on using. See leave_supervisor.h.
#include "server/supervisor/leave_supervisor.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "base/check.h"

namespace nano::server {

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

void CloseSocketsBut(const std::set<int>& kept) {
  std::vector<int> sockets;
  DIR* const directory = opendir("/proc/self/fd");
  if (directory == nullptr) return;
  while (const dirent* entry = readdir(directory)) {
    const int fd = atoi(entry->d_name);
    struct stat status;
    if (fd > STDERR_FILENO && !kept.contains(fd) && fstat(fd, &status) == 0 &&
        S_ISSOCK(status.st_mode)) {
      sockets.push_back(fd);
    }
  }
  closedir(directory);
  for (const int fd : sockets) close(fd);
}

}  // namespace nano::server
