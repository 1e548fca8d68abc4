// Secrets and tokens from standard input: from whoever writes to it, or from a terminal, which does
// not show what is typed.
//
// Owns nothing. Thread: the process's only one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/result.h"

namespace nano::cli::ctl {

// `what` is what the terminal's user is asked for: "shop's TOKEN". One line feed at the end of what
// comes is not part of it. The Error never has any of it.
Result<std::string> ReadSecret(const std::optional<std::string>& file, const std::string& what);

// All of standard input, or its first line, with the line feed. `what` it is is for the Error, if
// it cannot be read or has more than so many bytes.
Result<std::string> ReadInput(const std::string& what, size_t most, bool one_line = false);

}  // namespace nano::cli::ctl
