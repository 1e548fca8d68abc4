// From a job's end back to the promise that waits for it.
#include "runtime/isolate/promise_jobs.h"

#include <utility>

#include "runtime/engine/platform.h"
#include "runtime/isolate/isolate_state.h"
#include "runtime/limits/current_request.h"

namespace nano::runtime {
namespace {

// A finished job on its way to the isolate's thread.
class FinishTask final : public v8::Task {
 public:
  explicit FinishTask(std::unique_ptr<ThreadJob> job) : job_(std::move(job)) {}
  void Run() override { job_->Finish(); }

 private:
  const std::unique_ptr<ThreadJob> job_;
};

}  // namespace

class PromiseJobs::WorkJob final : public ThreadJob {
 public:
  WorkJob(PromiseJobs& owner, uint32_t id, std::unique_ptr<BackgroundWork> work, size_t held,
          std::shared_ptr<Group> group)
      : owner_(owner), id_(id), work_(std::move(work)), held_(held), group_(std::move(group)) {}

  void Run() override { done_ = work_->Run(); }
  void Finish() override;
  bool IsLate() const override {
    return group_ != nullptr && group_->late.load(std::memory_order_relaxed);
  }

 private:
  PromiseJobs& owner_;
  const uint32_t id_;
  const std::unique_ptr<BackgroundWork> work_;
  const size_t held_;
  const std::shared_ptr<Group> group_;
  bool done_ = false;
};

// The owner is alive: it goes after the isolate's task queue was closed.
void PromiseJobs::WorkJob::Finish() {
  v8::Isolate* isolate = owner_.isolate_;
  const v8::HandleScope handles(isolate);
  const v8::Local<v8::Context> context = isolate->GetCurrentContext();
  const auto entry = owner_.waiting_.extract(id_);
  const v8::Local<v8::Promise::Resolver> resolver = entry.mapped().Get(isolate);
  --IsolateState::Of(isolate).pending_promises;
  owner_.held_ -= held_;
  if (group_ != nullptr) owner_.Leave(*group_);

  const v8::TryCatch caught(isolate);
  v8::Local<v8::Value> result = v8::Undefined(isolate);
  if (!done_ || work_->Result(isolate).ToLocal(&result)) {
    resolver->Resolve(context, result).FromMaybe(false);
  } else if (!caught.HasTerminated()) {
    resolver->Reject(context, caught.Exception()).FromMaybe(false);
  }
  // Each job's end is a task of its own: what waited for it runs before the next one.
  isolate->PerformMicrotaskCheckpoint();
}

PromiseJobs::PromiseJobs(v8::Isolate* isolate)
    : isolate_(isolate),
      client_([tasks = CurrentPlatform()->TasksOf(isolate)](std::unique_ptr<ThreadJob> job) {
        tasks->PostTask(std::make_unique<FinishTask>(std::move(job)));
      }) {}

v8::MaybeLocal<v8::Promise> PromiseJobs::Start(v8::Local<v8::Context> context,
                                               std::unique_ptr<BackgroundWork> work, size_t held) {
  v8::Local<v8::Promise::Resolver> resolver;
  if (!v8::Promise::Resolver::New(context).ToLocal(&resolver)) return {};
  const uint32_t id = ++last_id_;
  waiting_[id].Reset(isolate_, resolver);
  ++IsolateState::Of(isolate_).pending_promises;
  held_ += held;
  client_.Start(std::make_unique<WorkJob>(*this, id, std::move(work), held, CurrentGroup()));
  return resolver->GetPromise();
}

std::shared_ptr<PromiseJobs::Group> PromiseJobs::CurrentGroup() {
  const uint32_t exchange = CurrentExchange(isolate_);
  if (exchange == 0) return nullptr;
  std::shared_ptr<Group>& group = groups_[exchange];
  if (group == nullptr) group = std::make_shared<Group>(exchange);
  ++group->jobs;
  return group;
}

void PromiseJobs::Leave(Group& group) {
  if (--group.jobs > 0 || group.late.load(std::memory_order_relaxed)) return;
  groups_.erase(group.exchange);
}

void PromiseJobs::Defer(uint32_t exchange) {
  const auto group = groups_.extract(exchange);
  if (!group.empty()) group.mapped()->late.store(true, std::memory_order_relaxed);
}

}  // namespace nano::runtime
