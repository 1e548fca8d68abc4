// Checks of the program's own invariants. A failed check is a bug in NANO: it prints the place and
// aborts. Input of any kind is never checked this way (see base/result.h). Thread-safe.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace nano::internal {

[[noreturn]] inline void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: check failed: %s (a bug in NANO)\n", file, line, condition);
  std::abort();
}

}  // namespace nano::internal

#define NANO_CHECK(condition) \
  ((condition) ? void() : ::nano::internal::CheckFailed(#condition, __FILE__, __LINE__))
