// A CPU profile as DevTools reads it: V8's own writer would name places in bundles, this one names
// them in an app's sources.
//
// Owns the part that is being written. Thread: the isolate's.
#pragma once

#include <v8-profiler.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/profile.h"

namespace nano::runtime {

class CpuProfileText {
 public:
  CpuProfileText(const v8::CpuProfile& profile, int interval_us, const ProfileSources& sources,
                 ProfileSink sink)
      : profile_(profile), interval_us_(interval_us), sources_(sources), sink_(sink) {}

  // False: it was not taken whole.
  bool Write();

 private:
  void WriteNodes();
  void WriteNode(const v8::CpuProfileNode& node);
  void WriteTicks(const v8::CpuProfileNode& node, std::string_view source);
  void WriteSamples();
  void Number(int64_t number);
  void Name(std::string_view name, std::string_view text);
  void FlushIfLarge();

  const v8::CpuProfile& profile_;
  const int interval_us_;
  const ProfileSources& sources_;
  const ProfileSink sink_;
  std::string text_;
  bool taken_ = true;
  unsigned last_id_ = 0;  // Of the nodes.
};

}  // namespace nano::runtime
