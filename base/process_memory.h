// What a process has in memory, as the system counts it (proc(5), statm): one small read, whatever
// the process's size.
//
// Owns a descriptor of the counts. Thread-safe.
#pragma once

#include <cstdint>

#include "base/descriptor.h"

namespace nano {

// In bytes.
struct ProcessMemory {
  uint64_t size = 0;      // Addresses that are taken, most of them without memory.
  uint64_t resident = 0;  // What is in memory …
  uint64_t shared = 0;    // … of which this much is pages of files and of shared memory.

  // What is there for this process alone, and goes with it. Pages of files (programs, mapped
  // snapshots) are one for all who map them, and the system may drop them.
  uint64_t own() const { return resident - shared; }
};

class MemoryGauge {
 public:
  // Of this process; made before it gives up privileges, or where /proc/self may be read.
  MemoryGauge();
  explicit MemoryGauge(int32_t pid);

  // All zeros if there is no such process any more.
  ProcessMemory Read() const;

 private:
  Descriptor counts_;
};

}  // namespace nano
