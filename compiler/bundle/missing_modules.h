// Modules that are asked for and cannot be had: those of Node.js, packages that are not installed,
// URLs. Whether that stops a build depends on how they are asked for.
//
// A static import is never left out: without it, the module cannot run. `require(…)` and
// `import(…)` may well be in a branch that is never reached: they stay, and throw where they are.
// Owns nothing; reads the source files. Thread: any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "compiler/bundle/esbuild_log.h"
#include "compiler/bundle/metafile.h"

namespace nano::compiler {

// The specifier that esbuild could not resolve, if `message` says so of a `require(…)` or
// `import(…)` of something else than a file; else empty. `directory` is the one that esbuild ran
// in.
std::string MissingAtRunTime(const EsbuildMessage& message, const std::string& directory);

// Static imports of what is not in the bundle; `directory` is the app's.
std::vector<Error> MissingStaticImports(const Metafile& metafile, const std::string& directory,
                                        bool color);

// JavaScript that declares `require` for a bundle: a function that throws as Node.js does for a
// module that is not there, and names who asks for it.
std::string RequireDeclaration(const Metafile& metafile);

}  // namespace nano::compiler
