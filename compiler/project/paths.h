// Paths as messages show them. Owns nothing. Thread: any.
#pragma once

#include <string>

#include "base/result.h"

namespace nano::compiler {

// `path` (absolute) relative to the working directory if it lies in it or at most two folders
// above, else unchanged.
std::string DisplayPath(const std::string& path);

// The absolute path without symbolic links, "." and "..". Fails if there is nothing at `path`.
Result<std::string> CanonicalPath(const std::string& path);

}  // namespace nano::compiler
