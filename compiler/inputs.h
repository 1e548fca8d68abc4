// What went into an app's bundle, so that a later build can tell whether it would come out the same
// without bundling: the files that were read, those that would have been if they existed, and which
// names there are where modules are looked for.
//
// Paths are relative to the app's directory, so that a record holds for another checkout as well.
// Owns its values; blocks. Thread: any.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/entry_point.h"
#include "compiler/metafile.h"

namespace nano::compiler {

struct Input {
  enum class Kind {
    kFile,      // Its contents.
    kFiles,     // The names of the files and links in a folder: one more may shadow another.
    kPackages,  // The names of all that is in a node_modules.
  };

  Kind kind = Kind::kFile;
  std::string path;
  std::string state;  // SHA-256 in hex; empty: there is no such thing.

  bool operator==(const Input&) const = default;
};

// The inputs as they are now. None if they cannot be known: one has changed since `begin`, when
// bundling began; or modules are found by means that are not followed here (Yarn's Plug'n'Play,
// NODE_PATH).
std::optional<std::vector<Input>> RecordInputs(const Metafile& metafile, const EntryPoint& entry,
                                               std::chrono::system_clock::time_point begin);

// Whether all inputs of the app in `directory` are as they were.
bool AreUnchanged(const std::vector<Input>& inputs, const std::string& directory);

}  // namespace nano::compiler
