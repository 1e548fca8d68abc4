// Advice about common exceptions, by their message.
#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

#include "compiler/bundle/import_hints.h"
#include "compiler/explain/script_errors.h"

namespace nano::compiler {
namespace {

constexpr std::string_view kNodeGlobals =
    "Apps run on the Web APIs, without the globals of Node.js.";

constexpr std::array<std::pair<std::string_view, std::string_view>, 23> kUndefinedNames{{
    {"process",
     " An app's variables come as the second argument of fetch(request, env, ctx); "
     "process.env.NODE_ENV alone is replaced, by \"production\"."},
    {"Buffer", " Use Uint8Array, TextEncoder, atob and btoa."},
    {"require", " Use import."},
    {"module", " Use export."},
    {"exports", " Use export."},
    {"__dirname", " Import files instead of reading them: they become part of the bundle."},
    {"__filename", " Import files instead of reading them: they become part of the bundle."},
    {"setImmediate", " Use queueMicrotask or setTimeout."},
    {"clearImmediate", " Use clearTimeout."},
    {"Bun", ""},
    {"Deno", ""},
    {"window", ""},
    {"document", ""},
    {"localStorage", ""},
    {"sessionStorage", ""},
    {"location", ""},
    {"history", ""},
    {"screen", ""},
    {"HTMLElement", ""},
    {"Element", ""},
    {"Node", ""},
    {"XMLHttpRequest", ""},
    {"requestAnimationFrame", ""},
}};

// "ReferenceError: NAME is not defined" → "NAME".
std::string_view UndefinedName(std::string_view message) {
  constexpr std::string_view kStart = "ReferenceError: ";
  constexpr std::string_view kEnd = " is not defined";
  if (!message.starts_with(kStart)) return {};
  message.remove_prefix(kStart.size());
  return message.substr(0, message.find(kEnd));
}

std::string HintForName(std::string_view name) {
  if (name == "React" || name == "h") {
    return "JSX is compiled to calls of " + std::string(name) +
           " where neither react nor preact nor hono is installed: install one. If a tsconfig.json "
           "asks for those calls, import " +
           std::string(name) + ", or set \"jsx\": \"react-jsx\" there.";
  }
  const auto* found = std::find_if(kUndefinedNames.begin(), kUndefinedNames.end(),
                                   [&](const auto& entry) { return entry.first == name; });
  if (found == kUndefinedNames.end()) {
    return "Nothing of that name is declared in the app, and it is no global of the Web APIs: "
           "import "
           "or declare \"" +
           std::string(name) + "\", or correct its spelling.";
  }
  const bool node = found - kUndefinedNames.begin() < 9;
  if (node) return std::string(kNodeGlobals) + std::string(found->second);
  if (name == "Bun" || name == "Deno")
    return "It is another runtime's global: export a handler instead (export default { "
           "fetch(request) { … } }); `nano serve` listens.";
  return "Browsers have it, servers do not: test `typeof " + std::string(name) +
         " !== \"undefined\"` before it is used, or use it in the browser only.";
}

}  // namespace

std::string HintForException(std::string_view message) {
  if (const std::string_view name = UndefinedName(message); !name.empty()) {
    return HintForName(name);
  }
  constexpr std::string_view kDynamicRequire = "Error: Cannot find module '";
  if (message.starts_with(kDynamicRequire)) {
    const std::string_view rest = message.substr(kDynamicRequire.size());
    const std::string hint = NodeModuleHint(rest.substr(0, rest.find('\'')));
    return hint.empty()
               ? "Modules are found when the app is bundled: install the package, and name it by a "
                 "literal."
               : hint;
  }
  if (message.starts_with("RangeError: Maximum call stack size exceeded")) {
    return "A function calls itself without end.";
  }
  return {};
}

}  // namespace nano::compiler
