// Wording of bundling errors.
#include "compiler/bundle/bundle_errors.h"

#include <optional>
#include <string_view>

#include "base/code_frame.h"
#include "base/file.h"
#include "base/lines.h"
#include "base/utf8.h"
#include "compiler/bundle/import_hints.h"
#include "compiler/bundle/platform_modules.h"
#include "compiler/project/paths.h"
#include "config/yaml/suggest.h"

namespace nano::compiler {
namespace {

constexpr std::string_view kUnreadable = "Cannot read directory \"";
constexpr std::string_view kNoExport = "No matching export in \"";
constexpr std::string_view kNoLoader = "No loader is configured for \"";

// The column from 1 that an editor shows for a byte offset.
size_t EditorColumn(std::string_view line, int bytes) {
  size_t column = 1;
  for (size_t at = 0; at < line.size() && at < static_cast<size_t>(bytes);) {
    column += NextCodePoint(line, at) >= 0x10000 ? 2 : 1;
  }
  return column;
}

struct Located {
  std::string where;
  std::string excerpt;
};

Located Locate(const EsbuildPlace& place, const std::string& directory, bool color) {
  if (place.file.empty()) return {DisplayPath(directory), ""};
  const std::string path = PathIn(directory, place.file);
  Located located{DisplayPath(path) + ":" + std::to_string(place.line), ""};
  const Result<std::string> text = ReadFile(path);
  if (!text.ok()) {
    located.where += ":" + std::to_string(place.column + 1);
    return located;
  }
  const auto line = static_cast<size_t>(place.line);
  located.where += ":" + std::to_string(EditorColumn(LineAt(*text, line), place.column));
  const auto column = static_cast<size_t>(place.column) + 1;
  const size_t length = static_cast<size_t>(place.length);
  CodeFramePlace frame{.line = line, .column = column, .unit = ColumnUnit::kBytes};
  if (length > 0) {
    frame.end_line = line;
    frame.end_column = column + length;
  }
  located.excerpt = CodeFrame(*text, frame, {.color = color});
  return located;
}

// "Unexpected "}"" → "unexpected "}"": messages here begin in lower case.
std::string Decapitalized(std::string text) {
  const bool acronym = text.size() > 1 && text[1] >= 'A' && text[1] <= 'Z';
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z' && !acronym) text[0] += 'a' - 'A';
  return text;
}

// The part of `text` between `prefix` and the next quotation mark, if it begins with `prefix`.
std::optional<std::string> QuotedAfter(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  return std::string(text.substr(0, text.find('"')));
}

// Advice about esbuild's own options does not apply: nanoc passes them.
bool SpeaksOfOptions(std::string_view note) {
  return note.find("\"--") != std::string_view::npos ||
         note.find("as external to exclude") != std::string_view::npos;
}

std::string NotesOf(const EsbuildMessage& message, const std::string& directory, bool color) {
  std::string hint;
  for (const EsbuildMessage::Note& note : message.notes) {
    if (SpeaksOfOptions(note.text)) continue;
    if (!hint.empty()) hint += "\n";
    hint += note.text;
    if (note.place.file.empty()) continue;
    const Located located = Locate(note.place, directory, color);
    if (hint.ends_with(':')) hint.pop_back();
    hint += " (" + located.where + ")";
    if (!located.excerpt.empty()) hint += "\n" + located.excerpt;
  }
  return hint;
}

// What to do about source that does not parse, by esbuild's message.
std::string HintForSyntax(std::string_view message) {
  if (const auto expected = QuotedAfter(message, "Expected \"")) {
    return "Write \"" + *expected + "\" at the mark, or correct what is just before it.";
  }
  if (message == "Unexpected end of file") {
    return "A bracket, brace or comment is still open there: close it.";
  }
  if (message.starts_with("Unterminated string")) {
    return "Close the string on its line; text over several lines goes between backticks.";
  }
  if (message.starts_with("Unterminated")) return "Close what begins at the mark.";
  if (message.starts_with("The symbol ") && message.ends_with(" has already been declared")) {
    return "Rename or remove one of the two declarations.";
  }
  if (message.starts_with("Cannot assign to ") && message.ends_with("because it is a constant")) {
    return "Declare it with `let`, or leave its value.";
  }
  if (message.starts_with("No matching export ")) {
    return "Export it there, or import a name that is exported.";
  }
  if (message.starts_with("Unexpected ") || message.starts_with("Expected ") ||
      message.starts_with("Syntax error")) {
    return "What is at the mark cannot stand there: correct it, or what is just before it.";
  }
  return "Correct the source at the mark, or just before it.";
}

// What to do about a path that is there and cannot be read.
std::string HintForPath(const std::string& path) {
  const Result<bool> there = IsThere(path);
  return there.ok() ? "Check who owns it and its permissions (ls -ld)." : there.error().hint;
}

// What is imported from the platform's module and is not in it, whose file no user has written.
std::optional<std::string> MissingPlatformExport(std::string_view message) {
  const std::optional<std::string> file = QuotedAfter(message, kNoExport);
  if (!file || file->find("/" + std::string(kPlatformModule) + "/") == std::string::npos)
    return std::nullopt;
  return QuotedAfter(message.substr(message.find(*file) + file->size()), "\" for import \"");
}

}  // namespace

Error ExplainBundleMessage(const EsbuildMessage& message, const std::string& directory,
                           bool color) {
  Located located = Locate(message.place, directory, color);
  Error error{.message = Decapitalized(message.text),
              .where = std::move(located.where),
              .hint = NotesOf(message, directory, color),
              .excerpt = std::move(located.excerpt)};
  if (const auto specifier = QuotedAfter(message.text, kUnresolved)) {
    const ImportProblem problem =
        ExplainUnresolvedImport(*specifier, PathIn(directory, message.place.file));
    error.message = "cannot import \"" + *specifier + "\": " + problem.message;
    error.hint = error.hint.empty() ? problem.hint : problem.hint + "\n" + error.hint;
  } else if (const auto name = MissingPlatformExport(message.text)) {
    error.message = "\"" + std::string(kPlatformModule) + "\" has no export \"" + *name + "\"";
    std::string all;
    for (const std::string_view known : PlatformExports())
      all += (all.empty() ? "" : ", ") + std::string(known);
    const std::string_view nearest = config::Nearest(*name, PlatformExports());
    error.hint = (nearest.empty() ? "" : "Did you mean '" + std::string(nearest) + "'? ") +
                 std::string("It has ") + all + ".";
  } else if (const auto extension = QuotedAfter(message.text, kNoLoader)) {
    error.message = "files of type \"" + *extension + "\" cannot be imported";
    error.hint =
        "These can: .js .mjs .cjs .ts .mts .cts .jsx .tsx .json, as text .txt .html .md .css .sql "
        ".svg, .bin as Uint8Array and .wasm as WebAssembly.Module.";
  } else if (const auto folder = QuotedAfter(message.text, kUnreadable)) {
    // Without a mark. Why, in the system's words, comes after the path.
    const std::string path = PathIn(directory, *folder);
    const size_t reason = message.text.find("\": ");
    error.where = DisplayPath(path);
    error.message = "it cannot be read" +
                    (reason == std::string::npos ? std::string() : message.text.substr(reason + 1));
    error.hint = HintForPath(path);
  } else if (message.is_error && !message.place.file.empty()) {
    const std::string hint = HintForSyntax(message.text);
    error.hint = error.hint.empty() ? hint : hint + "\n" + error.hint;
  }
  return error;
}

}  // namespace nano::compiler
