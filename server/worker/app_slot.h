// A version of an app in a worker: its isolate, if it has one, and what the isolate needs of the
// event loop.
//
// Owns the isolate, a timer and a wake-up handle. Boots the isolate on the app's first request and
// again after it died. Thread: the worker's loop, but for Wake.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/function_ref.h"
#include "http/handler.h"
#include "net/handles.h"
#include "runtime/app_isolate.h"
#include "runtime/embedder.h"
#include "runtime/source_map.h"
#include "server/cache/cache_front.h"
#include "server/control/messages.h"
#include "server/faults/app_faults.h"
#include "server/limits/eviction.h"
#include "server/limits/reason.h"
#include "server/limits/refusal.h"
#include "server/log/app_log_limit.h"
#include "server/log/log.h"
#include "server/metrics/app_meter.h"
#include "server/metrics/app_metrics.h"
#include "server/outbound/outbound_client.h"
#include "server/release/app_terms.h"
#include "server/release/app_version.h"
#include "server/visitors/visitors.h"
#include "server/worker/admission.h"
#include "server/worker/app_turns.h"
#include "server/worker/deadlines.h"
#include "server/worker/refusal_log.h"

namespace nano::server {

class AssetAnswers;
class IdleMemory;
class Residents;
class CacheWay;
class StoreClient;

// What the slots of a worker have in common. Outlives them.
struct SlotContext {
  uv_loop_t* loop = nullptr;
  Log* log = nullptr;
  IdleMemory* idle_memory = nullptr;
  Residents* residents = nullptr;
  ClientState* clients = nullptr;
  AssetAnswers* assets = nullptr;
  StoreClient* store = nullptr;
  std::unique_ptr<const Visitors> visitors;  // Null: nothing is told of clients.
  std::unique_ptr<CacheFront> cache_front;   // Null: apps have no caches.
  // Calls the app of this name, wherever it runs.
  std::function<std::unique_ptr<http::Call>(const std::string& app, const http::CallRequest&,
                                            http::Caller&)>
      call;
  // Hears of a version whose isolates do not boot, once, and why.
  std::function<void(uint32_t version, const std::string& why)> on_broken;
  AppFaults* faults = nullptr;
  bool logs_access = false;  // Each request.
  AppMetrics* metrics = nullptr;
  size_t worker = 0;        // The worker's slot, for `faults` and `metrics`.
  uint64_t body_bytes = 0;  // That the server takes of any client's request; 0: no bound.
  // While requests are taken over that another worker has read: when that was, by the loops' clock;
  // 0: none are.
  uint64_t read_elsewhere = 0;
  bool takes_turns = true;  // Apps let each other have their turn (app_turns.h).
};

class AppSlot final : private http::Responder,
                      private runtime::TimerPort,
                      private runtime::WakePort,
                      private runtime::LoadingPort,
                      private runtime::LogPort,
                      private runtime::StopPort,
                      private runtime::StorePort,
                      private runtime::VisitorPort {
 public:
  // The context outlives the slot.
  AppSlot(std::shared_ptr<const AppVersion> version, const AppTerms& terms, SlotContext& context);
  ~AppSlot() override;
  AppSlot(const AppSlot&) = delete;
  AppSlot& operator=(const AppSlot&) = delete;

  // Boots the isolate, if there is none and the version has code. Fails if the version cannot be
  // served, or if there is no room for another isolate.
  Result<void> Boot();
  bool booted() const { return isolate_ != nullptr; }

  // Of a booted one: has an app evaluated that its snapshot could not hold (AppIsolate::Load).
  // False: it is there. Else `done` is called, in the middle of a call into the isolate, with why
  // it could not be; not at all if it never comes to an end.
  bool Load(std::function<void(const Result<void>&)> done);

  // Another version has taken the place of this one, whose files stay reachable for a while.
  void KeepAssets();

  // The isolate, booted if need be. Null if the version has no code; if the version cannot be
  // served, which the log tells; or if there is no room for another isolate, which says nothing of
  // the version.
  runtime::AppIsolate* Acquire();

  // Answers an exchange: with a file, by the isolate, or, if there can be none, in its place. Not
  // from within a call into an isolate. `sibling` is the app's other slot that is served; or null.
  void Answer(http::ServerExchange& exchange, const http::RequestHead& head,
              const AppSlot* sibling = nullptr);

  // Has the isolate answer what is no request of anybody's, and counted as none. As Answer else.
  void Run(http::ServerExchange& exchange, const http::RequestHead& head);

  const AppVersion& version() const { return *version_; }
  const AppTerms& terms() const { return terms_; }
  // Others, of the same version: from now on, also for what is under way. Not from within a call
  // into an isolate.
  void SetTerms(const AppTerms& terms);

  // Whether the version has killed a worker of this server.
  bool blamed() const { return context_.faults->blamed(version_->id); }

  // Requests, those that wait included, and waitUntil promises that have not ended.
  size_t pending() const { return waiting() + (isolate_ == nullptr ? 0 : isolate_->pending()); }
  // Ends what is pending, of which the log and the clients are told that it did not end within
  // drain_timeout: so many milliseconds have passed. Not from within a call into the isolate.
  void Cut(uint64_t waited_ms);
  // Answers the requests that wait at another version of the app, and have not begun there, from
  // the loop's next turn on. Not from within a call into an isolate.
  void TakeWaiting(AppSlot& other);

  // What it is and does, for who operates the server.
  VersionStatus Status() const;

  // Calls with each line that the app logs, besides writing it to the log; empty: does not.
  void set_log_listener(std::function<void(std::string_view line)> listener) {
    log_listener_ = std::move(listener);
  }

  // Whether the isolate is needed: something that was asked for is under way, or it is being
  // called. Timers, and calls of others, that no request waits for do not count.
  bool held() const { return pending() != 0 || in_turn_ || on_loaded_ != nullptr; }
  // Gives up the isolate, which is not held: the next request boots another.
  void Evict(Eviction reason);
  // Stops the isolate, and whoever waits for it is told why. Not from within a call into one.
  void StopFor(runtime::Stop stop);

  // When the isolate was last asked for something, by the loop's clock in milliseconds …
  uint64_t last_asked() const { return last_asked_; }
  // … which it has under way now.
  void StillAsked(uint64_t now) { last_asked_ = now; }
  // When it last ran, also by itself.
  uint64_t last_used() const { return last_used_; }
  // What nobody has any more goes, and with it what that has held. Not from within a call into the
  // isolate. Takes some milliseconds.
  void CollectGarbage();
  // Gives memory that the isolate does not need while it is idle back to the system. Takes some
  // milliseconds.
  void ReleaseMemory();

 private:
  // http::Responder: what the isolate is told of its exchanges.
  bool HasTurn(const http::ServerExchange&) override { return !turns_ || turns_->HasMore(); }
  void OnBody(http::ServerExchange& exchange, std::string_view part, bool last) override;
  void OnBodyError(http::ServerExchange& exchange, std::string_view reason) override;
  bool OnBodyRefused(http::ServerExchange& exchange, const http::Obstacle& obstacle,
                     std::string_view reason) override;
  void OnDrain(http::ServerExchange& exchange) override;
  void OnAborted(http::ServerExchange& exchange) override;

  void ArmTimer(double delay_ms) override;
  void Wake() override;
  void Loaded() override;
  void NotLoaded() override;
  void Log(runtime::LogLevel level, std::string_view text,
           const runtime::LogOrigin& origin) override {
    LogBeginning(level, text, 0, origin);
  }
  void LogBeginning(runtime::LogLevel level, std::string_view text, size_t missing,
                    const runtime::LogOrigin& origin) override;
  std::string NameOf(http::Exchange& exchange) override;
  std::string NewName() override;
  void OnStopped(const runtime::Stop& stop, http::Exchange* guilty) override;
  void EndStopped(http::Exchange& exchange, const runtime::Stop& stop) override;
  void OnNear(const runtime::Stop& near) override;
  void OnDenied(const runtime::Denial& denial, http::Exchange* exchange) override;
  std::string VisitorOf(http::Exchange* exchange) override;
  Result<void> StartStored(uint32_t call, runtime::StoreKind kind, std::string message) override;
  void Write(runtime::LogLevel level, std::string_view text,
             std::initializer_list<LogField> fields = {});

  // Calls into the isolate, if it still lives; `call` gets the AppIsolate. A dead isolate is thrown
  // away afterwards. Not from within another call into an isolate.
  template <typename Call>
  void Enter(Call call) {
    if (isolate_ == nullptr) return;
    last_used_ = uv_now(context_.loop);
    if (!in_use_) TakeIntoUse();
    EnterUnused(call);
  }
  // The same where it is no use of the app: giving memory back has tasks of its own.
  template <typename Call>
  void EnterUnused(Call call) {
    if (isolate_ == nullptr) return;
    NANO_CHECK(!in_turn_);  // Else the outer one would go on in what Retire has thrown away.
    const AppFaults::Running running = MarkRunning();
    in_turn_ = true;
    call(*isolate_);
    in_turn_ = false;
    if (isolate_->stopped()) [[unlikely]] {
      Retire();
    }
    if (!refused_.empty()) [[unlikely]] {
      EndRefused();
    }
    admission_->OnTurn();
  }
  // For how many milliseconds more the app's requests are refused, because it kills workers.
  uint64_t RefusedFor() const {
    return context_.faults->RefusedFor(version_->id, uv_now(context_.loop));
  }
  // Requests that it was not given yet.
  size_t waiting() const { return admission_ ? turns_->waiting() + admission_->waiting() : 0; }
  // Requests that the isolate has not answered.
  size_t in_flight() const { return isolate_ == nullptr ? 0 : isolate_->requests(); }
  // One that has its turn.
  void Admit(http::ServerExchange& exchange, const http::RequestHead& head);
  // Answers one that is let in.
  void AnswerNow(http::ServerExchange& exchange, const http::RequestHead& head);
  void Dispatch(http::ServerExchange& exchange, const http::RequestHead& head);
  void EndLate(const Deadlines::Late& late);
  bool EndIfLate(http::ServerExchange& exchange);
  bool RefuseIfOpen(http::ServerExchange& exchange);
  bool TakesBody(http::ServerExchange& exchange);
  std::string_view KeyOfBody(const http::Exchange& exchange, uint64_t limit) const;
  void EndRefused();
  void RefuseOne(http::Exchange& exchange, Refusal refusal);
  void Tell(std::string text, const Refusal& refusal, http::Exchange* exchange,
            std::string_view stack = {});
  void CountStop(Reason reason);
  // What a request is called in the log, and its trace; empty where it is not known.
  struct RequestNames {
    std::string request;
    std::string trace;
  };
  static RequestNames NamesOf(http::Exchange* exchange);
  // Also of a request that has ended, if `exchange` is null.
  static RequestNames NamesOf(const runtime::Stop& stop, http::Exchange* exchange);
  // Requests that end with an isolate, and what some of them are called in the log.
  struct Others {
    int64_t count = 0;
    std::string names;
  };
  Others OthersThan(const http::Exchange* guilty) const;
  static void Name(http::Exchange& exchange, Others& others);
  // What a limit has done to a request, or to the app.
  void LogLimit(std::string_view text, const Refusal& refusal, const RequestNames& request,
                const Others& others);
  void LogRefusals(Reason reason, const std::string& text, uint64_t count);
  StartService FindService(std::string_view name);
  CacheWay* WayToCache();
  std::optional<runtime::OutboundPort::KeptResponse> FindKept(std::string_view cache,
                                                              std::string_view url,
                                                              std::string_view fields);
  bool AnswerWithAsset(http::ServerExchange& exchange, const http::RequestHead& head,
                       const AppSlot* sibling);
  void OnLineDropped();
  // False: there was none.
  bool TellDropped();
  void OnWake();
  void TakePlace();
  Result<void> BootNow();
  void EndWaiting(FunctionRef<void(http::Exchange&)> end);
  void EndIsolate();
  void Retire();
  void EndLoading(const Result<void>& outcome);
  void TakeIntoUse();
  // For as long as the result lives, a death of this process is the app's.
  AppFaults::Running MarkRunning() { return {*context_.faults, context_.worker, version_->id}; }

  const std::shared_ptr<const AppVersion> version_;
  AppTerms terms_;
  SlotContext& context_;
  AppMeter meter_;
  AppLogLimit log_limit_;
  std::optional<net::Timer> drops_;  // While lines are dropped.
  std::function<void(std::string_view)> log_listener_;
  std::function<void(const Result<void>&)> on_loaded_;
  bool broken_ = false;  // Its snapshot was refused or does not boot.
  uint64_t requests_ = 0;
  uint64_t limits_hit_ = 0;
  uint64_t evictions_ = 0;
  uint64_t last_asked_ = 0;
  uint64_t last_used_ = 0;
  bool in_turn_ = false;  // In EnterUnused.
  bool in_use_ = false;   // It ran since its memory was last given back.
  std::optional<net::Timer> timer_;
  std::optional<net::Async> wake_;
  std::optional<runtime::StopReason> stopped_by_;  // The isolate, which is to go.
  RefusalLog refusals_;
  struct RefusedResponse {
    http::Exchange* exchange;
    Refusal refusal;
  };
  std::vector<RefusedResponse> refused_;  // In the turn that is under way.
  std::optional<AppTurns> turns_;
  std::optional<Admission> admission_;
  std::optional<Deadlines> deadlines_;
  std::unique_ptr<CacheWay> cache_way_;  // Made when the app first uses its caches.
  OutboundClient outbound_;
  std::unique_ptr<runtime::AppIsolate> isolate_;
  std::shared_ptr<int> stored_for_;  // This isolate, once it has asked the store for something.
};

}  // namespace nano::server
