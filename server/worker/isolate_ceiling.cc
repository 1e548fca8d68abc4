// Counts lines of /proc/self/maps. See isolate_ceiling.h.
#include "server/worker/isolate_ceiling.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/descriptor.h"

namespace nano::server {
namespace {

// Of x86-64 and arm64 alike; some of it is the program's own.
constexpr uint64_t kAllAddresses = uint64_t{120} << 40;

uint64_t CountMappings() {
  const Descriptor file = OpenAt(AT_FDCWD, "/proc/self/maps", O_RDONLY);
  std::vector<char> part(size_t{1} << 16);
  uint64_t lines = 0;
  for (ssize_t size; (size = read(file.get(), part.data(), part.size())) > 0;) {
    lines += static_cast<uint64_t>(std::count(part.data(), part.data() + size, '\n'));
  }
  return lines;
}

}  // namespace

IsolateCeiling::System IsolateCeiling::OfSystem() {
  System system{.addresses = kAllAddresses, .count = CountMappings};
  const Descriptor file = OpenAt(AT_FDCWD, "/proc/sys/vm/max_map_count", O_RDONLY);
  char text[32] = {};
  if (read(file.get(), text, sizeof text - 1) > 0) system.mappings = strtoull(text, nullptr, 10);
  rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    system.addresses = std::min<uint64_t>(system.addresses, limit.rlim_cur);
  }
  return system;
}

bool IsolateCeiling::Take() {
  const auto most = [](uint64_t bound) { return bound - bound / kReserve; };
  if (system_.addresses != 0 && memory_.Read().size + kAddresses > most(system_.addresses)) {
    return false;
  }
  if (system_.mappings == 0) return true;
  if (left_ == 0) {
    const uint64_t taken = system_.count();
    const uint64_t bound = most(system_.mappings);
    if (taken + kMappings > bound) return false;
    left_ = std::max<uint64_t>(1, (bound - taken) / kMappings / 2);
  }
  --left_;
  return true;
}

}  // namespace nano::server
