// Reading JSON that esbuild wrote: whatever is missing is empty.
#include "compiler/bundle/metafile.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/json_fields.h"

namespace nano::compiler {
namespace {

std::vector<ModuleImport> ImportsOf(const Json& owner) {
  std::vector<ModuleImport> imports;
  for (const Json& import : ListOf(owner, "imports")) {
    imports.push_back({.path = TextOf(import, "path"),
                       .specifier = TextOf(import, "original"),
                       .kind = TextOf(import, "kind"),
                       .external = FlagOf(import, "external")});
  }
  return imports;
}

BundledModule::Format FormatOf(const Json& input) {
  const std::string name = TextOf(input, "format");
  if (name == "esm") return BundledModule::Format::kEsm;
  return name == "cjs" ? BundledModule::Format::kCommonJs : BundledModule::Format::kUnknown;
}

}  // namespace

bool BundledModule::HasImportStatements() const {
  return std::any_of(imports.begin(), imports.end(), [](const ModuleImport& import) {
    return import.kind == ModuleImport::kStatement;
  });
}

Metafile Metafile::Parse(std::string_view text, std::string_view output) {
  Metafile metafile;
  const Result<Json> json = Json::Parse(text, kFileJson);
  if (!json.ok()) return metafile;
  const Json* written = nullptr;
  for (const auto& [path, details] : MembersOf(*json, "outputs")) {
    if (path == output || path.ends_with("/" + std::string(output))) written = &details;
  }
  if (written == nullptr) return metafile;
  std::unordered_set<std::string_view> contained;
  for (const Json::Member& input : MembersOf(*written, "inputs")) contained.insert(input.name);
  for (const auto& [path, input] : MembersOf(*json, "inputs")) {
    metafile.modules.push_back({.path = path,
                                .format = FormatOf(input),
                                .imports = ImportsOf(input),
                                .in_output = contained.contains(path)});
  }
  std::sort(metafile.modules.begin(), metafile.modules.end(),
            [](const BundledModule& a, const BundledModule& b) { return a.path < b.path; });
  for (ModuleImport& import : ImportsOf(*written)) {
    if (import.external) metafile.externals.push_back(std::move(import));
  }
  return metafile;
}

const BundledModule* Metafile::Find(std::string_view path) const {
  const auto found = std::lower_bound(
      modules.begin(), modules.end(), path,
      [](const BundledModule& module, std::string_view value) { return module.path < value; });
  return found == modules.end() || found->path != path ? nullptr : &*found;
}

}  // namespace nano::compiler
