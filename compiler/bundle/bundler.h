// Bundles an app with esbuild into one classic script.
//
// The script is an async arrow function that is called at once: top-level await works in it, V8 can
// rehash the snapshot of its heap (it cannot for ES modules), and its completion value is a promise
// for the app's module namespace. Nearly all of it is ASCII; regular expressions and raw strings
// are as they were written. Owns nothing between calls; blocks. Thread: the process's only one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "compiler/bundle/esbuild.h"
#include "compiler/bundle/metafile.h"
#include "compiler/process/step_context.h"
#include "compiler/project/entry_point.h"
#include "config/schema/bundle.h"
#include "runtime/source_map.h"

namespace nano::compiler {

struct Bundle {
  std::string code;         // UTF-8; EngineText (compiler/bundle/bundle_text.h) is for the engine.
  std::string script_name;  // What stacks call it: "NAME.js".
  std::string directory;    // The app's, absolute; sources are relative to it.
  std::string map;       // runtime/source_map.h's form, without the sources' contents, for dist/.
  std::string full_map;  // The same with the contents, for messages.

  runtime::SourceMap source_map() const { return runtime::SourceMap(full_map); }
};

struct BundleResult {
  // Why there is no bundle; empty: there is one.
  std::vector<Error> errors;
  std::vector<Error> warnings;
  Bundle bundle;
  Metafile metafile;
  // What the bundler looked up in the file system, each path once. None: it was not recorded.
  std::optional<std::vector<FileLookup>> lookups;
};

// `name` is the app's, `settings` what it says of its sources. Errors are those of the sources, or
// that esbuild is missing, crashed, or did not end in time.
BundleResult BundleApp(const std::string& name, const EntryPoint& entry, const StepContext& context,
                       const config::BundleSettings& settings = {});

}  // namespace nano::compiler
