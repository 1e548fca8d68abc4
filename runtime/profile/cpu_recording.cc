// Starts and ends V8's profiler. What it has found is written by cpu_profile_text.h.
#include "runtime/profile/cpu_recording.h"

#include "runtime/profile/cpu_profile_text.h"

namespace nano::runtime {
namespace {

constexpr int kIntervalUs = 1000;

}  // namespace

CpuRecording::CpuRecording(v8::Isolate* isolate)
    : isolate_(isolate), profiler_(v8::CpuProfiler::New(isolate)) {
  const v8::HandleScope handles(isolate);
  id_ = profiler_
            ->Start(v8::CpuProfilingOptions(v8::kLeafNodeLineNumbers,
                                            v8::CpuProfilingOptions::kNoSampleLimit, kIntervalUs))
            .id;
}

// V8's profiler must not end while it records.
CpuRecording::~CpuRecording() {
  const v8::HandleScope handles(isolate_);
  if (v8::CpuProfile* const profile = Stop(); profile != nullptr) profile->Delete();
  profiler_->Dispose();
}

// Null: it has been stopped before.
v8::CpuProfile* CpuRecording::Stop() {
  isolate_->SetIdle(false);
  return profiler_->Stop(id_);
}

bool CpuRecording::Finish(const ProfileSources& sources, ProfileSink sink) {
  const v8::HandleScope handles(isolate_);
  v8::CpuProfile* const profile = Stop();
  if (profile == nullptr) return false;
  const bool taken = CpuProfileText(*profile, kIntervalUs, sources, sink).Write();
  profile->Delete();
  return taken;
}

}  // namespace nano::runtime
