// What is done to an app's isolate beside its requests: other limits, an end, a look at its memory,
// profiles.
#include <utility>

#include "runtime/boot/app_isolate_impl.h"
#include "runtime/js/stack_text.h"
#include "runtime/profile/heap_snapshot.h"

namespace nano::runtime {

void AppIsolate::SetLimits(const Limits& limits) {
  const Limits before = impl_->state.limits;
  impl_->SetLimits(limits);
  // Of an isolate that rests, no page is touched for the others.
  if (before.timers == limits.timers && before.subrequests == limits.subrequests) return;
  impl_->Enter([this](v8::Local<v8::Context> context) {
    (void)impl_->hooks.Call(Hook::kLimitsChanged, context);
  });
}

AppIsolate::Usage AppIsolate::usage() const {
  v8::HeapStatistics heap;
  impl_->isolate->GetHeapStatistics(&heap);
  Usage usage{.heap_bytes = heap.total_physical_size(),
              .external_bytes = impl_->external_limit.bytes()};
  impl_->state.exchanges.Each([&usage](const http::Exchange& exchange) {
    ++(exchange.streams ? usage.streams : usage.requests);
  });
  usage.promises = static_cast<uint32_t>(impl_->state.pending_promises);
  return usage;
}

void AppIsolate::Inquire(std::function<void(std::string_view stack)> report) {
  impl_->inquiry = std::move(report);
  impl_->isolate->RequestInterrupt(
      [](v8::Isolate* isolate, void* data) {
        const std::string of_app = CurrentStack(isolate);
        static_cast<Impl*>(data)->inquiry(of_app.empty() ? WholeStack(isolate) : of_app);
      },
      impl_.get());
}

void AppIsolate::StopFor(Stop stop) {
  impl_->state.stop.Turn(impl_->isolate, std::move(stop));
  impl_->Enter([](v8::Local<v8::Context>) {});
}

void AppIsolate::BeginProfile(std::function<void()> gone) {
  if (impl_->recording || stopped()) return;
  const CurrentIsolate current(impl_->isolate);
  impl_->recording.emplace(impl_->isolate);
  impl_->recording_gone = std::move(gone);
}

// It stays the thread's current one then: V8 looks at no other.
void AppIsolate::SetIdle(bool idle) {
  if (!impl_->recording) return;
  const CurrentIsolate current(impl_->isolate);
  impl_->recording->SetIdle(idle);
}

bool AppIsolate::EndProfile(const ProfileSources& sources, const ProfileSink* sink) {
  if (!impl_->recording) return false;
  const CurrentIsolate current(impl_->isolate);
  const bool taken = sink != nullptr && impl_->recording->Finish(sources, *sink);
  impl_->recording.reset();
  impl_->recording_gone = nullptr;
  return taken;
}

bool AppIsolate::WriteHeapSnapshot(ProfileSink sink) {
  const CurrentIsolate current(impl_->isolate);
  return runtime::WriteHeapSnapshot(impl_->isolate, sink);
}

void AppIsolate::ReleaseMemory() {
  RunTasks();
  const CurrentIsolate current(impl_->isolate);
  impl_->state.keys.Clear();
  impl_->isolate->MemoryPressureNotification(v8::MemoryPressureLevel::kCritical);
}

}  // namespace nano::runtime
