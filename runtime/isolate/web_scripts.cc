// Finds the scripts that web_scripts.S.in linked in.
#include "runtime/isolate/web_scripts.h"

#include "web_scripts_hash.h"  // Generated: kWebScriptsHash.

#define NANO_WEB_SCRIPT(name)                      \
  extern "C" const char nano_web_##name##_begin[]; \
  extern "C" const char nano_web_##name##_end[];
#include "web_scripts.inc"  // Generated: one line for each script.
#undef NANO_WEB_SCRIPT

namespace nano::runtime {
namespace {

WebScript Script(std::string name, const char* begin, const char* end) {
  std::string origin = name == "core" ? "nano:web" : "nano:web/" + name;
  return {std::move(name), std::move(origin),
          SourceResource({begin, static_cast<size_t>(end - begin)})};
}

}  // namespace

std::span<const WebScript> WebScripts() {
#define NANO_WEB_SCRIPT(name) Script(#name, nano_web_##name##_begin, nano_web_##name##_end),
  static const WebScript scripts[] = {
#include "web_scripts.inc"
  };
#undef NANO_WEB_SCRIPT
  return scripts;
}

const WebScript* FindWebScript(std::string_view name) {
  for (const WebScript& script : WebScripts()) {
    if (script.name == name) return &script;
  }
  return nullptr;
}

std::string_view WebScriptsHash() { return kWebScriptsHash; }

}  // namespace nano::runtime
