// Files of an app's project that say something NANO does not do: told in one warning each, instead
// of being passed over in silence. Owns nothing; reads files. Thread: any.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "compiler/metafile.h"

namespace nano::compiler {

// `directory` is the app's: wrangler.toml, wrangler.json or wrangler.jsonc beside it, and
// "emitDecoratorMetadata" in the tsconfig.json of an app with decorators.
std::vector<Error> UnreadSettings(const Metafile& metafile, const std::string& directory);

}  // namespace nano::compiler
