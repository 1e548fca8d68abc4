// Finding the URLs.
#include "compiler/bundle/wasm_imports.h"

#include <algorithm>
#include <vector>

#include "base/base64.h"
#include "base/file.h"
#include "base/json_fields.h"
#include "compiler/bundle/bundle_form.h"

namespace nano::compiler {
namespace {

constexpr std::string_view kUrl = "\"nano-wasm:/";
constexpr std::string_view kExtension = ".wasm";
constexpr size_t kHashLength = 8;

// The hash in what follows kUrl, `HASH.wasm"` or `HASH.wasm?suffix"`; empty if it is another
// string.
std::string_view HashIn(std::string_view rest) {
  const std::string_view hash = rest.substr(0, kHashLength);
  const bool valid =
      hash.size() == kHashLength && std::all_of(hash.begin(), hash.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      });
  if (!valid || !rest.substr(kHashLength).starts_with(kExtension)) return {};
  const std::string_view end = rest.substr(kHashLength + kExtension.size());
  return end.starts_with('"') || end.starts_with('?') || end.starts_with('#') ? hash
                                                                              : std::string_view();
}

// The file that a copy was made from, as esbuild names it.
std::string OriginOf(std::string_view hash, std::string_view metafile) {
  constexpr char kUnknown[] = "the .wasm file";
  const std::string name = std::string(hash) + std::string(kExtension);
  const Result<Json> json = Json::Parse(metafile, kFileJson);
  if (!json.ok()) return kUnknown;
  for (const auto& [output, details] : MembersOf(*json, "outputs")) {
    if (!output.ends_with(name)) continue;
    const Json::Object& inputs = MembersOf(details, "inputs");
    if (!inputs.empty()) return inputs.front().name;
  }
  return kUnknown;
}

// The bytes of a copy.
Result<std::string> ReadModule(const std::string& hash, const std::string& directory,
                               std::string_view metafile) {
  Result<std::string> bytes = ReadFile(directory + "/" + hash + std::string(kExtension));
  constexpr std::string_view kMagic("\0asm\1\0\0\0", 8);
  if (!bytes.ok() || bytes->starts_with(kMagic)) return bytes;
  return Error{.message = "\"" + OriginOf(hash, metafile) +
                          "\" is imported as a WebAssembly module, and is none",
               .where = "",
               .hint =
                   "A module begins with the bytes 00 61 73 6D and the version 1. Was the file "
                   "damaged, or is it text (.wat)?"};
}

}  // namespace

Result<WasmImports> EmbedWasmModules(std::string code, const std::string& directory,
                                     std::string_view metafile) {
  WasmImports result;
  std::vector<std::string> hashes;
  size_t copied = 0;
  for (size_t at = code.find(kUrl); at != std::string::npos; at = code.find(kUrl, at + 1)) {
    std::string hash(HashIn(std::string_view(code).substr(at + kUrl.size())));
    if (hash.empty()) continue;
    size_t index = std::find(hashes.begin(), hashes.end(), hash) - hashes.begin();
    if (index == hashes.size()) {
      const std::string bytes = TRY(ReadModule(hash, directory, metafile));
      result.declaration += index == 0 ? kModulesBegin : ", ";
      result.declaration += kModuleBegin;
      AppendBase64(result.declaration, bytes);
      result.declaration += kModuleEnd;
      hashes.push_back(std::move(hash));
    }
    result.code.append(code, copied, at - copied);
    result.code += "__nano_modules[" + std::to_string(index) + "][0]";
    copied = code.find('"', at + 1) + 1;
  }
  if (hashes.empty()) {
    result.code = std::move(code);
  } else {
    result.code.append(code, copied);
    result.declaration += kModulesEnd;
  }
  return result;
}

}  // namespace nano::compiler
