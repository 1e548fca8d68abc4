// Words are looked for, not parsed: it is JSON with comments, or TOML. Owns nothing.
#include "compiler/project/wrangler_file.h"

#include <array>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "compiler/project/paths.h"

namespace nano::compiler {
namespace {

namespace fs = std::filesystem;

// Settings of wrangler's that people rely on, in the order in which they are told.
constexpr std::array<std::string_view, 16> kWranglerKeys{
    "vars",         "routes",     "route",           "kv_namespaces",
    "d1_databases", "r2_buckets", "durable_objects", "queues",
    "triggers",     "services",   "assets",          "site",
    "ai",           "vectorize",  "hyperdrive",      "send_email"};

constexpr std::string_view kSpaces = " \t\r";

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kSpaces);
  return begin == text.npos ? std::string_view() : text.substr(begin);
}

// What is behind `key` where a line of TOML has it: key = …, [key], [[env.NAME.key.…]].
std::optional<std::string_view> InToml(std::string_view line, std::string_view key, size_t at) {
  const std::string_view before = Trimmed(line.substr(0, at));
  const std::string_view after = Trimmed(line.substr(at + key.size()));
  const bool in_header = before.starts_with('[') && (before.back() == '[' || before.back() == '.');
  const bool begins = in_header
                          ? after.starts_with(']') || after.starts_with('.')
                          : before.empty() && (after.starts_with('=') || after.starts_with('.'));
  return begins ? std::optional(after.substr(1)) : std::nullopt;
}

// The same of JSON with comments: "key": ….
std::optional<std::string_view> InJson(std::string_view line, std::string_view key, size_t at) {
  const std::string_view before = line.substr(0, at);
  const std::string_view after = line.substr(at + key.size());
  if (!before.ends_with('"') || !after.starts_with('"')) return std::nullopt;
  if (Trimmed(before).starts_with("//")) return std::nullopt;
  const std::string_view value = Trimmed(after.substr(1));
  return value.starts_with(':') ? std::optional(value.substr(1)) : std::nullopt;
}

// The rest of the first line that sets `key`, behind it.
std::optional<std::string_view> Find(std::string_view text, std::string_view key, bool is_toml) {
  for (size_t at = text.find(key); at != text.npos; at = text.find(key, at + 1)) {
    const size_t begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
    const std::string_view line = text.substr(begin, text.find('\n', at) - begin);
    const auto found = is_toml ? InToml(line, key, at - begin) : InJson(line, key, at - begin);
    if (found) return found;
  }
  return std::nullopt;
}

struct WranglerFile {
  std::string name;
  std::string text;
  bool IsToml() const { return name.ends_with(".toml"); }
};

std::optional<WranglerFile> Read(const std::string& directory) {
  for (const char* name : {"wrangler.jsonc", "wrangler.json", "wrangler.toml"}) {
    const std::string path = directory + "/" + name;
    std::error_code ignored;
    if (!fs::is_regular_file(path, ignored)) continue;
    if (Result<std::string> text = ReadFile(path); text.ok())
      return WranglerFile{name, std::move(*text)};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Error> UnreadWranglerFile(const std::string& directory) {
  const std::optional<WranglerFile> file = Read(directory);
  if (!file) return std::nullopt;
  std::string keys;
  for (const std::string_view key : kWranglerKeys) {
    if (!Find(file->text, key, file->IsToml())) continue;
    keys.append(keys.empty() ? "" : ", ").append(key);
  }
  return Error{.message = file->name + " is not read yet" +
                          (keys.empty() ? "" : ": its " + keys + " have no effect"),
               .where = DisplayPath(directory + "/" + file->name),
               .hint = "Write the entry, hosts, variables and assets in nano.yaml."};
}

std::string EntryOfWranglerFile(const std::string& directory) {
  const std::optional<WranglerFile> file = Read(directory);
  if (!file) return {};
  const std::string unread = file->name + " is not read yet";
  const auto value = Find(file->text, "main", file->IsToml());
  const std::string_view quoted = value ? Trimmed(*value) : std::string_view();
  if (!quoted.starts_with('"') && !quoted.starts_with('\'')) return unread + ".";
  const std::string_view main = quoted.substr(1, quoted.find(quoted.front(), 1) - 1);
  return unread + "; its `main` is `entry: " + std::string(main) + "` in nano.yaml.";
}

}  // namespace nano::compiler
