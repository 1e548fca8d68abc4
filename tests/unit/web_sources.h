// Reads the sources of the Web APIs (runtime/web): which modules import which, and what the lazy
// groups export. As the formatter leaves them: a statement begins its line. Thread: any.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace nano::testing {

inline std::string TextOf(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string SourceText(std::string_view path) {
  return TextOf(std::filesystem::path(NANO_SOURCE_DIR) / path);
}

// By their paths in runtime/web, such as "dom/lazy/index.ts".
using WebSources = std::map<std::string, std::string>;

inline WebSources ReadWebSources() {
  namespace fs = std::filesystem;
  const fs::path web = fs::path(NANO_SOURCE_DIR) / "runtime/web";
  WebSources sources;
  for (const auto& entry : fs::recursive_directory_iterator(web)) {
    if (entry.path().extension() != ".ts") continue;
    sources[entry.path().lexically_relative(web).generic_string()] = TextOf(entry.path());
  }
  return sources;
}

// Without lines that are comments.
inline std::string WithoutComments(const std::string& text) {
  std::istringstream lines(text);
  std::string code;
  for (std::string line; std::getline(lines, line);) {
    const size_t at = line.find_first_not_of(' ');
    const std::string_view rest =
        at == std::string::npos ? std::string_view() : std::string_view(line).substr(at);
    const bool comment = rest.starts_with("//") || rest.starts_with("/*") ||
                         rest.starts_with("* ") || rest == "*" || rest.starts_with("*/");
    code.append(comment ? "" : line).push_back('\n');
  }
  return code;
}

// The names between braces, each as it is called where the statement is: "type A", and "b" of "a as
// b".
inline std::vector<std::string> NamesIn(std::string_view list) {
  std::vector<std::string> names;
  std::istringstream items{std::string(list)};
  for (std::string item; std::getline(items, item, ',');) {
    std::istringstream words(item);
    std::string name;
    std::string word;
    std::string type;
    words >> name;
    if (name == "type" && words >> name) type = "type ";
    if (words >> word && word == "as") words >> name;
    if (!name.empty()) names.push_back(type + name);
  }
  return names;
}

// One statement that names another module: import … from, export … from, import "…".
struct ModuleUse {
  std::string path;  // In runtime/web.
  bool is_export = false;
  bool is_type = false;            // Nothing of it is left when the program runs.
  std::vector<std::string> names;  // What is between the braces, as the module calls it.
  bool is_all = false;             // * instead.
};

inline std::vector<ModuleUse> ModuleUsesIn(const std::string& file, const std::string& text) {
  namespace fs = std::filesystem;
  std::vector<ModuleUse> uses;
  const auto add = [&](ModuleUse use, const std::string& path) {
    if (!path.starts_with(".")) return;
    use.path = (fs::path(file).parent_path() / path).lexically_normal().generic_string();
    if (use.path != file) uses.push_back(std::move(use));
  };
  const std::string code = WithoutComments(text);
  std::istringstream lines(code);
  for (std::string line; std::getline(lines, line);) {
    const bool is_export = line.starts_with("export {") || line.starts_with("export type {") ||
                           line.starts_with("export *");
    if (!is_export && !line.starts_with("import ")) continue;
    std::string statement = line;
    while (statement.find(';') == std::string::npos && std::getline(lines, line)) {
      statement += "\n" + line;
    }
    const size_t close = statement.rfind('"');
    const size_t open = close == std::string::npos || close == 0 ? std::string::npos
                                                                 : statement.rfind('"', close - 1);
    if (open == std::string::npos) continue;  // A list of the module's own exports.
    ModuleUse use;
    use.is_export = is_export;
    use.is_type = statement.substr(6).starts_with(" type ");
    const size_t brace = statement.find('{');
    if (brace < open) {
      use.names = NamesIn(statement.substr(brace + 1, statement.find('}') - brace - 1));
      use.is_type = use.is_type || std::all_of(use.names.begin(), use.names.end(), [](auto& name) {
                      return name.starts_with("type ");
                    });
    }
    use.is_all = statement.find('*') < open;
    add(std::move(use), statement.substr(open + 1, close - open - 1));
  }
  // typeof import("…"), in types.
  constexpr std::string_view kImport = "import(\"";
  for (size_t at = code.find(kImport); at != std::string::npos; at = code.find(kImport, at)) {
    at += kImport.size();
    ModuleUse use;
    use.is_type = true;
    add(std::move(use), code.substr(at, code.find('"', at) - at));
  }
  return uses;
}

// The lazy groups: the index.ts of each, by its name.
inline std::map<std::string, std::string> LazyGroupsIn(const WebSources& sources) {
  namespace fs = std::filesystem;
  std::map<std::string, std::string> groups;
  for (const auto& [file, text] : sources) {
    if (!file.ends_with("/lazy/index.ts")) continue;
    groups[fs::path(file).parent_path().parent_path().filename().string()] = file;
  }
  return groups;
}

// The groups that code outside and inside of them loads, or names the types of.
inline std::set<std::string> GroupsNamedIn(const std::string& text) {
  const std::string code = WithoutComments(text);
  std::set<std::string> groups;
  for (const std::string_view use : {"load(\"", "oaded(\"", "LazyGroups[\""}) {
    for (size_t at = code.find(use); at != std::string::npos; at = code.find(use, at)) {
      at += use.size();
      groups.insert(code.substr(at, code.find('"', at) - at));
    }
  }
  return groups;
}

// Values that a module exports from others, by the names that it exports them under.
inline std::set<std::string> ReexportsOf(const WebSources& sources, const std::string& file) {
  std::set<std::string> names;
  for (const ModuleUse& use : ModuleUsesIn(file, sources.at(file))) {
    if (!use.is_export || use.is_type) continue;
    if (use.is_all) names.merge(ReexportsOf(sources, use.path));
    for (const std::string& name : use.names) {
      if (!name.starts_with("type ")) names.insert(name);
    }
  }
  return names;
}

// The interfaces that a group gives to the global object.
inline std::set<std::string> GlobalsOf(const WebSources& sources, const std::string& index) {
  std::set<std::string> globals;
  for (const std::string& name : ReexportsOf(sources, index)) {
    if (name[0] >= 'A' && name[0] <= 'Z') globals.insert(name);
  }
  return globals;
}

}  // namespace nano::testing
