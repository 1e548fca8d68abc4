// Values with variables of the environment: `${NAME}` stands for one of the server's own, taken
// when the app is served, so that no secret is in a file or a snapshot. As in a shell, and with
// Docker Compose: `${NAME:-default}` has a default, a template itself, for a variable that is not
// set or is empty, `${NAME:?message}` an error of its own, `${NAME:+other}` another value for one
// that is set; without the colon, an empty variable counts as one that is set. `$${` stands for
// `${`; any other `$` for itself.
//
// Owns nothing. Thread-safe if the lookup is.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nano::config {

// The value of a variable, or nothing if it is not set (which is not the same as empty).
using EnvironmentLookup = std::function<std::optional<std::string>(const std::string& name)>;

// Expands a template. Values are taken as they are, not expanded again. Errors, without a place: a
// variable that is not set and has no default; `${` without `}`; a name that is none.
Result<std::string> ExpandEnvironment(std::string_view text, const EnvironmentLookup& lookup);

// Letters, digits and underscores, not beginning with a digit (POSIX, section 8.1).
bool IsEnvironmentName(std::string_view name);

// Whether a template, well formed, needs a variable of the server's environment: it takes one that
// has no default.
bool NeedsEnvironment(std::string_view text);

// Whether a template takes anything from the server's environment, which is how values come that
// nobody should see.
bool TakesEnvironment(std::string_view text);

// Whether a template is well formed; the errors of ExpandEnvironment but for variables not set.
Result<void> CheckTemplate(std::string_view text);

}  // namespace nano::config
