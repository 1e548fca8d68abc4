// Modules with decorators are known by esbuild's calls of its helper, under the comments that name
// them.
#include "compiler/bundle/decorator_metadata.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "base/code_frame.h"
#include "base/file.h"
#include "compiler/project/paths.h"
#include "compiler/project/tsconfig.h"

namespace nano::compiler {
namespace {

constexpr std::string_view kHelper = "__decorateClass([";
constexpr std::string_view kOption = "emitDecoratorMetadata";

// esbuild follows the tsconfig.json of no package, and TypeScript records types in no JavaScript.
bool MayHaveMetadata(std::string_view path) {
  const bool typescript = path.ends_with(".ts") || path.ends_with(".tsx") ||
                          path.ends_with(".mts") || path.ends_with(".cts");
  return typescript && path.find("node_modules/") == std::string_view::npos;
}

std::vector<std::string> DecoratedModules(std::string_view code, const Metafile& metafile) {
  constexpr std::string_view kComment = "// ";
  std::vector<std::string> decorated;
  const BundledModule* module = nullptr;
  while (!code.empty()) {
    const size_t end = code.find('\n');
    std::string_view line = code.substr(0, end);
    code.remove_prefix(end == std::string_view::npos ? code.size() : end + 1);
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    if (line.starts_with(kComment)) {
      if (const auto* named = metafile.Find(line.substr(kComment.size()))) module = named;
    } else if (module != nullptr && line.find(kHelper) != line.npos) {
      if (MayHaveMetadata(module->path)) decorated.push_back(module->path);
      module = nullptr;
    }
  }
  return decorated;
}

Error Warning(const TsconfigPlace& place, const std::string& module, bool color) {
  Error warning{
      .message = "emitDecoratorMetadata has no effect: what decorators in " + module +
                 " look for by Reflect.getMetadata(\"design:…\") is not there",
      .where = DisplayPath(place.file),
      .hint =
          "Name the types in the decorators, as in @inject(Engine), or compile with `tsc` and "
          "set `entry` in nano.yaml to what it writes. If nothing reads them, set the option "
          "to false."};
  if (const Result<std::string> text = ReadFile(place.file); text.ok()) {
    CodeFramePlace frame = PlaceAt(*text, place.offset);
    warning.where += ":" + std::to_string(frame.line) + ":" + std::to_string(frame.column);
    frame.end_line = frame.line;
    frame.end_column = frame.column + kOption.size() + 2;  // Its quotation marks.
    warning.excerpt = CodeFrame(*text, frame, {.color = color});
  }
  return warning;
}

}  // namespace

std::vector<Error> MissingDecoratorMetadata(std::string_view code, const Metafile& metafile,
                                            const std::string& directory, bool color) {
  std::vector<Error> warnings;
  if (code.find(kHelper) == std::string_view::npos) return warnings;
  std::map<std::string, std::string> first;  // tsconfig.json → the first module that needs it.
  for (std::string& module : DecoratedModules(code, metafile)) {
    const auto path = std::filesystem::path(directory) / module;
    const std::string tsconfig = FindTsconfig(path.lexically_normal().parent_path().string());
    if (!tsconfig.empty()) first.emplace(tsconfig, std::move(module));
  }
  for (const auto& [tsconfig, module] : first) {
    if (const auto place = EnabledOption(tsconfig, kOption)) {
      warnings.push_back(Warning(*place, module, color));
    }
  }
  return warnings;
}

}  // namespace nano::compiler
