// Tries, since what is open already is known to nobody. See descriptor_limit.h.
#include "server/supervisor/descriptor_limit.h"

#include <sys/eventfd.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "base/descriptor.h"

namespace nano::server {
namespace {

// The loop, the channel between all workers, the admin API, what is watched on the disk;
// generously.
constexpr size_t kOwn = 24;
constexpr size_t kPerWorker = 2;  // Its channel, of which a worker has one end.
constexpr size_t kPerGroup = 4;   // The same, and that by which it gets connections.

}  // namespace

void RaiseDescriptorLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

Result<void> CheckDescriptorLimit(size_t workers, size_t groups) {
  const size_t needed = kOwn + kPerWorker * workers + kPerGroup * groups;
  std::vector<Descriptor> opened;
  opened.reserve(needed);
  while (opened.size() < needed) {
    const int fd = eventfd(0, EFD_CLOEXEC);
    if (fd < 0) {
      const std::string why = std::strerror(errno);
      return Error{"the server needs " + std::to_string(needed) +
                       " more open files to start, for " + std::to_string(workers) +
                       (workers == 1 ? " worker and " : " workers and ") + std::to_string(groups) +
                       (groups == 1 ? " group" : " groups") + ", and can have " +
                       std::to_string(opened.size()) + ": " + why,
                   {},
                   kRaiseDescriptorLimit};
    }
    opened.emplace_back(fd);
  }
  return {};
}

}  // namespace nano::server
