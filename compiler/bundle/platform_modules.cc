// The modules' sources. What they export is asked of a function that the bundle is given
// (compiler/bundle/bundle_form.h); a call that is marked as pure is left out of bundles that do not
// use it, so that an app has what it imports alone.
#include "compiler/bundle/platform_modules.h"

#include "base/file.h"
#include "base/folder.h"
#include "base/json_text.h"

namespace nano::compiler {
namespace {

constexpr std::string_view kScheme = "cloudflare:";

// `withEnv` comes first: that it is asked for decides what `env` is (runtime/web/app/platform).
constexpr std::string_view kPlatformSource =
    "export const withEnv = /* @__PURE__ */ __NANO_PLATFORM__(\"withEnv\");\n"
    "export const env = /* @__PURE__ */ __NANO_PLATFORM__(\"env\");\n"
    "export const waitUntil = /* @__PURE__ */ __NANO_PLATFORM__(\"waitUntil\");\n"
    "export const WorkerEntrypoint = /* @__PURE__ */ __NANO_PLATFORM__(\"WorkerEntrypoint\");\n"
    "export const RpcTarget = /* @__PURE__ */ __NANO_PLATFORM__(\"RpcTarget\");\n"
    "export const RpcStub = /* @__PURE__ */ __NANO_PLATFORM__(\"RpcStub\");\n"
    "export const DurableObject = /* @__PURE__ */ __NANO_PLATFORM__(\"DurableObject\");\n"
    "export const WorkflowEntrypoint = /* @__PURE__ */ "
    "__NANO_PLATFORM__(\"WorkflowEntrypoint\");\n";

// The parts before and behind the module's name in quotation marks. Exports of any name are there,
// as a proxy is what they are inherited from; "then" is not, or `await import()` would call it.
constexpr std::string_view kAbsentBegin = "const name = ";
constexpr std::string_view kAbsentEnd =
    ";\n"
    "const absent = (key) => function () {\n"
    "  throw new Error(`${String(key)} of \"${name}\" was used: NANO does not have this module "
    "(docs/workers.md)`);\n"
    "};\n"
    "module.exports = Object.create(new Proxy({}, {\n"
    "  get: (_, key) => typeof key !== \"string\" || key === \"then\" || key === \"__esModule\"\n"
    "    ? undefined : absent(key),\n"
    "}));\n";

}  // namespace

bool IsPlatformSpecifier(std::string_view specifier) {
  return specifier.starts_with(kScheme) && specifier.size() > kScheme.size() &&
         specifier.find_first_not_of("abcdefghijklmnopqrstuvwxyz-", kScheme.size()) ==
             std::string_view::npos;
}

std::vector<std::string_view> PlatformExports() {
  constexpr std::string_view kExport = "export const ";
  std::vector<std::string_view> names;
  for (size_t at = 0; (at = kPlatformSource.find(kExport, at)) != std::string_view::npos;) {
    at += kExport.size();
    names.push_back(kPlatformSource.substr(at, kPlatformSource.find(' ', at) - at));
  }
  return names;
}

Result<std::string> WritePlatformModule(const std::string& scratch, std::string_view specifier) {
  const std::string folder = scratch + "/node_modules/" + std::string(specifier);
  TRY(MakeDirectories(folder));
  const bool is_there = specifier == kPlatformModule;
  const std::string file = folder + (is_there ? "/index.mjs" : "/index.cjs");
  std::string source(kPlatformSource);
  if (!is_there) {
    source = kAbsentBegin;
    AppendJsonString(source, specifier);
    source += kAbsentEnd;
  }
  TRY(WriteFileAtomically(file, source));
  return "--alias:" + std::string(specifier) + "=" + file;
}

const std::vector<std::string>& VariableOptions() {
  static const std::vector<std::string> options{
      "--define:process.env=__NANO_PROCESS_ENV__",
      "--define:globalThis.process.env=__NANO_PROCESS_ENV__",
      "--define:process.env.NODE_ENV=\"production\"",
      "--define:globalThis.process.env.NODE_ENV=\"production\"",
      "--define:import.meta=__NANO_IMPORT_META__",
      "--define:import.meta.env=__NANO_IMPORT_META_ENV__",
      "--define:import.meta.env.MODE=\"production\"",
      "--define:import.meta.env.PROD=true",
      "--define:import.meta.env.DEV=false",
      "--define:import.meta.env.SSR=true",
  };
  return options;
}

}  // namespace nano::compiler
