// The reason in errno as an Error without a place: it becomes a part of a longer line.
//
// Owns nothing. Thread-safe.
#pragma once

#include <cerrno>
#include <system_error>

#include "base/result.h"

namespace nano::server {

inline Error ErrnoReason(int error = errno) {
  return {std::generic_category().message(error), {}, {}};
}

}  // namespace nano::server
