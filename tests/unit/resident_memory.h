// How much of a mapping is in this process's memory. Thread: any.
#pragma once

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>

namespace nano::test {

// Bytes that the kernel counts as resident of the mapping that `mapped` begins in; SIZE_MAX if
// there is no such mapping.
inline size_t ResidentBytes(std::string_view mapped) {
  const auto address = reinterpret_cast<uintptr_t>(mapped.data());
  std::ifstream maps("/proc/self/smaps");
  bool found = false;
  for (std::string line; std::getline(maps, line);) {
    uintptr_t begin = 0, end = 0;
    size_t kilobytes = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2) {
      found = begin <= address && address < end;
    } else if (found && std::sscanf(line.c_str(), "Rss: %zu kB", &kilobytes) == 1) {
      return kilobytes * 1024;
    }
  }
  return SIZE_MAX;
}

}  // namespace nano::test
