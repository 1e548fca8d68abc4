// What esbuild tells of a bundle in its metafile: the modules that are in it, and what they import.
// Owns the texts. Thread-safe as any value type.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nano::compiler {

struct ModuleImport {
  // esbuild's words for how it is imported.
  static constexpr std::string_view kStatement = "import-statement";

  std::string path;       // Of another module; of an external one the specifier.
  std::string specifier;  // As it is written; empty if that is not told.
  std::string kind;
  bool external = false;
};

struct BundledModule {
  enum class Format { kUnknown, kEsm, kCommonJs };

  std::string path;  // As in the bundle's comments: relative to the app's directory.
  Format format = Format::kUnknown;
  std::vector<ModuleImport> imports;  // Those that esbuild dropped among them.
  bool in_output = false;

  bool HasImportStatements() const;
};

struct Metafile {
  std::vector<BundledModule> modules;  // In order of their paths.
  // What the bundle still asks for, from outside of it.
  std::vector<ModuleImport> externals;

  // Reads esbuild's JSON. `output` is the name of the file with the code.
  static Metafile Parse(std::string_view text, std::string_view output);

  const BundledModule* Find(std::string_view path) const;
};

}  // namespace nano::compiler
