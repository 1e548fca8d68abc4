// What this program is, for those who keep what it made: another version may make something else.
// Owns nothing; reads files. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace nano::compiler {

// A digest, in hex, of the program (by its linker's build ID), the engine, the base snapshot, the
// bundler, and the variables of the environment that they heed; the same for every copy of an
// installation. An Error: the bundler cannot be read.
Result<std::string> ProgramDigest(std::string_view base_snapshot_digest);

}  // namespace nano::compiler
