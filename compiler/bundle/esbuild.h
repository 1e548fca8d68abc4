// One run of esbuild: its command line, and what it wrote.
//
// The code that it writes has a line of its own in front of everything and one behind, for what
// compiler/bundle/bundler.cc puts around it. Owns nothing between calls; blocks. Thread: the
// process's only one.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "compiler/bundle/esbuild_log.h"
#include "compiler/process/lookup_recorder.h"
#include "compiler/process/step_context.h"
#include "compiler/project/entry_point.h"
#include "config/schema/bundle.h"

namespace nano::compiler {

// The source map's name for the module that imports the app's entry, which no user wrote.
inline constexpr char kGeneratedEntry[] = "nano:entry";

// The first and the last line of what esbuild writes.
inline constexpr std::string_view kFirstLine = "// nano:begin\n";
inline constexpr std::string_view kLastLine = "// nano:end\n";

struct EsbuildJob {
  const EntryPoint& entry;
  const std::string& script_name;
  const StepContext& context;
  const config::BundleSettings& settings;
  // The package of JSX's automatic runtime; empty: JSX calls React.createElement.
  std::string jsx_import_source{};
  // Specifiers that are not looked for: what asks for them at run time gets an exception.
  std::vector<std::string> external{};
  // Modules that the platform gives (compiler/bundle/platform_modules.h).
  std::set<std::string> platform{};
  // Allows what strict mode forbids (`with`, octal escapes) in CommonJS modules, but no top-level
  // await: esbuild takes its "esm" format for strict code, and has top-level await in no other.
  bool sloppy_syntax = false;
  bool record_lookups = false;
};

struct EsbuildRun {
  std::vector<EsbuildMessage> messages;
  // Empty if one of the messages is an error.
  std::string code;
  std::string map;
  std::string metafile;
  // What it looked up, in the file system. None: that was not to be recorded, or cannot be.
  std::optional<std::vector<FileLookup>> lookups{};

  bool failed() const;
};

// An Error is one of the program, not of the sources.
Result<EsbuildRun> RunEsbuild(const EsbuildJob& job);

}  // namespace nano::compiler
