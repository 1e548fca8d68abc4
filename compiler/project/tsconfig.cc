// Following `extends` as TypeScript does: relative paths, packages, lists of them.
#include "compiler/project/tsconfig.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/file.h"
#include "base/json_fields.h"

namespace nano::compiler {
namespace {

namespace fs = std::filesystem;

bool IsFile(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

std::optional<fs::path> FirstFile(const std::vector<fs::path>& candidates) {
  for (const fs::path& path : candidates) {
    if (IsFile(path)) return path.lexically_normal();
  }
  return std::nullopt;
}

// The file that a value of `extends` names.
std::optional<fs::path> ResolveExtended(const fs::path& directory, const std::string& name) {
  if (name.empty()) return std::nullopt;
  if (name.starts_with('.') || name.starts_with('/')) {
    const fs::path path = directory / name;
    return FirstFile({path, path.string() + ".json", path / "tsconfig.json"});
  }
  for (fs::path folder = directory;; folder = folder.parent_path()) {
    const fs::path path = folder / "node_modules" / name;
    if (auto found = FirstFile({path, path.string() + ".json", path / "tsconfig.json"})) {
      return found;
    }
    if (folder == folder.parent_path()) return std::nullopt;
  }
}

std::vector<std::string> ExtendedBy(const Json& json) {
  const std::string* name = MemberOf(json, "extends").text();
  return name != nullptr ? std::vector<std::string>{*name} : TextsOf(json, "extends");
}

struct Setting {
  bool enabled = false;
  TsconfigPlace place;
};

// `extending` are the files that led to this one: a circle ends where it closes.
std::optional<Setting> FindSetting(const fs::path& file, const std::string& option,
                                   std::vector<fs::path>& extending) {
  if (std::find(extending.begin(), extending.end(), file) != extending.end()) return std::nullopt;
  const Result<std::string> text = ReadFile(file.string());
  if (!text.ok()) return std::nullopt;
  const std::string plain = PlainJson(*text);
  const Result<Json> json = Json::Parse(plain, kFileJson);
  if (!json.ok()) return std::nullopt;
  if (const bool* value = MemberOf(MemberOf(*json, "compilerOptions"), option).flag()) {
    const size_t name = plain.find('"' + option + '"');
    return Setting{.enabled = *value,
                   .place = {.file = file.string(), .offset = name == plain.npos ? 0 : name}};
  }
  extending.push_back(file);
  std::optional<Setting> last;  // Of several extended files the later one overrules.
  for (const std::string& name : ExtendedBy(*json)) {
    const auto extended = ResolveExtended(file.parent_path(), name);
    if (!extended) continue;
    if (auto setting = FindSetting(*extended, option, extending)) last = std::move(setting);
  }
  extending.pop_back();
  return last;
}

// The end of a string that begins at `at`, just after its closing quotation mark.
size_t StringEnd(std::string_view text, size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

// The end of a comment that begins at `at`; `at` itself: none does.
size_t CommentEnd(std::string_view text, size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("//")) return std::min(text.find('\n', at), text.size());
  if (!rest.starts_with("/*")) return at;
  const size_t end = text.find("*/", at + 2);
  return end == std::string_view::npos ? text.size() : end + 2;
}

}  // namespace

std::string FindTsconfig(const std::string& directory) {
  for (fs::path folder = directory;; folder = folder.parent_path()) {
    if (IsFile(folder / "tsconfig.json")) return (folder / "tsconfig.json").string();
    if (folder == folder.parent_path()) return {};
  }
}

std::optional<TsconfigPlace> EnabledOption(const std::string& file, std::string_view option) {
  std::vector<fs::path> extending;
  std::optional<Setting> setting = FindSetting(file, std::string(option), extending);
  if (!setting || !setting->enabled) return std::nullopt;
  return std::move(setting->place);
}

std::string PlainJson(std::string_view text) {
  std::string out(text);
  size_t comma = out.npos;  // The last one, as long as only white space and comments follow.
  for (size_t at = 0; at < out.size();) {
    if (out[at] == '"') {
      at = StringEnd(out, at);
      comma = out.npos;
    } else if (const size_t end = CommentEnd(out, at); end > at) {
      for (; at < end; ++at) {
        if (out[at] != '\n') out[at] = ' ';
      }
    } else {
      const char c = out[at];
      if ((c == '}' || c == ']') && comma != out.npos) out[comma] = ' ';
      if (c == ',') {
        comma = at;
      } else if (std::string_view(" \t\r\n").find(c) == std::string_view::npos) {
        comma = out.npos;
      }
      ++at;
    }
  }
  return out;
}

}  // namespace nano::compiler
