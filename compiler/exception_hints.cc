// Advice about common exceptions, by their message.
#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

#include "compiler/import_hints.h"
#include "compiler/script_errors.h"

namespace nano::compiler {
namespace {

// Globals that V8 has only when it runs from a snapshot, not while it makes one.
constexpr std::array<std::string_view, 6> kAbsentWhileBuilding{
    "WebAssembly",     "SharedArrayBuffer",    "Temporal",
    "DisposableStack", "AsyncDisposableStack", "SuppressedError"};

// The same of members, as they are called. A leading dot: on any object.
constexpr std::array<std::string_view, 14> kAbsentMembers{
    "Promise.try",          "RegExp.escape",
    "Error.isError",        "Atomics.pause",
    "Iterator.concat",      "Uint8Array.fromBase64",
    "Uint8Array.fromHex",   ".toBase64",
    ".setFromBase64",       ".toHex",
    ".setFromHex",          ".getOrInsert",
    ".getOrInsertComputed", ".toTemporalInstant"};

bool IsIdentifierCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$';
}

bool HasWord(std::string_view text, std::string_view word) {
  for (size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const size_t end = at + word.size();
    if ((at == 0 || !IsIdentifierCharacter(text[at - 1])) &&
        (end == text.size() || !IsIdentifierCharacter(text[end]))) {
      return true;
    }
  }
  return false;
}

constexpr std::string_view kNodeGlobals =
    "Apps run on the Web APIs, without the globals of Node.js.";

constexpr std::array<std::pair<std::string_view, std::string_view>, 24> kUndefinedNames{{
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
    {"addEventListener", " Use `export default { fetch(request, env, ctx) { … } }`."},
}};

// "ReferenceError: NAME is not defined" → "NAME".
std::string_view UndefinedName(std::string_view message) {
  constexpr std::string_view kStart = "ReferenceError: ";
  constexpr std::string_view kEnd = " is not defined";
  if (!message.starts_with(kStart)) return {};
  message.remove_prefix(kStart.size());
  return message.substr(0, message.find(kEnd));
}

std::string HintForName(std::string_view name, bool building) {
  const auto absent = std::find(kAbsentWhileBuilding.begin(), kAbsentWhileBuilding.end(), name);
  if (building && absent != kAbsentWhileBuilding.end()) return HintForAbsent(name);
  if (name == "React" || name == "h") {
    return "JSX is compiled to calls of " + std::string(name) +
           ". Import it, or set \"jsx\": \"react-jsx\" and \"jsxImportSource\": \"react\" (or "
           "\"preact\") in tsconfig.json.";
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
  if (name == "addEventListener") return "Apps are modules." + std::string(found->second);
  if (name == "Bun" || name == "Deno") return "It is another runtime's global.";
  return "Browsers have it, servers do not: test `typeof " + std::string(name) +
         " !== \"undefined\"` before it is used, or use it in the browser only.";
}

}  // namespace

std::string HintForAbsent(std::string_view feature) {
  const std::string name(feature);
  return name +
         " exists when requests are served, but not while the app is built: V8 lacks it as long as "
         "it "
         "makes a snapshot. Make what needs it when it is first needed, and use it inside fetch:\n"
         "    let made; const getMade = () => (made ?\?= /* what needs " +
         name + " */);";
}

std::string HintForException(std::string_view message, bool building) {
  if (const std::string_view name = UndefinedName(message); !name.empty()) {
    return HintForName(name, building);
  }
  constexpr std::string_view kDynamicRequire = "Error: Dynamic require of \"";
  if (message.starts_with(kDynamicRequire)) {
    const std::string_view rest = message.substr(kDynamicRequire.size());
    const std::string hint = NodeModuleHint(rest.substr(0, rest.find('"')));
    return hint.empty() ? "Modules are found when the app is bundled: use import with a literal."
                        : hint;
  }
  if (message.starts_with("RangeError: Maximum call stack size exceeded")) {
    return "A function calls itself without end.";
  }
  return {};
}

std::string AbsentFeature(std::string_view message, std::string_view line) {
  if (const std::string_view name = UndefinedName(message); !name.empty()) {
    const bool absent = std::find(kAbsentWhileBuilding.begin(), kAbsentWhileBuilding.end(), name) !=
                        kAbsentWhileBuilding.end();
    return absent ? std::string(name) : std::string();
  }
  constexpr std::string_view kStart = "TypeError: ";
  constexpr std::string_view kNoFunction = " is not a function";
  if (!message.starts_with(kStart)) return {};
  message.remove_prefix(kStart.size());
  if (message.ends_with(kNoFunction)) {
    const std::string_view called = message.substr(0, message.size() - kNoFunction.size());
    for (const std::string_view member : kAbsentMembers) {
      const bool method = member.starts_with('.');
      if (method && called.ends_with(member)) return std::string(member.substr(1));
      if (!method && called == member) return std::string(member);
    }
  }
  // "Cannot read properties of undefined (reading 'Now')" does not say of what.
  for (const std::string_view name : kAbsentWhileBuilding) {
    if (HasWord(message, name) || HasWord(line, name)) return std::string(name);
  }
  return {};
}

}  // namespace nano::compiler
