// Strict and sloppy mode side by side in one script.
//
// ES modules are strict code. A CommonJS module without "use strict" is sloppy, and there are
// packages that need it to be: they assign to variables that nobody declared, or take `this` for
// the global object. esbuild puts all modules into one scope, each CommonJS module in a function of
// its own. This arranges its output so that both find the mode they were written for:
//
//   (async () => {                                sloppy
//     let init_b, b_exports;                      what CommonJS modules use of the ES modules
//     var __commonJS = …                          esbuild's helpers
//     var require_a = __commonJS({ … });          CommonJS modules
//     return (async () => { "use strict";
//       …                                         ES modules
//       return __nano_app; })(); })()
//
// Whole lines are moved and keep their columns. Nothing moves if no module is sloppy. Owns nothing.
// Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "compiler/bundle/metafile.h"

namespace nano::compiler {

struct ModuleLayout {
  std::string code;  // The first and the last line, which are the bundler's, are where they were.
  // For each line of the old code, from 0, its number in the new one; empty: none has moved.
  std::vector<uint32_t> moved_lines;
  bool sloppy = false;  // Arranged as above, with the strict function, but without its
                        // end, which belongs to the last line.
  std::vector<std::string> declared;  // Names to be declared in front of all: `let init_b`.
};

// `directory` is the app's, to look into sources. An Error if the code has not the form that
// esbuild gives it.
Result<ModuleLayout> ArrangeModules(std::string_view code, const Metafile& metafile,
                                    const std::string& directory);

}  // namespace nano::compiler
