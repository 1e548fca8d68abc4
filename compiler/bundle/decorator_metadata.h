// TypeScript's emitDecoratorMetadata, which needs types and so cannot be had of a bundler that
// looks at one file at a time: says so where an app counts on it. Owns nothing. Thread: any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "compiler/bundle/metafile.h"

namespace nano::compiler {

// A warning for each tsconfig.json that asks for it on behalf of modules with decorators. `code` is
// what esbuild wrote, `directory` the app's.
std::vector<Error> MissingDecoratorMetadata(std::string_view code, const Metafile& metafile,
                                            const std::string& directory, bool color);

}  // namespace nano::compiler
