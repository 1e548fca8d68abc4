// The Web APIs' bundle, linked into the program. Every isolate's strings refer to these bytes in
// place, so that the source costs nothing per isolate. Constant data: safe on any thread.
#pragma once

#include <string_view>

namespace nano::runtime {

// The bundle's text, ASCII.
std::string_view BaseScript();

// Its SHA-256 in hex, computed when NANO was built.
std::string_view BaseScriptHash();

}  // namespace nano::runtime
