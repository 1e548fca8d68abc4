// Finishing touches on what esbuild wrote: characters that V8's one-byte source cannot hold, paths
// that would tell where the app was built. Owns nothing. Thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace nano::compiler {

// Characters beyond ASCII, in UTF-8.
size_t CountNonAscii(std::string_view code);

// Escapes them as \uXXXX, surrogate pairs included. To be used on code that has them in regular
// expressions, where that means the same in every mode, and in comments only.
std::string EscapeNonAscii(std::string_view code);

// Packages may be installed in any folder above the app's. esbuild names their files relative to
// the app's in comments and in the wrappers of CommonJS modules: makes "../../node_modules/a/b.js"
// there "node_modules/a/b.js".
std::string ShortenPackagePaths(std::string_view code);

// The same for the sources of a source map, which are relative to `map_directory`; both folders are
// absolute. Text that is no source map stays as it is.
std::string ShortenPackageSources(std::string map, const std::string& map_directory,
                                  const std::string& app_directory);

}  // namespace nano::compiler
