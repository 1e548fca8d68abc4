// How much memory this process and its children could still take: what the system has left, and
// what their control group may have. Reads files of the kernel's. Owns nothing. Thread: any.
#pragma once

#include <cstdint>
#include <optional>

namespace nano::server {

// In bytes; none: nobody says.
std::optional<uint64_t> AvailableMemory();

}  // namespace nano::server
