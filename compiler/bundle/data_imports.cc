// The line before what esbuild writes for a file names the file: `// data.bin`, or, in a module
// that is required, `"data.bin"(exports, module) {`.
#include "compiler/bundle/data_imports.h"

#include <algorithm>
#include <string_view>

namespace nano::compiler {
namespace {

constexpr std::string_view kCall = "__toBinary(\"";
// What esbuild decodes with, unless V8 has a function for it: it has none while a snapshot is made,
// and an app that asks for it there could not be in one.
constexpr std::string_view kDecoder = "\nvar __toBinary = ";
constexpr std::string_view kAsked = "Uint8Array.fromBase64 || ";
constexpr std::string_view kCallEnd = "\")";

// The line that ends at `end`, without the white space at its beginning.
std::string_view LineBefore(std::string_view code, size_t end) {
  const size_t begin = end == 0 ? 0 : code.rfind('\n', end - 1) + 1;
  const std::string_view line = code.substr(begin, end - begin);
  return line.substr(std::min(line.find_first_not_of(' '), line.size()));
}

// The file that a line names; empty: none.
std::string_view FileOf(std::string_view line) {
  if (line.starts_with("// ")) return line.substr(3);
  const size_t end = line.find("\"(exports, module) {");
  return line.starts_with('"') && end != line.npos ? line.substr(1, end - 1) : std::string_view();
}

bool IsData(std::string_view file, const config::BundleSettings& settings) {
  return std::any_of(settings.rules.begin(), settings.rules.end(), [&](const auto& rule) {
    return rule.second == config::kDataRule && file.ends_with(rule.first);
  });
}

}  // namespace

std::string WithDataBuffers(std::string code, const config::BundleSettings& settings) {
  const size_t decoder = code.find(kDecoder);
  if (decoder != code.npos && code.compare(decoder + kDecoder.size(), kAsked.size(), kAsked) == 0) {
    code.erase(decoder + kDecoder.size(), kAsked.size());
  }
  for (size_t at = code.find(kCall); at != code.npos; at = code.find(kCall, at + 1)) {
    const size_t line = code.rfind('\n', at);
    const size_t end = code.find(kCallEnd, at + kCall.size());
    if (line == code.npos || end == code.npos) continue;
    const std::string_view own = LineBefore(code, at);
    const bool is_whole = own.starts_with("var ") || own.starts_with("module.exports =");
    if (!is_whole || !IsData(FileOf(LineBefore(code, line)), settings)) continue;
    code.insert(end + kCallEnd.size(), ".buffer");
  }
  return code;
}

}  // namespace nano::compiler
