// Words are looked for, not parsed: both kinds of files are JSON with comments, or TOML.
#include "compiler/project_files.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <string_view>

#include "base/file.h"
#include "compiler/paths.h"

namespace nano::compiler {
namespace {

namespace fs = std::filesystem;

constexpr int kMostExtends = 8;

// Settings of wrangler's that people rely on, in the order in which they are told.
constexpr std::array<std::string_view, 16> kWranglerKeys{
    "vars",         "routes",     "route",           "kv_namespaces",
    "d1_databases", "r2_buckets", "durable_objects", "queues",
    "triggers",     "services",   "assets",          "site",
    "ai",           "vectorize",  "hyperdrive",      "send_email"};

bool IsWordCharacter(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// Whether a file sets `key`: "key": in JSON, key = or [key] or [[key.…]] in TOML.
bool Sets(std::string_view text, std::string_view key, bool is_toml) {
  for (size_t at = text.find(key); at != text.npos; at = text.find(key, at + 1)) {
    const char before = at == 0 ? '\n' : text[at - 1];
    const size_t end = at + key.size();
    const char after = end < text.size() ? text[end] : '\n';
    if (IsWordCharacter(after)) continue;
    if (is_toml ? before == '\n' || before == '[' : before == '"' && after == '"') return true;
  }
  return false;
}

std::optional<Error> WranglerWarning(const std::string& directory) {
  for (const char* name : {"wrangler.jsonc", "wrangler.json", "wrangler.toml"}) {
    const std::string path = directory + "/" + name;
    std::error_code ignored;
    if (!fs::is_regular_file(path, ignored)) continue;
    const Result<std::string> text = ReadFile(path);
    if (!text) continue;
    std::string keys;
    for (const std::string_view key : kWranglerKeys) {
      if (!Sets(*text, key, path.ends_with(".toml"))) continue;
      keys.append(keys.empty() ? "" : ", ").append(key);
    }
    return Error{.message = std::string(name) + " is not read yet" +
                            (keys.empty() ? "" : ": its " + keys + " have no effect"),
                 .where = DisplayPath(path),
                 .hint = "Write the entry, hosts and variables in nano.yaml."};
  }
  return std::nullopt;
}

size_t LineOf(std::string_view text, size_t at) {
  return 1 + std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(at), '\n');
}

// Where the value of a JSON member begins, behind its colon; npos: there is none outside of line
// comments.
size_t FindValue(std::string_view text, std::string_view key) {
  const std::string quoted = "\"" + std::string(key) + "\"";
  for (size_t at = text.find(quoted); at != text.npos; at = text.find(quoted, at + 1)) {
    const size_t line = at == 0 ? 0 : text.rfind('\n', at) + 1;
    if (text.substr(line, at - line).find("//") != text.npos) continue;
    const size_t colon = text.find_first_not_of(" \t\r\n", at + quoted.size());
    if (colon == text.npos || text[colon] != ':') continue;
    return text.find_first_not_of(" \t\r\n", colon + 1);
  }
  return text.npos;
}

// The files that a tsconfig.json extends, as far as they are named by a path.
std::vector<fs::path> ExtendedBy(std::string_view text, const fs::path& folder) {
  std::vector<fs::path> files;
  size_t at = FindValue(text, "extends");
  if (at == text.npos) return files;
  const size_t end = text[at] == '[' ? text.find(']', at) : text.find_first_of(",}\n", at);
  while ((at = text.find('"', at)) < std::min(end, text.size())) {
    const size_t close = text.find('"', at + 1);
    if (close == text.npos) break;
    std::string name(text.substr(at + 1, close - at - 1));
    if (name.starts_with('.') && !name.ends_with(".json")) name += ".json";
    if (name.starts_with('.')) files.push_back(folder / name);
    at = close + 1;
  }
  return files;
}

// "tsconfig.json:4" where the option is on.
std::string FindMetadataOption(const fs::path& file, int depth) {
  const Result<std::string> text = ReadFile(file.string());
  if (!text || depth > kMostExtends) return {};
  const size_t value = FindValue(*text, "emitDecoratorMetadata");
  if (value != std::string::npos) {
    return text->compare(value, 4, "true") == 0
               ? DisplayPath(file.string()) + ":" + std::to_string(LineOf(*text, value))
               : std::string();
  }
  for (const fs::path& extended : ExtendedBy(*text, file.parent_path())) {
    if (std::string found = FindMetadataOption(extended, depth + 1); !found.empty()) return found;
  }
  return {};
}

bool HasDecorators(std::string_view source) {
  while (!source.empty()) {
    const size_t end = source.find('\n');
    std::string_view line = source.substr(0, end);
    source = end == source.npos ? std::string_view() : source.substr(end + 1);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (line.size() > 1 && line[0] == '@' && (IsWordCharacter(line[1]) || line[1] == '(')) {
      return true;
    }
  }
  return false;
}

std::optional<Error> MetadataWarning(const Metafile& metafile, const std::string& directory) {
  std::string option;
  for (fs::path folder = directory;; folder = folder.parent_path()) {
    std::error_code ignored;
    if (fs::is_regular_file(folder / "tsconfig.json", ignored)) {
      option = FindMetadataOption(folder / "tsconfig.json", 0);
      break;
    }
    if (folder == folder.parent_path()) break;
  }
  if (option.empty()) return std::nullopt;
  for (const BundledModule& module : metafile.modules) {
    const std::string extension = fs::path(module.path).extension().string();
    if (!module.in_output || (extension != ".ts" && extension != ".tsx" && extension != ".mts") ||
        module.path.find("node_modules/") != std::string::npos) {
      continue;
    }
    const Result<std::string> source = ReadFile((fs::path(directory) / module.path).string());
    if (!source || !HasDecorators(*source)) continue;
    return Error{.message =
                     "emitDecoratorMetadata has no effect: types are removed one file at a "
                     "time, so decorators (as in " +
                     module.path + ") see no \"design:type\" metadata",
                 .where = option,
                 .hint =
                     "Name what is injected in the decorator, as in @inject(Engine), or compile "
                     "the sources with tsc first and build its output."};
  }
  return std::nullopt;
}

}  // namespace

std::vector<Error> UnreadSettings(const Metafile& metafile, const std::string& directory) {
  std::vector<Error> warnings;
  if (auto warning = WranglerWarning(directory)) warnings.push_back(*std::move(warning));
  if (auto warning = MetadataWarning(metafile, directory)) warnings.push_back(*std::move(warning));
  return warnings;
}

}  // namespace nano::compiler
