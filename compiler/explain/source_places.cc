// From the bundle to the sources, by the source map.
#include "compiler/explain/source_places.h"

#include <charconv>
#include <filesystem>

#include "base/code_frame.h"
#include "base/lines.h"
#include "compiler/project/paths.h"

namespace nano::compiler {
namespace {

// A place of the bundle in a text: "app.js:12:9".
struct Mention {
  size_t begin = 0;
  size_t end = 0;
  int line = 0;
  int column = 0;
};

bool TakeNumber(std::string_view text, size_t& at, int& number) {
  if (at >= text.size() || text[at] != ':') return false;
  const char* begin = text.data() + at + 1;
  const auto [end, failure] = std::from_chars(begin, text.data() + text.size(), number);
  if (failure != std::errc() || end == begin || number <= 0) return false;
  at = static_cast<size_t>(end - text.data());
  return true;
}

bool IsNameCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-' ||
         c == '/';
}

std::optional<Mention> NextMention(const Bundle& bundle, std::string_view text, size_t from) {
  for (size_t at = from; (at = text.find(bundle.script_name, at)) != std::string_view::npos; ++at) {
    if (at > 0 && IsNameCharacter(text[at - 1])) continue;  // The end of a longer name.
    Mention mention{.begin = at, .end = at + bundle.script_name.size()};
    if (TakeNumber(text, mention.end, mention.line) &&
        TakeNumber(text, mention.end, mention.column)) {
      return mention;
    }
  }
  return std::nullopt;
}

// Where a source lies. Those of packages are named as if they were installed in the app's own
// folder (compiler/bundle/bundle_text.h).
std::string PathOf(const Bundle& bundle, std::string_view source) {
  namespace fs = std::filesystem;
  const fs::path path = fs::path(bundle.directory) / source;
  if (!source.starts_with("node_modules/")) return path.lexically_normal().string();
  for (fs::path folder = bundle.directory;; folder = folder.parent_path()) {
    std::error_code ignored;
    if (fs::exists(folder / source, ignored)) return (folder / source).string();
    if (folder == folder.parent_path()) return path.string();
  }
}

std::string Where(const Bundle& bundle, const runtime::OriginalPosition& position) {
  return DisplayPath(PathOf(bundle, position.source)) + ":" + std::to_string(position.line) + ":" +
         std::to_string(position.column);
}

std::optional<runtime::OriginalPosition> Lookup(const Bundle& bundle, int line, int column) {
  if (line <= 0 || column <= 0) return std::nullopt;
  auto position =
      bundle.source_map().Lookup(static_cast<uint32_t>(line), static_cast<uint32_t>(column));
  if (position && position->source == kGeneratedEntry) return std::nullopt;
  return position;
}

std::string Trimmed(std::string_view line) {
  const size_t begin = line.find_first_not_of(' ');
  return begin == std::string_view::npos ? std::string() : std::string(line.substr(begin));
}

// `line` with the bundle's places replaced.
std::string MapLine(const Bundle& bundle, std::string_view line) {
  std::string out;
  size_t from = 0;
  while (const auto mention = NextMention(bundle, line, from)) {
    const auto position = Lookup(bundle, mention->line, mention->column);
    out += line.substr(from, mention->begin - from);
    out += position ? Where(bundle, *position)
                    : std::string(line.substr(mention->begin, mention->end - mention->begin));
    from = mention->end;
  }
  return out.append(line.substr(from));
}

// A frame of a stack in the bundler's own code.
bool IsBundlersFrame(const Bundle& bundle, std::string_view line) {
  if (!line.starts_with("    at ")) return false;
  const auto mention = NextMention(bundle, line, 0);
  return mention && !Lookup(bundle, mention->line, mention->column);
}

}  // namespace

std::optional<SourcePlace> FindSource(const Bundle& bundle, int line, int column, bool color) {
  const auto position = Lookup(bundle, line, column);
  if (!position) return std::nullopt;
  SourcePlace place{.where = Where(bundle, *position), .excerpt = {}, .line = {}};
  if (const auto content = bundle.source_map().Content(position->source)) {
    place.excerpt =
        CodeFrame(*content, {.line = position->line, .column = position->column}, {.color = color});
    place.line = LineAt(*content, position->line);
  }
  return place;
}

std::optional<SourcePlace> FindTopFrame(const Bundle& bundle, std::string_view stack, bool color) {
  size_t from = 0;
  while (const auto mention = NextMention(bundle, stack, from)) {
    if (auto place = FindSource(bundle, mention->line, mention->column, color)) return place;
    from = mention->end;
  }
  return std::nullopt;
}

std::optional<SourcePlace> FindOwnFrame(const Bundle& bundle, std::string_view stack, bool color) {
  size_t from = 0;
  while (const auto mention = NextMention(bundle, stack, from)) {
    const auto position = Lookup(bundle, mention->line, mention->column);
    if (position && position->source.find("node_modules/") == std::string::npos)
      return FindSource(bundle, mention->line, mention->column, color);
    from = mention->end;
  }
  return FindTopFrame(bundle, stack, color);
}

std::vector<std::string> AppFrames(const Bundle& bundle, std::string_view stack) {
  std::vector<std::string> frames;
  while (!stack.empty()) {
    const std::string_view line = TakeLine(stack);
    const auto mention = NextMention(bundle, line, 0);
    if (!mention || !Lookup(bundle, mention->line, mention->column)) continue;
    std::string frame = Trimmed(MapLine(bundle, line));
    if (frame.starts_with("at ")) frames.push_back(std::move(frame));
  }
  return frames;
}

std::string MapText(const Bundle& bundle, std::string_view text) {
  std::string out;
  bool first = true;
  while (!text.empty()) {
    const std::string_view line = TakeLine(text);
    if (IsBundlersFrame(bundle, line)) continue;
    if (!first) out += '\n';
    out += MapLine(bundle, line);
    first = false;
  }
  runtime::DropRuntimeTail(out);
  return out;
}

}  // namespace nano::compiler
