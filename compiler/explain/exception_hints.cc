// Exceptions by their messages.
#include "compiler/explain/exception_hints.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "compiler/bundle/import_hints.h"

namespace nano::compiler {
namespace {

constexpr std::string_view kNodeGlobals =
    "Apps run on the Web APIs, without the globals of Node.js.";

struct Advice {
  std::string_view name;
  std::string_view what;  // To do instead; may be empty.
};

constexpr Advice kNodeNames[] = {
    {"process",
     " Of `process` there is `process.env` alone, where it is written so; an app's variables come "
     "as the second argument of fetch(request, env, ctx), too."},
    {"Buffer", " Use Uint8Array, TextEncoder, atob and btoa."},
    {"require", " Use import."},
    {"module", " Use export."},
    {"exports", " Use export."},
    {"__dirname", " Import files instead of reading them: they become part of the bundle."},
    {"__filename", " Import files instead of reading them: they become part of the bundle."},
    {"setImmediate", " Use queueMicrotask or setTimeout."},
    {"clearImmediate", " Use clearTimeout."},
};

constexpr std::string_view kRuntimeNames[] = {"Bun", "Deno"};

constexpr std::string_view kBrowserNames[] = {
    "window",   "document", "localStorage",   "sessionStorage",
    "location", "history",  "screen",         "HTMLElement",
    "Element",  "Node",     "XMLHttpRequest", "requestAnimationFrame",
};

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
  const auto* node = std::ranges::find(kNodeNames, name, &Advice::name);
  if (node != std::end(kNodeNames)) return std::string(kNodeGlobals).append(node->what);
  if (std::ranges::find(kRuntimeNames, name) != std::end(kRuntimeNames)) {
    return "It is another runtime's global: export a handler instead (export default { "
           "fetch(request) { … } }); `nano serve` listens.";
  }
  if (std::ranges::find(kBrowserNames, name) != std::end(kBrowserNames)) {
    return "Browsers have it, servers do not: test `typeof " + std::string(name) +
           " !== \"undefined\"` before it is used, or use it in the browser only.";
  }
  return "Nothing of that name is declared in the app, and it is no global of the Web APIs: "
         "import or declare \"" +
         std::string(name) + "\", or correct its spelling.";
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
