// esbuild's output is taken apart at the comments that it puts in front of each module.
#include "compiler/bundle/module_layout.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "base/file.h"
#include "compiler/bundle/bundle_text.h"

namespace nano::compiler {
namespace {

using Format = BundledModule::Format;

constexpr std::string_view kComment = "// ";
constexpr std::string_view kWrapper = " = __commonJS({\n";
constexpr std::string_view kUseStrict = "\"use strict\";";

// Lines of the code from `first` up to `last`, counted from 0.
struct Section {
  size_t first = 0;
  size_t last = 0;
  const BundledModule* module = nullptr;  // Null: esbuild's helpers.
};

std::vector<std::string_view> LinesOf(std::string_view code) {
  std::vector<std::string_view> lines;
  while (!code.empty()) {
    const size_t end = code.find('\n');
    lines.push_back(code.substr(0, end == std::string_view::npos ? end : end + 1));
    code.remove_prefix(lines.back().size());
  }
  return lines;
}

std::string_view Trimmed(std::string_view line) {
  const size_t begin = line.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  line.remove_prefix(begin);
  return line.substr(0, line.find('\n'));
}

// A name at the beginning of a text.
std::string_view LeadingName(std::string_view text) {
  size_t end = 0;
  while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) ||
                               text[end] == '_' || text[end] == '$')) {
    ++end;
  }
  return text.substr(0, end);
}

Error UnexpectedForm(std::string_view what) {
  return {
      .message = "the bundler's output has a form that NANO does not know: " + std::string(what),
      .where = "",
      .hint =
          "Install NANO again, with the esbuild that belongs to it. If it stays, this is a "
          "fault of NANO's."};
}

// The name that a statement declares as `var NAME = REST`; empty if it does not.
std::string_view DeclaredName(std::string_view line, std::string_view rest) {
  constexpr std::string_view kVar = "var ";
  if (!line.starts_with(kVar)) return {};
  const std::string_view name = LeadingName(line.substr(kVar.size()));
  return line.substr(kVar.size() + name.size()).starts_with(rest) ? name : std::string_view();
}

// Whether source text begins with the directive "use strict".
bool BeginsStrict(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.starts_with("#!")) text.remove_prefix(std::min(text.find('\n'), text.size()));
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n;"), text.size()));
    if (text.starts_with("//")) {
      text.remove_prefix(std::min(text.find('\n'), text.size()));
    } else if (text.starts_with("/*")) {
      const size_t end = text.find("*/", 2);
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
    } else if (text.starts_with('"') || text.starts_with('\'')) {
      const std::string_view directive = text.substr(1, text.find(text[0], 1) - 1);
      if (directive == "use strict") return true;
      text.remove_prefix(std::min(directive.size() + 2, text.size()));
    } else {
      return false;
    }
  }
}

class Arrangement {
 public:
  Arrangement(std::string_view code, const Metafile& metafile, const std::string& directory)
      : lines_(LinesOf(code)), metafile_(metafile), directory_(directory) {}

  Result<ModuleLayout> Make() {
    if (lines_.size() < 2) return UnexpectedForm("it is empty");
    TRY(FindSections());
    const bool sloppy = std::any_of(sections_.begin(), sections_.end(),
                                    [&](const Section& section) { return IsSloppy(section); });
    layout_.sloppy = sloppy;
    EscapeComments();
    if (!sloppy) {
      for (const std::string_view line : lines_) layout_.code += line;
      return std::move(layout_);
    }
    for (const Section& section : sections_) {
      if (BelongsOutside(section) || IsScript(section)) CollectNames(section);
    }
    layout_.moved_lines.resize(lines_.size());
    Append(0);
    for (const Section& section : sections_) {
      if (BelongsOutside(section)) {
        for (size_t i = section.first; i < section.last; ++i) Append(i);
      } else if (IsScript(section)) {
        AppendScript(section);
      }
    }
    Insert("return (async () => { \"use strict\";\n");
    for (const Section& section : sections_) {
      if (BelongsOutside(section)) continue;
      if (IsScript(section)) {
        Insert(ScriptName(section) + "();\n");
      } else {
        for (size_t i = section.first; i < section.last; ++i) AppendStrict(i);
      }
    }
    Append(lines_.size() - 1);
    return std::move(layout_);
  }

 private:
  // A module's code stands behind a comment with its path; an ES module's exports object may stand
  // further up, behind one more.
  Result<void> FindSections() {
    std::map<const BundledModule*, size_t> functions;
    sections_.push_back({.first = 1, .last = lines_.size() - 1});
    for (size_t i = 1; i + 1 < lines_.size(); ++i) {
      const BundledModule* module = ModuleOf(lines_[i]);
      if (module == nullptr) continue;
      sections_.back().last = i;
      sections_.push_back({.first = i, .last = lines_.size() - 1, .module = module});
      if (i + 1 < lines_.size() && IsExportsObject(lines_[i + 1])) {
        // A section of its own: it is not among a script's statements.
        sections_.back().last = i + 2;
        sections_.push_back({.first = i + 2, .last = lines_.size() - 1, .module = module});
        ++i;
      }
    }
    for (const Section& section : sections_) {
      if (section.module == nullptr || section.module->format != Format::kCommonJs) continue;
      if (WrapperLine(section) == section.last || ++functions[section.module] > 1) {
        return UnexpectedForm(section.module->path + " is not in one function");
      }
    }
    return {};
  }

