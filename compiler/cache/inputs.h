// What an app's bundle was made from: everything that the bundler looked up, as it was. A later
// build can tell by it, without bundling, that the bundle would come out the same.
//
// Paths are relative to the app's directory, so that a record holds for another checkout as well.
// Owns its values; blocks. Thread: any.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/bundle/metafile.h"
#include "compiler/cache/module_names.h"
#include "compiler/process/lookup_recorder.h"
#include "compiler/project/entry_point.h"

namespace nano::compiler {

struct Input {
  FileLookup lookup;  // Its path relative to the app's directory.
  std::string state;  // What was there: nothing, a link and its target, a file, a folder; of what
                      // was opened also the contents, or the names that matter.
};

struct Inputs {
  std::vector<Input> list;
  // Which names in folders matter (compiler/cache/module_names.h); others may come and go.
  std::map<std::string, ModuleNames::Set> names;
  bool all_names = false;
};

// The inputs as they are now. None if they are not what the bundle was made from: one has changed
// since `begin`, when bundling began. `ignored` is a folder of the build's own.
std::optional<Inputs> RecordInputs(const std::vector<FileLookup>& lookups, const Metafile& metafile,
                                   const EntryPoint& entry, const std::string& ignored,
                                   std::chrono::system_clock::time_point begin);

// Whether all inputs of the app in `directory` are as they were.
bool AreUnchanged(const Inputs& inputs, const std::string& directory);

}  // namespace nano::compiler
