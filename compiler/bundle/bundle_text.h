// Finishing touches on what esbuild wrote: characters that V8's one-byte source cannot hold, paths
// that would tell where the app was built. Owns nothing. Thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace nano::compiler {

// Characters beyond ASCII, in UTF-8.
size_t CountNonAscii(std::string_view code);

// Escapes them as \uXXXX, surrogate pairs included. To be used on comments only.
std::string EscapeNonAscii(std::string_view code);

// A script as the engine takes it: Latin-1 if that holds all of its characters, else UTF-16 behind
// a byte order mark (runtime/isolate/source_resource.h).
std::string EngineText(std::string_view utf8);

// The path of a package's file without what leads to its node_modules folder: of
// "../../node_modules/a/b.js" "node_modules/a/b.js". Other paths stay as they are.
std::string ShortPackagePath(std::string_view path);

// Packages may be installed in any folder above the app's. esbuild names their files relative to
// the app's in comments and in the wrappers of CommonJS modules: makes "../../node_modules/a/b.js"
// there "node_modules/a/b.js".
std::string ShortenPackagePaths(std::string_view code);

// The same for the sources of a source map, which are relative to `map_directory`; both folders are
// absolute. Text that is no source map stays as it is.
std::string ShortenPackageSources(std::string map, const std::string& map_directory,
                                  const std::string& app_directory);

}  // namespace nano::compiler
