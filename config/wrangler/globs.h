// The globs of `rules`, of which NANO takes the extensions. Thread-safe.
#pragma once

#include <string>
#include <vector>

namespace nano::config {

// "**/*.md" is ".md", "**/*.{ttf,otf}" is ".ttf" and ".otf", "data/words.txt" is ".txt". Empty: the
// glob does not end in an extension, or in more than one pair of braces says.
std::vector<std::string> ExtensionsOf(const std::string& glob);

// Whether a glob is more than its extensions: it names a folder, or a file.
bool NamesMore(const std::string& glob);

}  // namespace nano::config
