// Source maps that packages bring along: esbuild follows them, so that a place in a package is one
// in the source that its author wrote. Many packages ship the map without that source. A place in a
// file that does not exist helps nobody: such places become those of the package's own file.
// Owns nothing; reads the packages' files. Thread: any.
#pragma once

#include <string>

#include "compiler/bundle/metafile.h"

namespace nano::compiler {

// `map` is the bundle's source map, made for `map_directory`; `app_directory` is where the modules'
// paths begin. A map whose sources all exist, and text that is no source map, stay as they are.
std::string AnchorMissingSources(std::string map, const std::string& map_directory,
                                 const Metafile& metafile, const std::string& app_directory);

}  // namespace nano::compiler
