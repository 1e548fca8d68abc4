// Imports of files that are bytes, as an ArrayBuffer: what Wrangler's rule `Data` gives. Owns
// nothing. Thread: any.
#pragma once

#include <string>

#include "config/schema/bundle.h"

namespace nano::compiler {

// esbuild has such a file as a Uint8Array. Gives its code with the buffers of those that have one
// of the extensions with the rule `data` instead; no line of it moves.
std::string WithDataBuffers(std::string code, const config::BundleSettings& settings);

}  // namespace nano::compiler
