// The Web APIs' scripts, linked into the program. Every isolate's strings refer to these bytes in
// place, so that the sources cost nothing per isolate. Constant data: safe on any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "runtime/isolate/source_resource.h"

namespace nano::runtime {

struct WebScript {
  std::string name;             // "core", or the name of a lazy group.
  std::string origin;           // As stacks call it.
  mutable SourceResource text;  // ASCII. V8 asks for a mutable one and changes nothing.
};

// The core, which the base snapshot evaluates, and after it the lazy groups
// (runtime/web/host/lazy-groups.ts).
std::span<const WebScript> WebScripts();

// Null if there is no script of this name.
const WebScript* FindWebScript(std::string_view name);

// A hash of all their texts in hex, computed when NANO was built.
std::string_view WebScriptsHash();

}  // namespace nano::runtime
