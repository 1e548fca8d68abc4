// Why an isolate that nobody needs was given up: the words of the metrics and the log. Plain data;
// safe on any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nano::server {

enum class Eviction : uint8_t {
  kIdle,     // The app got no request for as long as its `idle` says.
  kMemory,   // The worker had more memory than `server.memory`.
  kCeiling,  // The system lets a process have no more isolates, and another app needed one.
};
inline constexpr size_t kEvictions = static_cast<size_t>(Eviction::kCeiling) + 1;

// By Eviction.
inline constexpr std::string_view kEvictionNames[kEvictions] = {"idle", "memory", "ceiling"};

}  // namespace nano::server
