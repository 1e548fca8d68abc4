// Making an isolate, restoring its context under its limits, and taking it down in order.
#include "runtime/boot/restored_isolate.h"

#include <utility>

#include "base/check.h"
#include "runtime/isolate/isolate_setup.h"
#include "runtime/ops/references.h"

namespace nano::runtime {

std::string NamesInLog::NameOf(uint32_t exchange) {
  LogPort& log = *state_.embedder.log;
  http::Exchange* const open = state_.exchanges.Find(exchange);
  return open == nullptr ? log.NewName() : log.NameOf(*open);
}

RestoredIsolate::RestoredIsolate(const AppImage& from, const Embedder& embedder,
                                 const Limits& limits)
    : image(from),
      source(from.source),
      references(ExternalReferences(&source)),
      blob{from.blob.data(), static_cast<int>(from.blob.size())},
      heap_limit(limits, state.stop, *embedder.stops, *embedder.log),
      isolate(v8::Isolate::Allocate()),
      external_limit(isolate, limits, state.stop, *embedder.stops),
      cpu_limit(isolate, limits, state.stop, *embedder.stops, heap_limit, external_limit),
      tasks(CurrentPlatform()->TasksOf(isolate)) {
  state.embedder = embedder;
  state.limits = limits;
  state.phase = Phase::kServing;
  state.account = external_limit.account();
  state.wasm_modules.ChargeTo(state.account);
  tasks->SetWake([wake = embedder.wake] { wake->Wake(); });

  v8::Isolate::CreateParams params;
  params.snapshot_blob = &blob;
  params.external_references = references.data();
  // As on a browser's main thread: whoever waits holds up all others, and no time of the CPU passes
  // that a limit could count. Atomics.waitAsync is there.
  params.allow_atomics_wait = false;
  params.array_buffer_allocator_shared = external_limit.allocator();
  heap_limit.Configure(params.constraints, from.blob.size());
  v8::Isolate::Initialize(isolate, params);
  external_limit.Begin();
  SetUpIsolate(isolate, state, hooks);
  NameRequestsBy(isolate, names);
}

Result<v8::Local<v8::Context>> RestoredIsolate::Restore() {
  v8::Local<v8::Context> restored;
  heap_limit.BeginRestoring(isolate);
  const bool complete = v8::Context::FromSnapshot(isolate, 0).ToLocal(&restored);
  Result<void> enforced = heap_limit.Enforce();
  if (Result<void> buffers = external_limit.Enforce(); enforced.ok()) enforced = std::move(buffers);
  if (!complete) {
    return Error{"the engine could not restore the snapshot's context", image.name,
                 "Build it again with the nanoc that belongs to this nano."};
  }
  if (!enforced.ok()) {
    Error error = std::move(enforced).error();
    error.where = image.name;
    return error;
  }
  context.Reset(isolate, restored);
  const v8::Context::Scope scope(restored);
  if (auto found = hooks.Restore(restored); !found.ok()) {
    Error error = std::move(found).error();
    error.where = image.name;
    return error;
  }
  return restored;
}

void RestoredIsolate::SetLimits(const Limits& limits) {
  state.limits = limits;
  heap_limit.SetWarnAt(limits.warn_at);
  external_limit.SetWarnAt(limits.warn_at);
  cpu_limit.Set(limits);
}

RestoredIsolate::~RestoredIsolate() {
  tasks->Close();
  state.jobs.reset();
  state.stores.reset();
  state.wasm_modules.Forget();
  hooks.Reset();
  context.Reset();
  isolate->Dispose();
  CurrentPlatform()->Forget(isolate);
}

}  // namespace nano::runtime
