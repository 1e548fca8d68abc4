// Declared dependencies come first: what is merely installed may belong to another package.
#include "compiler/project/jsx_runtime.h"

#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "base/json_fields.h"

namespace nano::compiler {
namespace {

namespace fs = std::filesystem;

// Packages, and what JSX is imported from. An app of hono that renders React depends on both.
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kRuntimes{{
    {"react", "react"},
    {"preact", "preact"},
    {"hono", "hono/jsx"},
}};

std::string DeclaredIn(const fs::path& manifest) {
  const Result<std::string> text = ReadFile(manifest.string());
  if (!text.ok()) return {};
  const Result<Json> json = Json::Parse(*text, kFileJson);
  if (!json.ok()) return {};
  for (const auto& [package, runtime] : kRuntimes) {
    for (const char* field : {"dependencies", "devDependencies", "peerDependencies"}) {
      const std::string* version = MemberOf(MemberOf(*json, field), package).text();
      if (version == nullptr) continue;
      // "react" may be Preact under another name.
      const bool renamed = version->find("preact") != std::string::npos;
      return std::string(renamed ? "preact" : runtime);
    }
  }
  return {};
}

std::string InstalledIn(const fs::path& packages) {
  for (const auto& [package, runtime] : kRuntimes) {
    std::error_code ignored;
    if (fs::exists(packages / package / "package.json", ignored)) return std::string(runtime);
  }
  return {};
}

}  // namespace

std::string FindJsxRuntime(const std::string& directory) {
  std::string installed;
  for (fs::path folder = directory;; folder = folder.parent_path()) {
    std::error_code ignored;
    if (fs::is_regular_file(folder / "package.json", ignored)) {
      if (std::string declared = DeclaredIn(folder / "package.json"); !declared.empty()) {
        return declared;
      }
    }
    if (installed.empty()) installed = InstalledIn(folder / "node_modules");
    if (folder == folder.parent_path()) return installed;
  }
}

}  // namespace nano::compiler
