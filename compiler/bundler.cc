// Running esbuild and finishing what it wrote.
#include "compiler/bundler.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/file.h"
#include "base/json_text.h"
#include "compiler/bundle_errors.h"
#include "compiler/bundle_text.h"
#include "compiler/esbuild_log.h"
#include "compiler/paths.h"
#include "compiler/wasm_imports.h"
#include "runtime/engine/entry.h"

namespace nano::compiler {
namespace {

// Names of the script's own variables. esbuild renames an app's variables that collide with a name
// that is used but not declared, as the first one is; nobody has one like the second.
//
// The handler that does nothing keeps a rejection from being reported as unhandled as well.
constexpr char kBanner[] =
    "((app) => (app.catch(() => {}), app))((async () => { \"use strict\"; let __nano_app; "
    "const __NANO_IMPORT_META__ = { __proto__: null, url: \"file:///";
constexpr char kFooter[] = "return __nano_app; })())";

std::string JsonString(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}

std::string PercentEncoded(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || std::string_view("-._~/").find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

struct EsbuildRun {
  std::vector<EsbuildMessage> messages;
  std::string code;
  std::string map;
  std::string metafile;
};

struct EsbuildJob {
  const EntryPoint& entry;
  const std::string& script_name;
  const BuildContext& context;
};

std::vector<std::string> Arguments(const EsbuildJob& job, bool lower_templates) {
  std::vector<std::string> arguments{
      runtime::LibraryDirectory() + "/esbuild",
      "--bundle",
      "--format=esm",
      "--platform=browser",
      // What packages for workers are found by; "browser" comes with the platform.
      "--conditions=workerd,worker,module",
      "--target=esnext",
      // V8 does not parse decorators, and crashes in `using` while a snapshot is built.
      "--supported:decorators=false",
      "--supported:using=false",
      "--charset=ascii",
      "--legal-comments=none",
      "--define:process.env.NODE_ENV=\"production\"",
      "--define:global=globalThis",
      "--define:import.meta=__NANO_IMPORT_META__",
      "--loader:.txt=text",
      "--loader:.html=text",
      "--loader:.md=text",
      "--loader:.sql=text",
      "--loader:.svg=text",
      "--loader:.css=text",
      "--loader:.bin=binary",
      "--sourcemap=external",
      "--sources-content=true",
      std::string("--sourcefile=") + kGeneratedEntry,
      "--loader=js",
      "--color=false",
      "--log-level=warning",
      "--log-limit=0",
      "--metafile=" + job.context.scratch + "/meta.json",
      "--outfile=" + job.context.scratch + "/" + job.script_name,
      std::string("--banner:js=") + kBanner + PercentEncoded(job.entry.shown) + "\" };",
      std::string("--footer:js=") + kFooter,
  };
  arguments.insert(arguments.end(), std::begin(kWasmOptions), std::end(kWasmOptions));
  // Raw strings of tagged templates are the one thing that --charset=ascii leaves as it is.
  if (lower_templates) arguments.push_back("--supported:template-literal=false");
  return arguments;
}

// One run. An Error is one of the program, not of the sources.
Result<EsbuildRun> RunEsbuild(const EsbuildJob& job, bool lower_templates) {
  const std::string input =
      "import * as app from " + JsonString(job.entry.file) + ";\n__nano_app = app;\n";
  auto started = Child::Run(Arguments(job, lower_templates), job.entry.directory, input);
  if (!started) return std::move(started).error();
  Child& child = **started;
  child.Finish(job.context.deadline);
  if (child.timed_out()) {
    return Error{.message = "bundling did not end in time",
                 .where = "",
                 .hint = "Give it longer by --timeout, or `build.timeout` in nano.yaml."};
  }
  EsbuildRun run{
      .messages = ParseEsbuildLog(child.errors()), .code = {}, .map = {}, .metafile = {}};
  if (!child.ok()) {
    for (const EsbuildMessage& message : run.messages) {
      if (message.is_error) return run;
    }
    const std::string end = child.signal() != 0 ? "signal " + std::to_string(child.signal())
                                                : "status " + std::to_string(child.status());
    return Error{.message = "the bundler (esbuild) failed with " + end,
                 .where = "",
                 .hint = child.errors().empty() ? "Install NANO again." : child.errors()};
  }
  const std::string out = job.context.scratch + "/" + job.script_name;
  for (const auto& [path, text] : {std::pair(out, &run.code), std::pair(out + ".map", &run.map),
                                   std::pair(job.context.scratch + "/meta.json", &run.metafile)}) {
    Result<std::string> contents = ReadFile(path);
    if (!contents) return std::move(contents).error();
    *text = std::move(*contents);
  }
  return run;
}

// Imports that esbuild leaves to the engine, which has no modules: URLs.
std::vector<Error> ExternalImports(std::string_view metafile, const EntryPoint& entry) {
  std::vector<Error> errors;
  const auto json = nlohmann::json::parse(metafile, nullptr, false);
  if (!json.is_object() || !json.contains("inputs")) return errors;
  for (const auto& [input, details] : json["inputs"].items()) {
    for (const auto& import : details.value("imports", nlohmann::json::array())) {
      const std::string kind = import.value("kind", "");
      if (!import.value("external", false) || kind == "dynamic-import") continue;
      const std::string path = import.value("path", "");
      if (path == "<runtime>") continue;  // esbuild's own helpers, which are in the bundle.
      errors.push_back(
          {.message = "\"" + path + "\" cannot be imported: it is not part of the bundle",
           .where = DisplayPath(entry.directory + "/" + input),
           .hint = "Install it from npm, or download the file and import it by its path."});
    }
  }
  return errors;
}

// With the .wasm files that the app imports, if there are any: then the script's result is a list
// of the namespace and the modules.
Result<std::string> WithWasmModules(std::string code, std::string_view metafile,
                                    const BuildContext& context) {
  auto imports = EmbedWasmModules(std::move(code), context.scratch, metafile);
  if (!imports) return std::move(imports).error();
  std::string& text = imports->code;
  if (!imports->declaration.empty()) {
    constexpr std::string_view kBegin = "let __nano_app; ";
    constexpr std::string_view kResult = "return __nano_app;";
    text.insert(text.find(kBegin) + kBegin.size(), imports->declaration);
    text.replace(text.rfind(kResult), kResult.size(), "return [__nano_app, __nano_modules];");
  }
  return std::move(text);
}

}  // namespace

BundleResult BundleApp(const std::string& name, const EntryPoint& entry,
                       const BuildContext& context) {
  BundleResult result;
  Bundle& bundle = result.bundle;
  bundle.script_name = name + ".js";
  bundle.directory = entry.directory;
  const EsbuildJob job{entry, bundle.script_name, context};
  const auto fail = [&](Error error) {
    if (error.where.empty()) error.where = DisplayPath(entry.directory);
    result.errors.push_back(std::move(error));
    return result;
  };

  Result<EsbuildRun> run = RunEsbuild(job, false);
  if (!run) return fail(std::move(run).error());
  for (const EsbuildMessage& message : run->messages) {
    auto& list = message.is_error ? result.errors : result.warnings;
    list.push_back(ExplainBundleMessage(message, entry.directory, context.color));
  }
  if (!result.errors.empty()) return result;
  result.errors = ExternalImports(run->metafile, entry);
  if (!result.errors.empty()) return result;

  if (const size_t count = CountNonAscii(run->code); count > 0) {
    // Fewer such characters without template literals: some were in raw strings.
    Result<EsbuildRun> lowered = RunEsbuild(job, true);
    if (!lowered) return fail(std::move(lowered).error());
    if (CountNonAscii(lowered->code) < count) run = std::move(lowered);
    run->code = EscapeNonAscii(run->code);
  }
  Result<std::string> code = WithWasmModules(std::move(run->code), run->metafile, context);
  if (!code) return fail(std::move(code).error());
  bundle.code = ShortenPackagePaths(*code);
  run->map = ShortenPackageSources(std::move(run->map), context.scratch, entry.directory);
  for (const bool keep_contents : {false, true}) {
    Result<std::string> map = runtime::EncodeSourceMap(run->map, {.map_directory = context.scratch,
                                                                  .base_directory = entry.directory,
                                                                  .keep_contents = keep_contents});
    if (!map) return fail(std::move(map).error());
    (keep_contents ? bundle.full_map : bundle.map) = std::move(*map);
  }
  return result;
}

}  // namespace nano::compiler
