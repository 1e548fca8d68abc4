// Paths of requests, as configurations have them. Owns nothing. Thread-safe.
#pragma once

#include <string>

#include "base/result.h"

namespace nano::config {

// Whether a text is the path of a request, maybe with a query. The Error has no `where`.
Result<void> CheckRequestPath(const std::string& path);

}  // namespace nano::config