  const BundledModule* ModuleOf(std::string_view line) const {
    if (!line.starts_with(kComment)) return nullptr;
    line.remove_prefix(kComment.size());
    if (line.ends_with('\n')) line.remove_suffix(1);
    const BundledModule* module = metafile_.Find(line);
    return module != nullptr && module->in_output ? module : nullptr;
  }

  static bool IsExportsObject(std::string_view line) {
    return DeclaredName(line, " = {};").find("_exports") != std::string_view::npos;
  }

  // The line that begins a CommonJS module's function; section.last: there is none.
  size_t WrapperLine(const Section& section) const {
    size_t at = section.first;
    while (at < section.last && DeclaredName(lines_[at], kWrapper).empty()) ++at;
    return at;
  }

  // In a function of its own that uses no variable of an ES module but those of kinds that
  // IsModuleName knows. A module that mixes `import` and `module.exports` is an ES module.
  bool BelongsOutside(const Section& section) const {
    if (section.module == nullptr) return true;
    return section.module->format == Format::kCommonJs && !section.module->HasImportStatements();
  }

  // Neither ES module nor CommonJS: Node.js takes it for the latter, and its statements stand among
  // those of the ES modules.
  bool IsScript(const Section& section) const {
    if (section.module == nullptr || section.module->format != Format::kUnknown) return false;
    const std::filesystem::path path = section.module->path;
    const std::string extension = path.extension().string();
    if (extension != ".js" && extension != ".cjs" && extension != ".jsx") return false;
    const bool object =
        section.last > section.first + 1 && IsExportsObject(lines_[section.first + 1]);
    if (object || WrapperLine(section) != section.last) return false;
    const auto begin = lines_.begin() + static_cast<ptrdiff_t>(section.first);
    const auto end = lines_.begin() + static_cast<ptrdiff_t>(section.last);
    if (std::all_of(begin, end, [](std::string_view line) {
          return Trimmed(line).empty() || line.starts_with(kComment);
        })) {
      return false;
    }
    const Result<std::string> source =
        ReadFile((std::filesystem::path(directory_) / path).string());
    return source.ok() && !BeginsStrict(*source);
  }

  bool IsSloppy(const Section& section) const {
    if (section.module == nullptr) return false;
    if (IsScript(section)) return true;
    if (!BelongsOutside(section)) return false;
    // The function's head, and the first line of its body.
    const size_t body = WrapperLine(section) + 2;
    return body < section.last && Trimmed(lines_[body]) != kUseStrict;
  }

  // Comments with a path in other letters would make a one-byte script a two-byte one.
  bool HasForeignComment(const Section& section) const {
    return section.module != nullptr && ModuleOf(lines_[section.first]) != nullptr &&
           CountNonAscii(lines_[section.first]) > 0;
  }

  void EscapeComments() {
    for (const Section& section : sections_) {
      if (!HasForeignComment(section)) continue;
      escaped_.push_back(EscapeNonAscii(lines_[section.first]));
    }
    size_t next = 0;
    for (const Section& section : sections_) {
      if (!HasForeignComment(section)) continue;
      lines_[section.first] = escaped_[next++];
    }
  }

  // Names of an ES module's function, exports object, or of a module that mixes both kinds.
  static bool IsModuleName(std::string_view name) {
    return name.starts_with("init_") || name.starts_with("require_") ||
           name.find("_exports") != std::string_view::npos;
  }

  void CollectNames(const Section& section) {
    for (size_t i = section.first; i < section.last; ++i) {
      std::string_view line = lines_[i];
      while (!line.empty()) {
        const std::string_view name = LeadingName(line);
        if (!name.empty() && IsModuleName(name)) used_.insert(name);
        line.remove_prefix(std::max<size_t>(name.size(), 1));
      }
    }
  }

  void Append(size_t line) {
    layout_.moved_lines[line] = next_line_++;
    layout_.code += lines_[line];
  }

  void Insert(std::string_view line) {
    ++next_line_;
    layout_.code += line;
  }

  // A declaration of a name that CommonJS modules use becomes an assignment.
  void AppendStrict(size_t line) {
    constexpr std::string_view kBlank = "    ";
    for (const std::string_view rest :
         {std::string_view(" = {};"), std::string_view(" = __esm({"), kWrapper}) {
      const std::string_view name = DeclaredName(lines_[line], rest);
      if (name.empty() || !used_.contains(name)) continue;
      layout_.declared.emplace_back(name);
      layout_.moved_lines[line] = next_line_++;
      layout_.code.append(kBlank).append(lines_[line].substr(kBlank.size()));
      return;
    }
    Append(line);
  }

  std::string ScriptName(const Section& section) const {
    return "__nano_script_" + std::to_string(&section - sections_.data());
  }

  void AppendScript(const Section& section) {
    Insert("function " + ScriptName(section) + "() {\n");
    for (size_t i = section.first; i < section.last; ++i) Append(i);
    Insert("}\n");
  }

  std::vector<std::string_view> lines_;
  const Metafile& metafile_;
  const std::string& directory_;
  std::vector<Section> sections_;
  std::vector<std::string> escaped_;
  std::set<std::string_view> used_;
  uint32_t next_line_ = 0;
  ModuleLayout layout_;
};

}  // namespace

Result<ModuleLayout> ArrangeModules(std::string_view code, const Metafile& metafile,
                                    const std::string& directory) {
  return Arrangement(code, metafile, directory).Make();
}

}  // namespace nano::compiler
