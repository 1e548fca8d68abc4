// A recording of where an isolate's CPU time goes, from its making to its end: V8's profiler, whose
// thread interrupts this one a thousand times a second.
//
// Owns the profiler. Thread: the isolate's, which is current.
#pragma once

#include <v8-isolate.h>
#include <v8-profiler.h>

#include "runtime/profile.h"

namespace nano::runtime {

class CpuRecording {
 public:
  explicit CpuRecording(v8::Isolate* isolate);
  ~CpuRecording();
  CpuRecording(const CpuRecording&) = delete;
  CpuRecording& operator=(const CpuRecording&) = delete;

  // The thread waits for events, or goes on. Not within a script.
  void SetIdle(bool idle) { isolate_->SetIdle(idle); }

  // Ends it, and gives a .cpuprofile. False: it was not taken whole.
  bool Finish(const ProfileSources& sources, ProfileSink sink);

 private:
  v8::CpuProfile* Stop();

  v8::Isolate* const isolate_;
  v8::CpuProfiler* profiler_;
  v8::ProfilerId id_;
};

}  // namespace nano::runtime
