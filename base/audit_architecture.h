// What the kernel calls the architecture that this is compiled for, in filters of system calls.
// Thread: any.
#pragma once

#include <linux/audit.h>

#include <cstdint>

namespace nano {

#if defined(__x86_64__)
inline constexpr uint32_t kAuditArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
inline constexpr uint32_t kAuditArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "NANO runs on x86-64 and arm64."
#endif

}  // namespace nano
