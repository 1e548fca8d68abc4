// Reads counts of pages. See process_memory.h.
#include "base/process_memory.h"

#include <unistd.h>

#include <cstdlib>
#include <string>

namespace nano {

MemoryGauge::MemoryGauge() : counts_(OpenAt(AT_FDCWD, "/proc/self/statm", O_RDONLY)) {}

MemoryGauge::MemoryGauge(int32_t pid)
    : counts_(OpenAt(AT_FDCWD, "/proc/" + std::to_string(pid) + "/statm", O_RDONLY)) {}

ProcessMemory MemoryGauge::Read() const {
  char text[128];
  const ssize_t length = pread(counts_.get(), text, sizeof text - 1, 0);
  if (length <= 0) return {};
  text[length] = '\0';
  static const auto page = static_cast<uint64_t>(getpagesize());
  char* end = text;
  ProcessMemory memory;
  for (uint64_t* count : {&memory.size, &memory.resident, &memory.shared}) {
    *count = strtoull(end, &end, 10) * page;
  }
  return memory;
}

}  // namespace nano
