// Lowers soft and hard limits alike. See resource_limits.h for the reasons.
#include "server/sandbox/resource_limits.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>

#include "server/sandbox/system_error.h"

namespace nano::server {
namespace {

// The connection, a call that its request makes, and both ends of a pipe between the two.
constexpr uint64_t kPerConnection = 4;
// Snapshots, the loop's own, and connections to other servers that apps keep.
constexpr uint64_t kOthers = 64 * 1024;

// Soft and hard: nothing in the process may raise it again.
Result<void> Lower(__rlimit_resource resource, uint64_t bound) {
  rlimit limit;
  if (getrlimit(resource, &limit) != 0) return SystemError();
  limit.rlim_max = std::min<rlim_t>(limit.rlim_max, bound);
  limit.rlim_cur = std::min(limit.rlim_cur, limit.rlim_max);
  if (setrlimit(resource, &limit) != 0) return SystemError();
  return {};
}

}  // namespace

uint64_t DescriptorsFor(size_t connections) { return kOthers + kPerConnection * connections; }

Result<void> LimitResources(size_t connections) {
  TRY(Lower(RLIMIT_CORE, 0));
  TRY(Lower(RLIMIT_NOFILE, DescriptorsFor(connections)));
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return SystemError();
  return {};
}

}  // namespace nano::server
