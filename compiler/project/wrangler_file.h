// The configuration file of Wrangler that an app may bring along, and that NANO does not read: told
// in one warning instead of being passed over in silence. Owns nothing; reads files. Thread: any.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace nano::compiler {

// Of wrangler.jsonc, wrangler.json or wrangler.toml in the app's directory.
std::optional<Error> UnreadWranglerFile(const std::string& directory);

// The same as a sentence for an app without an entry, which the file may name. Empty: there is
// none.
std::string EntryOfWranglerFile(const std::string& directory);

}  // namespace nano::compiler
