// What a bundle is made of besides the app's code: written by bundle/bundler and
// bundle/wasm_imports, and taken apart again by evaluate/deferred_app. Thread: any.
//
//   ((app) => (app.catch(() => {}), app))((async () => { …
//   … const __nano_modules = [[{ __proto__: null }, () => {/*BASE64*/}], …]; …
//   … return [__nano_app, __nano_modules]; })())
//
// An app that uses what the platform gives it (compiler/bundle/platform_modules.h) is a function of
// that: of a function that gives each thing by its name (runtime/web/app/platform). Evaluated at
// once, the app takes it from a property that vanishes with the first look; the runtime calls a
// deferred one with it.
//
// Names of its own variables: esbuild renames an app's variables that collide with a name that is
// used but not declared, as `__nano_app` and `require` are; nobody has one like
// `__NANO_IMPORT_META__`.
#pragma once

#include <string_view>

namespace nano::compiler {

// The handler that does nothing keeps a rejection from being reported as unhandled as well.
inline constexpr std::string_view kBundleBegin =
    "((app) => (app.catch(() => {}), app))((async () => {";
inline constexpr std::string_view kBundleEnd = "})())";

inline constexpr std::string_view kPlatformBundleBegin =
    "((app) => (app.catch(() => {}), app))((async (__NANO_PLATFORM__) => {";
inline constexpr std::string_view kPlatformBundleEnd = "})(globalThis.__NANO_PLATFORM__))";

// What is asked of the platform by its name: in modules, and, of those that expressions of an app
// were replaced by, where the bundle begins.
inline constexpr std::string_view kPlatformCall = "__NANO_PLATFORM__(";
struct LiveObject {
  std::string_view variable;
  std::string_view name;  // The expression in the app's sources, too.
};
inline constexpr LiveObject kLiveObjects[] = {{"__NANO_PROCESS_ENV__", "process.env"},
                                              {"__NANO_IMPORT_META_ENV__", "import.meta.env"}};

inline bool TakesPlatform(std::string_view code) { return code.starts_with(kPlatformBundleBegin); }

// The .wasm files that the app imports, if there are any: each an object that stands in for the
// module, and a function with its bytes.
inline constexpr std::string_view kModulesBegin = "const __nano_modules = [";
inline constexpr std::string_view kModuleBegin = "[{ __proto__: null }, () => {/*";
inline constexpr std::string_view kModuleEnd = "*/}]";
inline constexpr std::string_view kModulesEnd = "]; ";

// The result, without and with them.
inline constexpr std::string_view kReturnApp = "return __nano_app;";
inline constexpr std::string_view kReturnAppAndModules = "return [__nano_app, __nano_modules];";

}  // namespace nano::compiler
