// How much of a process is in memory, as the system counts it. Owns nothing. Thread-safe.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/file.h"

namespace nano::server {

// In bytes, pages that others share included (proc(5), statm); 0: there is no such process.
inline uint64_t ResidentBytes(int32_t pid) {
  const Result<std::string> text = ReadFile("/proc/" + std::to_string(pid) + "/statm");
  if (!text.ok()) return 0;
  const size_t space = text->find(' ');
  if (space == std::string::npos) return 0;
  return strtoull(text->c_str() + space, nullptr, 10) * static_cast<uint64_t>(getpagesize());
}

}  // namespace nano::server
