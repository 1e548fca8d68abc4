// A limit on private writable memory, which addresses that are only reserved do not count towards.
#include "compiler/process/memory_bound.h"

#include <sys/resource.h>

namespace nano::compiler {
namespace {

// More than runtime/limits/heap_limit.cc gives an app that is being stopped, and the engine's own.
constexpr rlim_t kRoom = rlim_t{2} << 30;

// A sanitizer's shadow of the address space is private writable memory. GCC says it by a macro of
// its own, Clang by a question.
#if defined(__has_feature)
#define NANO_HAS_FEATURE(feature) __has_feature(feature)
#else
#define NANO_HAS_FEATURE(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    NANO_HAS_FEATURE(address_sanitizer) || NANO_HAS_FEATURE(thread_sanitizer)
constexpr bool kHasShadow = true;
#else
constexpr bool kHasShadow = false;
#endif

}  // namespace

void BoundMemory(const runtime::Limits& limits) {
  if (kHasShadow || limits.memory == 0 || limits.external_memory == 0) return;
  const rlim_t bytes = limits.memory + limits.external_memory + kRoom;
  rlimit now{};
  // A lower one, of whoever runs the build, stays.
  if (getrlimit(RLIMIT_DATA, &now) != 0 || now.rlim_max < bytes) return;
  now.rlim_cur = now.rlim_cur < bytes ? now.rlim_cur : bytes;
  setrlimit(RLIMIT_DATA, &now);
}

}  // namespace nano::compiler
