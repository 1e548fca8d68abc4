// Guesses at the cause of an unresolved import, the likely ones first.
#include "compiler/bundle/import_hints.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/json_fields.h"
#include "compiler/project/paths.h"
#include "config/yaml/suggest.h"

namespace nano::compiler {
namespace {

namespace fs = std::filesystem;

// Modules of Node.js by their first path segment, with what apps have instead.
constexpr std::array<std::pair<std::string_view, std::string_view>, 50> kNodeModules{{
    {"assert", "Throw an Error."},
    {"assert/strict", "Throw an Error."},
    {"async_hooks", ""},
    {"buffer", "Use Uint8Array, TextEncoder, atob and btoa."},
    {"child_process", ""},
    {"cluster", "`nano serve --workers N` runs several workers."},
    {"console", "Use the global console."},
    {"constants", ""},
    {"crypto", "Use the global crypto (Web Crypto)."},
    {"dgram", ""},
    {"diagnostics_channel", ""},
    {"dns", ""},
    {"domain", ""},
    {"events", "Use EventTarget, or the package \"eventemitter3\"."},
    {"fs",
     "Import the file instead (import text from \"./page.html\"): it becomes part of the bundle."},
    {"http", "Export a fetch handler; `nano serve` is the HTTP server."},
    {"http2", "Export a fetch handler; `nano serve` is the HTTP server."},
    {"https", "Export a fetch handler; `nano serve` is the HTTP server."},
    {"inspector", ""},
    {"module", "Use import."},
    {"net", ""},
    {"os", ""},
    {"path", "Use URL, or the package \"pathe\"."},
    {"path/posix", "Use URL, or the package \"pathe\"."},
    {"perf_hooks", "Use the global performance."},
    {"process", "Leave out the import: process.env is there without it."},
    {"punycode", "Use URL, or the package \"punycode\" from npm (import \"punycode/\")."},
    {"querystring", "Use URLSearchParams."},
    {"readline", ""},
    {"repl", ""},
    {"sqlite", ""},
    {"stream", "Use ReadableStream, WritableStream and TransformStream."},
    {"stream/promises", "Use ReadableStream, WritableStream and TransformStream."},
    {"stream/web", "ReadableStream, WritableStream and TransformStream are globals."},
    {"string_decoder", "Use TextDecoder."},
    {"sys", ""},
    {"test", ""},
    {"timers", "Use the global setTimeout and setInterval."},
    {"timers/promises", "Use the global setTimeout in a promise."},
    {"tls", ""},
    {"trace_events", ""},
    {"tty", ""},
    {"url", "Use the global URL and URLSearchParams."},
    {"util", "Use TextEncoder, TextDecoder and structuredClone."},
    {"util/types", ""},
    {"v8", "Use structuredClone."},
    {"vm", ""},
    {"wasi", ""},
    {"worker_threads", ""},
    {"zlib", ""},
}};

bool IsPath(std::string_view specifier) {
  return specifier.starts_with("./") || specifier.starts_with("../") ||
         specifier.starts_with('/') || specifier == "." || specifier == "..";
}

// "hono/jwt" → "hono", "@scope/name/sub" → "@scope/name".
std::string PackageName(std::string_view specifier) {
  size_t end = specifier.find('/');
  if (specifier.starts_with('@') && end != std::string_view::npos)
    end = specifier.find('/', end + 1);
  return std::string(specifier.substr(0, end));
}

bool Exists(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// Calls `look` with the folder of `file` and those above it until it returns true.
template <typename F>
bool WalkUp(const std::string& file, F look) {
  for (fs::path folder = fs::path(file).parent_path();; folder = folder.parent_path()) {
    if (look(folder)) return true;
    if (folder == folder.parent_path()) return false;
  }
}

bool DeclaresDependency(const fs::path& manifest, const std::string& package) {
  const Result<std::string> text = ReadFile(manifest.string());
  if (!text.ok()) return false;
  const Result<Json> json = Json::Parse(*text, kFileJson);
  if (!json.ok()) return false;
  for (const char* field : {"dependencies", "devDependencies", "optionalDependencies"}) {
    if (MemberOf(*json, field).Find(package) != nullptr) return true;
  }
  return false;
}

ImportProblem ExplainPackage(std::string_view specifier, const std::string& importer) {
  const std::string package = PackageName(specifier);
  const bool installed = WalkUp(importer, [&](const fs::path& folder) {
    return Exists(folder / "node_modules" / package / "package.json");
  });
  if (installed) {
    if (package == specifier) {
      return {"the package \"" + package + "\" is installed but has no entry that can be bundled",
              "Check \"main\" and \"exports\" in node_modules/" + package +
                  "/package.json; it may have to be built first, or hold types only."};
    }
    return {"the package \"" + package + "\" has no \"" + std::string(specifier) + "\"",
            "Check \"exports\" in node_modules/" + package + "/package.json and its version."};
  }
  std::string nearest, declaring;
  WalkUp(importer, [&](const fs::path& folder) {
    if (!Exists(folder / "package.json")) return false;
    if (nearest.empty()) nearest = folder.string();
    if (!DeclaresDependency(folder / "package.json", package)) return false;
    declaring = folder.string();
    return true;
  });
  const std::string message = "the package \"" + package + "\" is not installed";
  if (!declaring.empty()) {
    return {message,
            "package.json asks for it: run `npm install` in " + DisplayPath(declaring) + "."};
  }
  if (nearest.empty()) nearest = fs::path(importer).parent_path().string();
  return {message, "Run `npm install " + package + "` in " + DisplayPath(nearest) + "."};
}

// The name in a folder that is most like that of `target`; empty if none is, or if it is the
// importing file's own.
std::string NameLike(const fs::path& target, const fs::path& folder, const std::string& importer) {
  // Both whole names and names without their extension: imports are written either way.
  std::vector<std::string> names;
  std::error_code failure;
  for (fs::directory_iterator it(folder, failure), end; !failure && it != end;
       it.increment(failure)) {
    names.push_back(it->path().filename().string());
    if (it->path().has_extension()) names.push_back(it->path().stem().string());
  }
  std::sort(names.begin(), names.end());
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::string wanted = target.filename().string();
  const std::string own = fs::path(importer).filename().string();
  std::string_view nearest = config::Nearest(wanted, views);
  if (nearest.empty() || nearest == own) nearest = config::Nearest(target.stem().string(), views);
  return nearest == wanted || nearest == own ? std::string() : std::string(nearest);
}

ImportProblem ExplainPath(std::string_view specifier, const std::string& importer) {
  const fs::path target = (fs::path(importer).parent_path() / specifier).lexically_normal();
  const fs::path folder = target.parent_path();
  ImportProblem problem{"there is no file \"" + std::string(specifier) + "\"", ""};
  // A link that leads nowhere or in a circle.
  if (const Result<bool> there = IsThere(target.string()); !there.ok()) {
    return {DisplayPath(there.error().where) + ": " + there.error().message, there.error().hint};
  }
  std::error_code failure;
  if (!fs::is_directory(folder, failure)) {
    problem.hint = "The folder " + DisplayPath(folder.string()) + " does not exist.";
    return problem;
  }
  if (fs::is_directory(target, failure)) {
    problem.hint = DisplayPath(target.string()) + " is a folder without an index file.";
    return problem;
  }
  if (const std::string like = NameLike(target, folder, importer); !like.empty()) {
    const size_t slash = specifier.rfind('/');
    problem.hint = "Did you mean \"" + std::string(specifier.substr(0, slash + 1)) + like + "\"?";
  } else {
    problem.hint = "Correct the path, or add the file. It was looked for in " +
                   DisplayPath(folder.string()) +
                   ", with the extensions .tsx, .ts, .jsx, .js, .css and .json as well.";
  }
  return problem;
}

}  // namespace

std::string NodeModuleHint(std::string_view specifier) {
  constexpr std::string_view kScheme = "node:";
  const bool prefixed = specifier.starts_with(kScheme);
  if (prefixed) specifier.remove_prefix(kScheme.size());
  // "buffer/" is how the package is named beside the module "buffer".
  if (!prefixed && specifier.ends_with('/')) return {};
  const auto find = [](std::string_view name) {
    return std::find_if(kNodeModules.begin(), kNodeModules.end(),
                        [&](const auto& entry) { return entry.first == name; });
  };
  auto found = find(specifier);
  if (found == kNodeModules.end()) found = find(specifier.substr(0, specifier.find('/')));
  if (found == kNodeModules.end() && !prefixed) return {};
  std::string hint = "Apps run on the Web APIs, without those of Node.js.";
  if (found != kNodeModules.end() && !found->second.empty()) {
    hint += " " + std::string(found->second);
  } else {
    hint += " Use a package that is made for browsers or workers.";
  }
  return hint;
}

ImportProblem ExplainUnresolvedImport(std::string_view specifier, const std::string& importer) {
  const std::string quoted = "\"" + std::string(specifier) + "\"";
  if (IsPath(specifier)) return ExplainPath(specifier, importer);
  if (std::string hint = NodeModuleHint(specifier); !hint.empty()) {
    if (importer.find("/node_modules/") != std::string::npos) {
      hint += " The import is a package's own: look for a version of it for the browser.";
    }
    return {quoted + " is a module of Node.js", hint};
  }
  if (specifier.starts_with('#')) {
    return {quoted + " is not in the \"imports\" of package.json",
            "Names that begin with # are defined in the \"imports\" of the nearest package.json."};
  }
  if (const size_t colon = specifier.find(':'); colon != std::string_view::npos && colon > 1) {
    return {quoted + " is a module of another runtime",
            "Apps import files and npm packages; everything else comes as a global or in `env`."};
  }
  if (specifier.starts_with("@/") || specifier.starts_with("~")) {
    return {"there is no file " + quoted,
            "Define the alias in \"compilerOptions.paths\" of tsconfig.json: { \"" +
                std::string(specifier.substr(0, specifier.find('/') + 1)) +
                "*\": [\"./src/*\"] }."};
  }
  return ExplainPackage(specifier, importer);
}

}  // namespace nano::compiler
