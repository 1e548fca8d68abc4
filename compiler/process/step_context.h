// What every step of one app's build needs to know. A plain value.
#pragma once

#include <string>
#include <string_view>

#include "compiler/process/child.h"

namespace nano::compiler {

class BuildCache;

struct BuildContext {
  std::string scratch;                // A folder for this app's intermediate files.
  Clock::time_point deadline;         // The app's build has to be done by then.
  std::string_view base_blob;         // Of the base snapshot (compiler/evaluate/base_snapshot.h).
  std::string_view absent;            // What V8 lacks on top of it while it makes a snapshot.
  bool color = false;                 // Code frames with colours.
  const BuildCache* cache = nullptr;  // Null: nothing is kept.
  bool rebuild = false;               // What is in the cache is not used.
};

}  // namespace nano::compiler
