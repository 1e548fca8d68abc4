// Options of tsconfig.json that nanoc has a word to say about; esbuild reads the file by itself for
// those that it follows. Owns nothing. Thread: any.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace nano::compiler {

// The tsconfig.json that holds for the sources in a folder: its own, or that of the nearest folder
// above. Empty: there is none.
std::string FindTsconfig(const std::string& directory);

// Where a compiler option is set to true.
struct TsconfigPlace {
  std::string file;
  size_t offset = 0;  // Of its name, in bytes.
};

// Looks for the option in `file` and in those that it extends, whose values it overrules. None: it
// is not set, or not to true. Files that cannot be read or parsed set nothing: esbuild tells of
// them.
std::optional<TsconfigPlace> EnabledOption(const std::string& file, std::string_view option);

// JSON as TypeScript takes it made plain: comments and trailing commas become spaces, so that
// everything else stays where it was.
std::string PlainJson(std::string_view text);

}  // namespace nano::compiler
