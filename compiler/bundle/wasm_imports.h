// Imports of WebAssembly modules: esbuild puts a URL where a .wasm file was imported and copies the
// file; this puts the file itself there.
//
// WebAssembly does not exist while an app is evaluated, so an import gives a stand-in, which the
// runtime compiles after boot, when it is first used (runtime/web/wasm/lazy/modules.ts). The bytes
// are base64 in a comment of a function: V8 keeps no comments, so they cost memory only while a
// module is compiled from them. Owns nothing. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace nano::compiler {

// Options of esbuild for such files: its loader, the copies' names and the URLs' beginning.
inline constexpr const char* kWasmOptions[] = {"--loader:.wasm=file", "--asset-names=[hash]",
                                               "--public-path=nano-wasm:"};

struct WasmImports {
  std::string code;  // The bundle with stand-ins where the URLs were.
  // Declares `__nano_modules`, a list of stand-ins and functions with their modules; to be put in
  // the bundle's first line, which no source map speaks of. Empty: nothing is imported.
  std::string declaration;
};

// The copies are in `directory`; `metafile` is esbuild's and names the files that they were made
// from. Fails if one is no WebAssembly module.
Result<WasmImports> EmbedWasmModules(std::string code, const std::string& directory,
                                     std::string_view metafile);

}  // namespace nano::compiler
