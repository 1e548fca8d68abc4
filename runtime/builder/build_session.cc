// The isolate of a build, its clockless loop and the writing of the blob.
#include "runtime/builder/build_session.h"

#include <utility>

#include "base/check.h"
#include "runtime/isolate/isolate_setup.h"

namespace nano::runtime {

BuildSession::BuildSession(std::string_view base, std::string_view source, LogFunction log,
                           Purpose purpose, const Limits& limits)
    : base_{base.data(), static_cast<int>(base.size())},
      app_source_(source),
      references_(ExternalReferences(&app_source_)),
      log_(std::move(log)),
      isolate_(v8::Isolate::Allocate()),
      heap_limit_(limits, state_.stop, *state_.embedder.stops, *this),
      external_limit_(isolate_, limits, state_.stop, *state_.embedder.stops),
      tasks_(CurrentPlatform()->TasksOf(isolate_)) {
  v8::Isolate::CreateParams params;
  params.allow_atomics_wait = false;
  params.external_references = references_.data();
  params.array_buffer_allocator_shared = external_limit_.allocator();
  if (!base.empty()) params.snapshot_blob = &base_;
  heap_limit_.Configure(params.constraints, base.size());
  if (purpose == Purpose::kSnapshot) {
    creator_ = std::make_unique<v8::SnapshotCreator>(isolate_, params);
  } else {
    v8::Isolate::Initialize(isolate_, params);
    isolate_->Enter();
  }
  if (limits.memory != 0) {
    heap_limit_.BeginRestoring(isolate_);
    NANO_CHECK(heap_limit_.Enforce().ok());
  }
  NANO_CHECK(external_limit_.Enforce().ok());
  external_limit_.Begin();
  state_.embedder = {.timers = this, .log = this};
  state_.limits = limits;
  state_.phase = Phase::kEvaluating;
  SetUpIsolate(isolate(), state_, hooks_);
}

BuildSession::~BuildSession() {
  hooks_.Reset();
  tasks_->Close();
  state_.jobs.reset();
  if (creator_) {
    creator_.reset();  // Leaves the isolate.
  } else {
    isolate_->Exit();
  }
  isolate_->Dispose();
  // The next isolate may get the same address, and must not get the closed queue.
  CurrentPlatform()->Forget(isolate_);
}

void BuildSession::Log(LogLevel level, std::string_view text, const LogOrigin& /*origin*/) {
  if (log_) log_(level, text);
}

bool BuildSession::Stopped() {
  if (state_.stop.stopped()) return true;
  v8::HeapStatistics statistics;
  isolate_->GetHeapStatistics(&statistics);
  heap_limit_.Look(statistics);
  external_limit_.Look();
  return state_.stop.stopped();
}

bool BuildSession::RunUntil(v8::Local<v8::Context> context, const std::function<bool()>& done,
                            int most_timers) {
  for (;;) {
    FinishTurn(context);
    if (state_.stop.stopped()) return false;
    if (done()) return true;
    if (tasks_->RunAll()) continue;
    if (timer_delay_ < 0 || most_timers-- == 0) return false;
    state_.build_clock += std::exchange(timer_delay_, -1);
    const v8::HandleScope handles(isolate());
    const v8::TryCatch caught(isolate());
    if (hooks_.Call(Hook::kRunTasks, context).IsEmpty()) return false;
  }
}

std::string BuildSession::Finish(const std::function<v8::Local<v8::Context>()>& context,
                                 CompiledCode code) {
  {
    const v8::HandleScope handles(isolate());
    const v8::Local<v8::Context> local = context();
    creator_->SetDefaultContext(v8::Context::New(isolate()));
    const size_t index = creator_->AddContext(local);
    const size_t data = creator_->AddData(local, hooks_.exports(isolate()));
    NANO_CHECK(index == 0 && data == 0);  // AppIsolate::Boot relies on both.
  }
  hooks_.Reset();
  isolate()->SetPromiseRejectCallback(nullptr);
  using Handling = v8::SnapshotCreator::FunctionCodeHandling;
  const v8::StartupData blob =
      creator_->CreateBlob(code == CompiledCode::kKeep ? Handling::kKeep : Handling::kClear);
  NANO_CHECK(blob.data != nullptr);
  std::string bytes(blob.data, static_cast<size_t>(blob.raw_size));
  delete[] blob.data;
  return bytes;
}

}  // namespace nano::runtime
