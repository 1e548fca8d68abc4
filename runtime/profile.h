// Profiles of an isolate, for who operates it: where its CPU time goes, and what is on its heap. In
// the formats of DevTools (.cpuprofile, .heapsnapshot). Thread: the isolate's.
#pragma once

#include <string_view>

#include "base/function_ref.h"
#include "runtime/source_map.h"

namespace nano::runtime {

// Takes a profile's text part by part. False: it takes no more.
using ProfileSink = FunctionRef<bool(std::string_view part)>;

// Where an app's sources are.
struct ProfileSources {
  std::string_view script_name;  // What V8 calls the bundle.
  const SourceMap& map;
};

}  // namespace nano::runtime
