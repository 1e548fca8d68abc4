// Reading JSON that esbuild wrote: whatever is missing is empty.
#include "compiler/bundle/metafile.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace nano::compiler {
namespace {

using Json = nlohmann::json;

// A member that is an object or a list; an empty one if there is none.
const Json& Member(const Json& owner, const char* name) {
  static const Json none = Json::object();
  const auto found = owner.find(name);
  return found == owner.end() ? none : *found;
}

std::vector<ModuleImport> ImportsOf(const Json& owner) {
  std::vector<ModuleImport> imports;
  for (const Json& import : Member(owner, "imports")) {
    imports.push_back({.path = import.value("path", ""),
                       .specifier = import.value("original", ""),
                       .kind = import.value("kind", ""),
                       .external = import.value("external", false)});
  }
  return imports;
}

BundledModule::Format FormatOf(const Json& input) {
  const std::string name = input.value("format", "");
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
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return metafile;
  const Json* written = nullptr;
  for (const auto& [path, details] : Member(json, "outputs").items()) {
    if (path == output || path.ends_with("/" + std::string(output))) written = &details;
  }
  if (written == nullptr) return metafile;
  const Json& contained = Member(*written, "inputs");
  for (const auto& [path, input] : Member(json, "inputs").items()) {
    metafile.modules.push_back({.path = path,
                                .format = FormatOf(input),
                                .imports = ImportsOf(input),
                                .in_output = contained.contains(path)});
  }
  for (ModuleImport& import : ImportsOf(*written)) {
    if (import.external) metafile.externals.push_back(std::move(import));
  }
  return metafile;
}

const BundledModule* Metafile::Find(std::string_view path) const {
  const auto found = std::find_if(modules.begin(), modules.end(),
                                  [&](const BundledModule& module) { return module.path == path; });
  return found == modules.end() ? nullptr : &*found;
}

}  // namespace nano::compiler
