// The script around a deferred app, and what it reports.
#include "compiler/evaluate/deferred_app.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"
#include "compiler/bundle/bundle_form.h"

namespace nano::compiler {
namespace {

constexpr std::string_view kNotLoaded = "Error: The app could not be loaded";
constexpr std::string_view kNoHandler[] = {"TypeError: The app's default export ",
                                           "TypeError: The app has no default export"};

// Gives the runtime a function that evaluates the app (runtime/web/app/deferral/lazy).
constexpr std::string_view kDeferredBegin = "Promise.resolve(async () => {";
constexpr std::string_view kDeferredPlatformBegin =
    "Promise.resolve(async (__NANO_PLATFORM__) => {";
constexpr std::string_view kDeferredEnd = "})";

// Imported .wasm files need no stand-ins: they are compiled before the app's code runs.
constexpr std::string_view kDeferredModules =
    "const __nano_modules = ((list) => { for (const entry of list) { "
    "const text = entry[1].toString(); "
    "entry[0] = new WebAssembly.Module(Uint8Array.fromBase64("
    "text.slice(text.indexOf(\"/*\") + 2, text.lastIndexOf(\"*/\")))); } return list; })([";
constexpr std::string_view kDeferredModulesEnd = "*/}]]); ";

void Replace(std::string& text, size_t at, std::string_view old, std::string_view by) {
  NANO_CHECK(at != std::string::npos);
  text.replace(at, old.size(), by);
}

}  // namespace

std::string DeferredBundle(std::string_view code) {
  std::string text(code);
  const bool takes_platform = TakesPlatform(code);
  Replace(text, 0, takes_platform ? kPlatformBundleBegin : kBundleBegin,
          takes_platform ? kDeferredPlatformBegin : kDeferredBegin);
  const std::string_view end = takes_platform ? kPlatformBundleEnd : kBundleEnd;
  Replace(text, text.rfind(end), end, kDeferredEnd);
  const size_t result = text.rfind(kReturnAppAndModules);
  if (result != std::string::npos) {
    Replace(text, result, kReturnAppAndModules, kReturnApp);
    const std::string last = std::string(kModuleEnd) + std::string(kModulesEnd);
    const size_t modules = text.find(kModulesBegin);
    Replace(text, text.find(last, modules), last, kDeferredModulesEnd);
    Replace(text, modules, kModulesBegin, kDeferredModules);
  }
  return text;
}

std::optional<runtime::ScriptFailure> DeferredFailure(std::string_view log) {
  size_t at = log.find(kNotLoaded);
  if (at == std::string_view::npos) return std::nullopt;
  // As the console shows an error's cause: indented, within braces behind the error's own frames.
  constexpr std::string_view kCause = "[cause]: ";
  constexpr std::string_view kIndent = "\n  ";
  const size_t cause = log.find(kCause, at);
  runtime::ScriptFailure failure;
  failure.stack = log.substr(cause == std::string_view::npos ? at : cause + kCause.size());
  if (cause != std::string_view::npos) {
    if (const size_t end = failure.stack.find("\n}"); end != std::string::npos) {
      failure.stack.resize(end + 1);
    }
    for (size_t line = 0; (line = failure.stack.find(kIndent, line)) != std::string::npos; ++line) {
      failure.stack.erase(line + 1, kIndent.size() - 1);
    }
  }
  failure.message = failure.stack.substr(0, failure.stack.find('\n'));
  const bool no_handler =
      std::any_of(std::begin(kNoHandler), std::end(kNoHandler),
                  [&](std::string_view text) { return failure.message.starts_with(text); });
  failure.kind = no_handler ? runtime::ScriptFailure::Kind::kNoHandler
                            : runtime::ScriptFailure::Kind::kRejected;
  return failure;
}

}  // namespace nano::compiler
