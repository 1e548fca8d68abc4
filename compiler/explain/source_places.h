// Places in a bundle, shown as places in the sources that it was made from. Thread: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "compiler/bundle/bundler.h"

namespace nano::compiler {

// "src/index.ts:3:15", relative to the working directory, and the code frame.
struct SourcePlace {
  std::string where;
  std::string excerpt;
  std::string line;  // The source's line, if the source is known.
};

// The source of the bundle's code at `line` and `column`, both from 1. None: it is the bundler's
// own.
std::optional<SourcePlace> FindSource(const Bundle& bundle, int line, int column, bool color);

// The source of the topmost frame of a V8 stack that lies in the app's code.
std::optional<SourcePlace> FindTopFrame(const Bundle& bundle, std::string_view stack, bool color);

// The same of the app's own sources, if one of the frames is in those and no package's.
std::optional<SourcePlace> FindOwnFrame(const Bundle& bundle, std::string_view stack, bool color);

// The stack's frames that lie in the app's code ("at connect (src/db.ts:12:9)"), topmost first,
// with paths like FindSource's.
std::vector<std::string> AppFrames(const Bundle& bundle, std::string_view stack);

// A log text, or a stack, with the bundle's places replaced, paths like FindSource's. Frames in
// code that no user wrote are left out, and so is a line feed at the end.
std::string MapText(const Bundle& bundle, std::string_view text);

}  // namespace nano::compiler
