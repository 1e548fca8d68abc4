// A secret, from a file, from whoever writes to standard input, or from a terminal, which does not
// show what is typed.
//
// Owns nothing. Thread: the process's only one.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace nano::cli::ctl {

// `what` is what the terminal's user is asked for: "shop's TOKEN". One line feed at the end of what
// comes is not part of it. The Error never has any of it.
Result<std::string> ReadSecret(const std::optional<std::string>& file, const std::string& what);

}  // namespace nano::cli::ctl
