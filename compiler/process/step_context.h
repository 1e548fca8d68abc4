// What every step of one app's build is given: its folder, its time, what it builds on. A plain
// value; what it refers to outlives the build. Thread: any.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/process/child.h"
#include "runtime/limits.h"

namespace nano::compiler {

struct StepContext {
  std::string scratch;          // A folder for this app's intermediate files.
  Clock::time_point deadline;   // The app's build has to be done by then.
  std::string_view base_blob;   // Of the base snapshot (compiler/evaluate/base_snapshot.h).
  std::string_view absent;      // What V8 lacks on top of it while it makes a snapshot.
  runtime::Limits limits = {};  // What the app may take while it is evaluated; those of memory.
  // Variables of the app that are public: it has them while it is evaluated.
  std::vector<std::pair<std::string, std::string>> variables{};
  // The keys of the configuration that these are from.
  std::string_view memory_key = "build.memory";
  std::string_view external_memory_key = "build.external_memory";
  bool color = false;           // Code frames with colours.
  bool record_lookups = false;  // Note what the bundler looks for, so that the bundle can be kept.
};

}  // namespace nano::compiler
