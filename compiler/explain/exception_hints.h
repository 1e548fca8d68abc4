// Advice about exceptions that apps often throw: globals that only browsers or Node.js have,
// modules that are not there, recursion without end. Owns nothing. Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace nano::compiler {

// What to do about an exception of the top level or of a warm-up request, by its message; empty if
// there is nothing to add.
std::string HintForException(std::string_view message);

}  // namespace nano::compiler
