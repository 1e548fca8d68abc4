// Soft and hard limits alike, so that nothing in the process raises them again. See
// resource_limits.h for the reasons.
#include "server/sandbox/resource_limits.h"

#include <sys/resource.h>

#include <algorithm>

#include "server/sandbox/errno_reason.h"

namespace nano::server {
namespace {

// Less than a core file has; 0 would be one for files only, and leave programs their dumps that the
// kernel hands them to (core_pattern): of 1 it makes an exception.
constexpr uint64_t kNoCore = 1;

// The connection, a call that its request makes, and both ends of a pipe between the two.
constexpr uint64_t kPerConnection = 4;
// Snapshots, the loop's own, and connections to other servers that apps keep.
constexpr uint64_t kOthers = 64 * 1024;

// To the bound, or what the process may have at most.
Result<void> Limit(__rlimit_resource resource, uint64_t bound) {
  rlimit limit;
  if (getrlimit(resource, &limit) != 0) return ErrnoReason();
  limit.rlim_cur = limit.rlim_max = std::min<rlim_t>(limit.rlim_max, bound);
  if (setrlimit(resource, &limit) != 0) return ErrnoReason();
  return {};
}

}  // namespace

uint64_t DescriptorsFor(size_t connections) { return kOthers + kPerConnection * connections; }

Result<void> LimitResources(size_t connections) {
  TRY(Limit(RLIMIT_CORE, kNoCore));
  return Limit(RLIMIT_NOFILE, DescriptorsFor(connections));
}

}  // namespace nano::server
