// Words are looked for, not parsed: it is JSON with comments, or TOML.
#include "compiler/wrangler_file.h"

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

}  // namespace

std::optional<Error> UnreadWranglerFile(const std::string& directory) {
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

}  // namespace nano::compiler
