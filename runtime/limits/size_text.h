// Sizes of memory, for people. Thread: any.
#pragma once

#include <cstddef>
#include <string>

namespace nano::runtime {

inline constexpr size_t kMiB = size_t{1} << 20;

// "128 MiB", rounded up.
inline std::string Mebibytes(size_t bytes) {
  return std::to_string((bytes + kMiB - 1) / kMiB) + " MiB";
}

}  // namespace nano::runtime
