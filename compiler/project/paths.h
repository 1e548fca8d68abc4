// Paths of sources, as they are and as messages show them. Owns nothing. Thread: any.
#pragma once

#include <string>

#include "base/result.h"

namespace nano::compiler {

// `path` (absolute) relative to the working directory if it lies in it or at most two folders
// above, else unchanged.
std::string DisplayPath(const std::string& path);

// The path of `file` as it is seen from `directory`, without "." and "..".
std::string PathIn(const std::string& directory, const std::string& file);

// The absolute path without symbolic links, "." and "..". Fails if there is nothing at `path`.
Result<std::string> CanonicalPath(const std::string& path);

}  // namespace nano::compiler
