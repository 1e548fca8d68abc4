// What a bundle is made of besides the app's code: written by bundle/bundler and
// bundle/wasm_imports, and taken apart again by evaluate/deferred_app. Thread: any.
//
//   ((app) => (app.catch(() => {}), app))((async () => { …
//   … const __nano_modules = [[{ __proto__: null }, () => {/*BASE64*/}], …]; …
//   … return [__nano_app, __nano_modules]; })())
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
