// Finding an app's entry.
#include "compiler/project/entry_point.h"

#include <array>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "compiler/project/paths.h"
#include "config/wrangler/project.h"

namespace nano::compiler {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 8> kExtensions{".ts", ".tsx", ".mts", ".cts",
                                                      ".js", ".jsx", ".mjs", ".cjs"};

bool IsFile(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

// The file that `name` stands for in package.json: extensions may be missing, and a folder means
// its index.
std::optional<fs::path> Resolve(const fs::path& directory, const std::string& name) {
  fs::path path = (directory / name).lexically_normal();
  if (IsFile(path)) return path;
  for (const std::string_view extension : kExtensions) {
    if (fs::path with = path.string() + std::string(extension); IsFile(with)) return with;
  }
  for (const std::string_view extension : kExtensions) {
    if (fs::path index = path / ("index" + std::string(extension)); IsFile(index)) return index;
  }
  return std::nullopt;
}

EntryPoint At(const fs::path& directory, const fs::path& file) {
  return {.directory = directory.string(),
          .file = file.string(),
          .shown = file.lexically_relative(directory).string()};
}

// The values of `module` and `main`, in this order: where a package has both, the first is the ES
// module.
Result<std::vector<std::pair<std::string, std::string>>> ReadManifest(const fs::path& manifest) {
  std::vector<std::pair<std::string, std::string>> fields;
  if (!IsFile(manifest)) return fields;
  const std::string shown = DisplayPath(manifest.string());
  const std::string text = TRY(ReadFile(manifest.string()));
  JsonRules rules = kFileJson;
  rules.file = shown;
  Result<Json> json = Json::Parse(text, rules);
  if (!json.ok()) {
    Error error = std::move(json).error();
    error.hint = "Correct it, or set `entry` in nano.yaml.";
    return error;
  }
  for (const char* name : {"module", "main"}) {
    const Json* found = json->Find(name);
    if (found == nullptr) continue;
    if (found->text() == nullptr) {
      return Error{.message = std::string("\"") + name + "\" must be a string",
                   .where = shown,
                   .hint = "Name the app's entry, as in \"main\": \"src/index.ts\"."};
    }
    if (const std::string& value = *found->text(); !value.empty()) fields.emplace_back(name, value);
  }
  return fields;
}

std::string WhatToBuild(const std::string& directory) {
  const std::vector<std::string> projects = config::WranglerProjectsBelow(directory);
  if (projects.empty()) {
    return "\nName the file by `entry` in nano.yaml or `main` in a wrangler file, or build another "
           "directory: `nanoc build DIR`.";
  }
  std::string hint =
      "\nThere are projects with wrangler files below it. Build them into one dist: nanoc build";
  for (const std::string& project : projects) hint += " " + project;
  return hint;
}

}  // namespace

Result<EntryPoint> FindEntryPoint(const config::AppSettings& app) {
  const Result<std::string> canonical = CanonicalPath(app.directory);
  if (!canonical.ok()) {
    return config::ErrorAt(
        app.place, "the directory " + app.directory + " of app '" + app.name + "' cannot be opened",
        "Correct `path`, or make the directory.");
  }
  const fs::path directory = *canonical;
  if (!fs::is_directory(directory)) {
    return config::ErrorAt(app.place, app.directory + " is not a directory",
                           "`path` is the directory that the app is in; `entry` names the file.");
  }
  if (!app.entry.empty()) {
    const fs::path file = (directory / app.entry).lexically_normal();
    if (IsFile(file)) return At(directory, file);
    return config::ErrorAt(
        app.stated.PlaceOf("entry"), "there is no file " + DisplayPath(file.string()),
        app.wrangler.empty() ? "`entry` is relative to the app's directory."
                             : "If a framework's build makes it, run that first (npm run build), "
                               "or let `build.command` of the file do it.");
  }

  const auto manifest = TRY(ReadManifest(directory / "package.json"));
  std::string looked_for = "Looked for `entry` in nano.yaml, `main` in a wrangler file";
  if (manifest.empty()) looked_for += ", \"module\" and \"main\" in package.json";
  for (const auto& [field, value] : manifest) {
    if (const auto file = Resolve(directory, value)) return At(directory, *file);
    looked_for += ", " + value + " (\"" + field + "\" in package.json)";
  }
  for (const char* folder : {".", "src"}) {
    for (const std::string_view extension : kExtensions) {
      const fs::path file =
          (directory / folder / ("index" + std::string(extension))).lexically_normal();
      if (IsFile(file)) return At(directory, file);
    }
  }
  looked_for += ", index.{ts,tsx,mts,cts,js,jsx,mjs,cjs}, the same in src/.";
  return Error{.message = "no entry was found: there is nothing to build here",
               .where = DisplayPath(directory.string()),
               .hint = looked_for + WhatToBuild(app.directory)};
}

}  // namespace nano::compiler
