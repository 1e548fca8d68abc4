// How a module is asked for is read from the source in front of its name.
#include "compiler/bundle/missing_modules.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "base/code_frame.h"
#include "base/file.h"
#include "base/json_text.h"
#include "compiler/bundle/bundle_text.h"
#include "compiler/project/paths.h"

namespace nano::compiler {
namespace {

// The offset of a line (from 1) in a text; none if it has fewer.
std::optional<size_t> LineStart(std::string_view text, int line) {
  size_t at = 0;
  for (; line > 1; --line) {
    at = text.find('\n', at);
    if (at == std::string_view::npos) return std::nullopt;
    ++at;
  }
  return at;
}

// Cuts white space and block comments off the end.
std::string_view WithoutTrivia(std::string_view text) {
  for (;;) {
    const size_t last = text.find_last_not_of(" \t\r\n");
    text = text.substr(0, last == std::string_view::npos ? 0 : last + 1);
    if (!text.ends_with("*/")) return text;
    const size_t begin = text.rfind("/*");
    if (begin == std::string_view::npos) return text;
    text = text.substr(0, begin);
  }
}

// Whether `before` ends with the beginning of a call, "require(", "require.resolve(" or "import(".
bool IsCall(std::string_view before) {
  before = WithoutTrivia(before);
  if (!before.ends_with('(')) return false;
  before = WithoutTrivia(before.substr(0, before.size() - 1));
  return before.ends_with("require") || before.ends_with("import") || before.ends_with("resolve");
}

// esbuild takes some specifiers for patterns or for files, which --external cannot name as they are
// written.
bool IsBareSpecifier(std::string_view specifier) {
  return !specifier.empty() && !specifier.starts_with('.') && !specifier.starts_with('/') &&
         !specifier.starts_with('#') && specifier.find('*') == std::string_view::npos;
}

struct Quoted {
  size_t begin = 0;  // With the quotation marks.
  size_t end = 0;
};

// The first place where a source imports `specifier` by a statement.
std::optional<Quoted> FindStatement(std::string_view source, const std::string& specifier) {
  for (const char quote : {'"', '\''}) {
    const std::string text = quote + specifier + quote;
    for (size_t at = source.find(text); at != std::string_view::npos;
         at = source.find(text, at + 1)) {
      const std::string_view before = WithoutTrivia(source.substr(0, at));
      if (before.ends_with("from") || before.ends_with("import")) {
        return Quoted{at, at + text.size()};
      }
    }
  }
  return std::nullopt;
}

Error MissingStaticImport(const std::string& specifier, const std::string& file, bool color) {
  Error error{.message = "\"" + specifier + "\" cannot be imported: it is not part of the bundle",
              .where = DisplayPath(file),
              .hint = "Install it from npm, or download the file and import it by its path."};
  const Result<std::string> source = ReadFile(file);
  if (!source.ok()) return error;
  const auto place = FindStatement(*source, specifier);
  if (!place) return error;
  const std::string_view before = std::string_view(*source).substr(0, place->begin);
  const size_t line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t column = place->begin - (before.rfind('\n') + 1) + 1;
  error.where += ":" + std::to_string(line) + ":" + std::to_string(column);
  error.excerpt = CodeFrame(*source,
                            {.line = line,
                             .column = column,
                             .end_line = line,
                             .end_column = column + place->end - place->begin,
                             .unit = ColumnUnit::kBytes},
                            {.color = color});
  return error;
}

}  // namespace

std::string MissingAtRunTime(const EsbuildMessage& message, const std::string& directory) {
  if (!message.is_error || !message.text.starts_with(kUnresolved)) return {};
  std::string specifier = message.text.substr(kUnresolved.size());
  specifier.resize(std::min(specifier.find('"'), specifier.size()));
  if (!IsBareSpecifier(specifier)) return {};
  const Result<std::string> source = ReadFile(PathIn(directory, message.place.file));
  if (!source.ok()) return {};
  const auto line = LineStart(*source, message.place.line);
  if (!line) return {};
  const size_t at = std::min(*line + static_cast<size_t>(message.place.column), source->size());
  return IsCall(std::string_view(*source).substr(0, at)) ? specifier : std::string();
}

std::vector<Error> MissingStaticImports(const Metafile& metafile, const std::string& directory,
                                        bool color) {
  std::set<std::string> needed;
  for (const ModuleImport& import : metafile.externals) {
    if (import.kind == ModuleImport::kStatement) needed.insert(import.path);
  }
  std::vector<Error> errors;
  for (const BundledModule& module : metafile.modules) {
    for (const ModuleImport& import : module.imports) {
      if (!module.in_output || !import.external || import.kind != ModuleImport::kStatement ||
          !needed.contains(import.path)) {
        continue;
      }
      errors.push_back(MissingStaticImport(import.path, PathIn(directory, module.path), color));
    }
  }
  return errors;
}

std::string RequireDeclaration(const Metafile& metafile) {
  std::map<std::string, std::set<std::string>> importers;
  for (const BundledModule& module : metafile.modules) {
    if (!module.in_output) continue;
    for (const ModuleImport& import : module.imports) {
      if (!import.external || import.kind == ModuleImport::kStatement) continue;
      importers[import.path].insert(ShortPackagePath(module.path));
    }
  }
  std::string known;
  for (const auto& [specifier, modules] : importers) {
    if (specifier == "<runtime>") continue;  // esbuild's own helpers, which are in the bundle.
    std::string list = "[";
    for (const std::string& module : modules) {
      if (list.size() > 1) list += ", ";
      AppendJsonString(list, module);
    }
    known += ", ";
    AppendJsonString(known, specifier);
    known += ": " + list + "]";
  }
  return "const require = ((importers) => { const require = (name) => { "
         "const requireStack = importers[name] ?? []; "
         "let message = `Cannot find module '${name}'`; "
         "if (requireStack.length > 0) message += \"\\nRequire stack:\"; "
         "for (const file of requireStack) message += `\\n- ${file}`; "
         "const error = Object.assign(new Error(message), "
         "{ code: \"MODULE_NOT_FOUND\", requireStack }); "
         "Error.captureStackTrace(error, require); throw error; }; "
         "return Object.assign(require, { resolve: require, cache: {} }); "
         "})({ __proto__: null" +
         known + " }); ";
}

}  // namespace nano::compiler
