// An isolate restored from an image's blob: what an app's isolate and one that runs plain scripts
// have in common. Owns the isolate, its context and what V8 and the ops hold on to meanwhile.
// Thread: the isolate's.
#pragma once

#include <v8.h>

#include <memory>
#include <vector>

#include "base/result.h"
#include "runtime/engine/platform.h"
#include "runtime/image.h"
#include "runtime/isolate/hooks.h"
#include "runtime/isolate/isolate_state.h"
#include "runtime/isolate/source_resource.h"
#include "runtime/limits/heap_limit.h"

namespace nano::runtime {

struct RestoredIsolate {
  // Makes the isolate; its context comes by Restore. `memory_limit` is of V8's heap, in bytes; 0
  // for V8's own. The image and the host outlive the isolate.
  RestoredIsolate(const AppImage& image, IsolateHost& host, size_t memory_limit);
  // No longer the thread's current isolate.
  ~RestoredIsolate();
  RestoredIsolate(const RestoredIsolate&) = delete;
  RestoredIsolate& operator=(const RestoredIsolate&) = delete;

  // Restores the context, puts the memory limit in force and finds the hooks. The isolate is
  // current, with a handle scope. An error if the blob does not hold what it should, or more than
  // the limit allows.
  Result<v8::Local<v8::Context>> Restore();

  const AppImage& image;
  AppSource source;
  const std::vector<intptr_t> references;
  v8::StartupData blob;
  IsolateState state;
  Hooks hooks;
  HeapLimit limit;
  v8::Isolate* const isolate;
  const std::shared_ptr<ForegroundTasks> tasks;
  v8::Global<v8::Context> context;
};

}  // namespace nano::runtime
