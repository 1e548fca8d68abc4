// Splitting specifiers and the fields of JSON files into names.
#include "compiler/cache/module_names.h"

#include <filesystem>

#include "base/file.h"
#include "base/json_fields.h"
#include "compiler/bundle/esbuild.h"
#include "compiler/project/tsconfig.h"

namespace nano::compiler {
namespace {

namespace fs = std::filesystem;

// Looked for in every folder on the way.
constexpr std::string_view kAlways[] = {"index",    "package",      "tsconfig",
                                        "jsconfig", "node_modules", ".pnp"};
constexpr std::string_view kPackageFields[] = {"main", "module", "browser", "exports", "imports"};
constexpr std::string_view kCompilerOptions[] = {"baseUrl", "paths", "rootDirs", "jsxImportSource"};

const std::string kEverywhere = "/";
// Among a folder's names: every name. Nothing that AddPath adds is called so.
const std::string kAny = "*";

// A folder's path, absolute and normal, with one slash at its end.
std::string WithSlash(const fs::path& folder) { return (folder / "").lexically_normal().string(); }

// Calls `add` with all texts in a value, keys among them.
template <typename F>
void ForEachText(const Json& value, F add) {
  if (value.text() != nullptr) {
    add(*value.text());
  } else if (value.array() != nullptr) {
    for (const Json& item : *value.array()) ForEachText(item, add);
  } else if (value.object() != nullptr) {
    for (const auto& [name, item] : *value.object()) {
      add(name);
      ForEachText(item, add);
    }
  }
}

}  // namespace

ModuleNames ModuleNames::Of(const Metafile& metafile, const std::vector<FileLookup>& lookups,
                            const EntryPoint& entry) {
  ModuleNames names;
  Set& everywhere = names.names_[kEverywhere];
  names.AddPath(everywhere, entry.shown);
  for (const std::string_view name : kAlways) everywhere.emplace(name);
  for (const BundledModule& module : metafile.modules) {
    // It imports the entry, by a path that is not the same everywhere.
    if (module.path == kGeneratedEntry) continue;
    for (const ModuleImport& import : module.imports) {
      if (import.path.find('*') != std::string::npos) {
        names.AddPattern(WithSlash((fs::path(entry.directory) / module.path).parent_path()),
                         import.path);
        continue;
      }
      names.AddPath(everywhere, import.external ? import.path : import.specifier);
    }
  }
  for (const FileLookup& lookup : lookups) {
    if (lookup.opened && lookup.path.ends_with(".json")) names.AddJsonFile(lookup.path);
  }
  return names;
}

void ModuleNames::AddJsonFile(const std::string& path) {
  const Result<std::string> text = ReadFile(path);
  if (!text.ok()) return;
  const Result<Json> json = Json::Parse(PlainJson(*text), kFileJson);
  if (!json.ok() || json->object() == nullptr) return;
  const fs::path file(path);
  const bool is_package = file.filename() == "package.json";
  Set& set = names_[is_package ? WithSlash(file.parent_path()) : kEverywhere];
  const auto add = [&](std::string_view name) { AddPath(set, name); };
  if (is_package) {
    for (const std::string_view field : kPackageFields) ForEachText(MemberOf(*json, field), add);
    return;
  }
  ForEachText(MemberOf(*json, "extends"), add);
  const Json& options = MemberOf(*json, "compilerOptions");
  for (const std::string_view option : kCompilerOptions) {
    ForEachText(MemberOf(options, option), add);
  }
}

ModuleNames::InFolder ModuleNames::In(const std::string& folder) const {
  InFolder in;
  in.all_ = all_;
  const std::string path = WithSlash(folder);
  for (const auto& [above, names] : names_) {
    if (!path.starts_with(above)) continue;
    in.sets_.push_back(&names);
    in.all_ = in.all_ || names.contains(kAny);
  }
  return in;
}

ModuleNames::ModuleNames(const std::string& directory, const std::map<std::string, Set>& by_folder,
                         bool all)
    : all_(all) {
  for (const auto& [folder, names] : by_folder) {
    const std::string above =
        folder.empty() ? kEverywhere : WithSlash(fs::path(directory) / folder);
    names_[above].insert(names.begin(), names.end());
  }
}

std::map<std::string, ModuleNames::Set> ModuleNames::ByFolder(const std::string& directory) const {
  std::map<std::string, Set> by_folder;
  for (const auto& [above, names] : names_) {
    by_folder[above == kEverywhere ? "" : fs::path(above).lexically_relative(directory).string()] =
        names;
  }
  return by_folder;
}

bool ModuleNames::InFolder::Has(std::string_view name) const {
  if (all_) return true;
  for (size_t end = name.size(); end > 0 && end != std::string_view::npos;
       end = name.rfind('.', end - 1)) {
    const std::string part(name.substr(0, end));
    for (const Set* names : sets_) {
      if (names->contains(part)) return true;
    }
  }
  return false;
}

// A pattern of files, as in import(`./pages/${name}.ts`), is for all that there are below the
// folder that it begins with. What comes and goes beside that is nothing to it.
void ModuleNames::AddPattern(const std::string& folder, std::string_view pattern) {
  const std::string_view begin = pattern.substr(0, pattern.rfind('/', pattern.find('*')) + 1);
  if (!begin.starts_with('.')) {
    all_ = true;
    return;
  }
  AddPath(names_[kEverywhere], begin);
  names_[WithSlash(fs::path(folder) / begin)].insert(kAny);
}

void ModuleNames::AddPath(Set& names, std::string_view path) {
  while (!path.empty()) {
    const size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    if (name.empty() || name == "." || name == "..") continue;
    const size_t star = name.find('*');
    // What the star stands for in "*.js" is in a specifier; not what "lib-*" gives.
    if (star == 0) continue;
    if (star != std::string_view::npos) all_ = true;
    names.emplace(name);
    // "./a.js" may be a.ts.
    const size_t dot = name.rfind('.');
    if (dot != 0 && dot != std::string_view::npos) names.emplace(name.substr(0, dot));
  }
}

}  // namespace nano::compiler
