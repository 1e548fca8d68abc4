// An isolate restored from an image's blob: what an app's isolate and one that runs plain scripts
// have in common. Owns the isolate, its context and what V8 and the ops hold on to meanwhile.
// Thread: the isolate's.
#pragma once

#include <v8.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/engine/platform.h"
#include "runtime/image.h"
#include "runtime/isolate/hooks.h"
#include "runtime/isolate/isolate_state.h"
#include "runtime/isolate/source_resource.h"
#include "runtime/limits/cpu_limit.h"
#include "runtime/limits/current_request.h"
#include "runtime/limits/external_limit.h"
#include "runtime/limits/heap_limit.h"

namespace nano::runtime {

// What the log calls requests, by their exchanges.
class NamesInLog final : public RequestNames {
 public:
  explicit NamesInLog(const IsolateState& state) : state_(state) {}
  std::string NameOf(uint32_t exchange) override;

 private:
  const IsolateState& state_;
};

struct RestoredIsolate {
  // Makes the isolate; its context comes by Restore. The image and the embedder's ports outlive it.
  RestoredIsolate(const AppImage& image, const Embedder& embedder, const Limits& limits);
  // No longer the thread's current isolate.
  ~RestoredIsolate();
  RestoredIsolate(const RestoredIsolate&) = delete;
  RestoredIsolate& operator=(const RestoredIsolate&) = delete;

  // Restores the context, puts the limits in force and finds the hooks. The isolate is
  // current, with a handle scope. An error if the blob does not hold what it should, or more than
  // the limit allows.
  Result<v8::Local<v8::Context>> Restore();

  // Puts others in force, but for those of memory. Between scripts.
  void SetLimits(const Limits& limits);

  const AppImage& image;
  AppSource source;
  const std::vector<intptr_t> references;
  v8::StartupData blob;
  IsolateState state;
  NamesInLog names{state};
  Hooks hooks;
  HeapLimit heap_limit;
  v8::Isolate* const isolate;
  ExternalLimit external_limit;
  CpuLimit cpu_limit;
  const std::shared_ptr<ForegroundTasks> tasks;
  v8::Global<v8::Context> context;
};

}  // namespace nano::runtime
