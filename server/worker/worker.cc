// Wires listener, router and app slots together on one event loop. See worker.h for ownership and
// threads.
#include "server/worker/worker.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>
#include <uv.h>

#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/process_memory.h"
#include "http/handler.h"
#include "http/http1/listener.h"
#include "net/handles.h"
#include "runtime/limits.h"
#include "runtime/process.h"
#include "runtime/process_end.h"
#include "runtime/watchdog.h"
#include "server/log/access_log.h"
#include "server/log/log_flusher.h"
#include "server/log/standard_error_log.h"
#include "server/outbound/outbound_client.h"
#include "server/sandbox/sandbox.h"
#include "server/storage/store_client.h"
#include "server/visitors/proxied_requests.h"
#include "server/worker/app_slot.h"
#include "server/worker/asset_answers.h"
#include "server/worker/error_responses.h"
#include "server/worker/forwarding.h"
#include "server/worker/idle_memory.h"
#include "server/worker/loop_lag.h"
#include "server/worker/protocol_error_log.h"
#include "server/worker/release_follower.h"
#include "server/worker/residents.h"
#include "server/worker/router.h"
#include "server/worker/worker_ending.h"

namespace nano::server {
namespace {

// After the start of a worker. A request that comes earlier boots its own app first.
constexpr uint64_t kBootAheadMs = 2;
// Between two of such boots: the loop's next turn, which at 0 would be the same one.
constexpr uint64_t kBootNextMs = 1;

// Gives requests to the apps that their hosts name.
class Worker final : public http::Handler {
 public:
  Worker(const WorkerOptions& options, IsolateCeiling::System system)
      : group_(options.group),
        reminders_(options.reminders),
        log_(*options.sink, options.format,
             options.is_probe ? kProbe : static_cast<int>(options.number)),
        protocol_errors_(log_),
        tries_(options.tries),
        standard_error_(log_, [this] { return Running(); }) {
    NANO_CHECK(uv_loop_init(&loop_) == 0);
    flusher_ = std::make_unique<LogFlusher>(&loop_, *options.sink);
    idle_memory_ = std::make_unique<IdleMemory>(&loop_);
    context_.loop = &loop_;
    context_.log = &log_;
    context_.idle_memory = idle_memory_.get();
    residents_ = std::make_unique<Residents>(
        &loop_, log_,
        Residents::Options{
            .memory = options.memory,
            .used = [gauge = std::make_shared<MemoryGauge>()] { return gauge->Read().own(); },
            .system = std::move(system),
            .exhausted = [this](uint32_t version, uint64_t used) { EndExhausted(version, used); }});
    context_.residents = residents_.get();
    clients_ = std::make_unique<ClientState>(&loop_);
    context_.clients = clients_.get();
    assets_ = std::make_unique<AssetAnswers>(&loop_, options.replaced);
    context_.assets = assets_.get();
    context_.store = &store_.emplace(&loop_, log_, [this] { follower_->AskStore(); });
    context_.cache_front = CacheFront::Of(options.cache_epochs, options.cache_memory);
    context_.on_broken = [this](uint32_t version, const std::string& why) {
      follower_->TellBroken(version, why);
    };
    context_.visitors = std::make_unique<Visitors>(options.clients);
    context_.faults = options.faults;
    context_.metrics = options.metrics;
    context_.worker = options.number - 1;
    context_.body_bytes = options.limits.body_bytes;
    context_.call = [this](const std::string& app, const http::CallRequest& request,
                           http::Caller& caller) { return Call(app, request, caller); };
    if (options.access_log.format != config::AccessLogFormat::kOff && !options.is_probe) {
      context_.logs_access = true;
      access_log_.emplace(*options.sink, options.access_log, static_cast<int>(options.number));
      access_flush_.emplace(&loop_, [this] { access_log_->Flush(); });
      access_flush_->Start();
      access_flush_->Unref();
    }
    router_.emplace(options.release, context_,
                    options.is_probe ? Membership::OfAll() : Membership::Of(group_));
    http::Limits limits = options.limits;
    limits.handler_bounds_bodies = true;  // An app's slot.
    proxied_ = ProxiedRequests::Before(*this, *context_.visitors);
    http::Handler& handler = proxied_ == nullptr ? *this : *proxied_;
    listener_ = std::make_unique<http1::Listener>(&loop_, limits, handler);
    listener_->WhenKeptHasFallen([this] { residents_->TrimSoon(); });
    runtime::SetBeforeProcessEnd(
        [](void* self, const runtime::Stop& stop) { static_cast<Worker*>(self)->NoteEnd(stop); },
        this);
    loop_lag_.emplace(&loop_, context_.metrics->OfWorker(context_.worker).loop,
                      [this] { listener_->AcceptWaiting(); });
    forwarding_.emplace(context_, *listener_,
                        [this](std::string_view app, http::ServerExchange& exchange,
                               const http::RequestHead& head) { AnswerCall(app, exchange, head); });
    follower_ = std::make_unique<ReleaseFollower>(
        &loop_, *router_, log_, *options.runs,
        ReleaseFollower::Connections{
            .count = [this] { return listener_->connections(); },
            .accept = [this] { AcceptWhatWaits(); },
            .retire = [this] { ending_->InNextTurn(&WorkerEnding::Retire); },
            .dismiss = [this] { ending_->InNextTurn(&WorkerEnding::Dismiss); },
            .wind_down = [this] { ending_->InNextTurn(&WorkerEnding::WindDown); },
            .finish = [this] { ending_->InNextTurn(&WorkerEnding::Stop); },
            .cut = [this] { ending_->InNextTurn(&WorkerEnding::Cut); },
            .set_channel =
                [this](const std::string& group, Descriptor sender) {
                  forwarding_->SetChannel(group, std::move(sender));
                },
            .set_store = [this](Descriptor end) { store_->SetChannel(std::move(end)); }});
    ending_.emplace(&loop_, log_, *listener_, *forwarding_, *follower_, *router_,
                    WorkerEnding::Options{.of_group = !group_.empty(),
                                          .shutdown_timeout = options.shutdown_timeout,
                                          .drain_timeout = options.drain_timeout});
  }

  int Run(const WorkerOptions& options, const std::optional<SandboxReport>& sandbox);

 private:
  void OnRequest(http::ServerExchange& exchange, const http::RequestHead& head) override;
  void OnProtocolError(const http::ProtocolError& error) override;
  void OnSlowClient(http::SlowWith with) override {
    context_.metrics->OfWorker(context_.worker).slow_clients[static_cast<size_t>(with)].Add(1);
  }
  void OnServerRequest(http::ServerExchange& exchange, const http::RequestHead& head) override {
    if (access_log_) access_log_->Begin(exchange, head, {});
  }

  void Answer(const Route& route, http::ServerExchange& exchange, const http::RequestHead& head,
              bool is_call);
  std::unique_ptr<http::Call> Call(const std::string& app, const http::CallRequest& request,
                                   http::Caller& caller);
  void AnswerCall(std::string_view app, http::ServerExchange& exchange,
                  const http::RequestHead& head);
  Result<void> Listen(const WorkerOptions& options);
  Result<void> Accept();
  void AcceptWhatWaits();
  void WatchSignals();
  void BootAhead();
  AppSlot* FindToBoot();
  // Before a request is looked at.
  void CatchUp() {
    if (const uint64_t release = reminders_->Take(context_.worker); release != 0) [[unlikely]] {
      follower_->CatchUp(release);
    }
  }
  [[noreturn]] void EndExhausted(uint32_t version, uint64_t used);
  // On any thread.
  void NoteEnd(const runtime::Stop& stop);
  // The app whose isolate is entered, if any. On any thread.
  std::string_view Running() const;

  const std::string group_;  // Empty: it serves all.
  const std::shared_ptr<Reminders> reminders_;
  Log log_;
  ProtocolErrorLog protocol_errors_;
  std::optional<AccessLog> access_log_;  // Unless it is off.
  uv_loop_t loop_;
  SlotContext context_;
  std::unique_ptr<LogFlusher> flusher_;
  std::unique_ptr<IdleMemory> idle_memory_;
  std::unique_ptr<Residents> residents_;
  std::unique_ptr<ClientState> clients_;
  std::unique_ptr<AssetAnswers> assets_;
  std::optional<StoreClient> store_;
  std::optional<Router> router_;
  std::unique_ptr<http::Handler> proxied_;  // Null: no peer speaks for others.
  std::unique_ptr<http1::Listener> listener_;
  std::optional<LoopLag> loop_lag_;
  std::optional<Forwarding> forwarding_;
  std::unique_ptr<ReleaseFollower> follower_;
  std::optional<WorkerEnding> ending_;
  std::optional<net::Signal> terminate_;
  std::optional<net::Timer> boot_ahead_;
  bool tries_;                // Versions of which nobody knows yet whether they boot …
  std::set<uint32_t> tried_;  // … but these.
  const StandardErrorLog standard_error_;  // It asks the others.
  std::optional<net::Prepare> access_flush_;
  std::vector<int> sockets_;  // From which nothing is accepted yet.
  int receiver_ = -1;         // The same.
};

Result<void> Worker::Listen(const WorkerOptions& options) {
  TRY(follower_->Start(Descriptor(options.control)));
  sockets_ = options.sockets;
  receiver_ = options.receiver;
  return options.accepts ? Accept() : Result<void>();
}

Result<void> Worker::Accept() {
  for (const int fd : std::exchange(sockets_, {})) TRY(listener_->Listen(fd));
  const int receiver = std::exchange(receiver_, -1);
  return receiver >= 0 ? forwarding_->Receive(receiver) : Result<void>();
}

void Worker::AcceptWhatWaits() {
  if (ending_->begun()) return;
  if (const Result<void> accepting = Accept(); !accepting.ok()) {
    log_.Error("cannot serve: " + accepting.error().ToString());
    ending_->Stop();
  }
}

int Worker::Run(const WorkerOptions& options, const std::optional<SandboxReport>& sandbox) {
  if (Result<void> listening = Listen(options); !listening.ok()) {
    log_.Error("cannot serve: " + listening.error().ToString());
    return 1;
  }
  // A probe is one of many, long after the first worker.
  if (sandbox && !options.is_probe) {
    follower_->TellSandbox({sandbox->in_force, sandbox->missing});
  }
  WatchSignals();
  if (!options.is_probe) {
    boot_ahead_.emplace(&loop_, [this] { BootAhead(); });
    boot_ahead_->Start(kBootAheadMs);
  }
  uv_run(&loop_, UV_RUN_DEFAULT);
  if (access_log_) access_log_->Flush();
  return listener_->aborted() ? 1 : 0;
}

// The first isolate of a process pays for what all of them share: some milliseconds, which no
// request should wait for. So one app is booted once the worker has nothing else to do: none that
// killed a worker, as it may do so again. With it go those of which nobody knows yet whether they
// boot, in one of the workers that run them: so that the server does not say that it is ready when
// they cannot be served. One after the other, with whatever has come meanwhile in between, and they
// are kept no longer than that takes, as nobody has asked for them.
void Worker::BootAhead() {
  AppSlot* const slot = FindToBoot();
  if (slot == nullptr) return follower_->TellServing();
  tried_.insert(slot->version().id);
  slot->Acquire();
  if (slot->booted() && residents_->size() > 1 && !slot->held()) slot->Evict(Eviction::kIdle);
  boot_ahead_->Start(kBootNextMs);
}

// Null: none.
AppSlot* Worker::FindToBoot() {
  for (const Route& route : router_->routes()) {
    if (route.slot == nullptr || route.slot->blamed() || route.slot->booted()) continue;
    const AppVersion& version = route.slot->version();
    if (version.files_alone()) continue;
    const bool is_to_boot = residents_->size() == 0 || (tries_ && version.untried);
    if (is_to_boot && !tried_.contains(version.id)) return route.slot;
  }
  return nullptr;
}

// The supervisor says when to stop. A terminal's Ctrl-C and its end reach the workers as well, and
// are the supervisor's business.
void Worker::WatchSignals() {
  signal(SIGINT, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  signal(SIGUSR2, SIG_IGN);
  // A group's worker is needed by the others until they have ended, whoever signals all of them:
  // the supervisor says when.
  terminate_.emplace(&loop_, SIGTERM, [this](int) {
    if (group_.empty()) ending_->Stop();
  });
  sigset_t signals;
  sigemptyset(&signals);
  pthread_sigmask(SIG_SETMASK, &signals, nullptr);
}

// The supervisor finds the status, and whom to blame.
void Worker::EndExhausted(uint32_t version, uint64_t used) {
  const AppFaults::Running guilty(*context_.faults, context_.worker, version);
  const uint64_t limit = residents_->memory();
  log_.Write(LogLevel::kError, {},
             "this process has a quarter more memory than it may (`server.memory`), and no isolate "
             "is left to give up; it ends",
             {{"limit", static_cast<int64_t>(limit)}, {"used", static_cast<int64_t>(used)}});
  runtime::EndProcess(
      runtime::kExitProcessMemory,
      {.reason = runtime::StopReason::kProcessMemory, .limit = limit, .used = used});
}

// Nobody here can count any more what is lost: the supervisor does.
void Worker::NoteEnd(const runtime::Stop& stop) {
  context_.faults->NoteEnd(context_.worker, {.reason = ReasonOf(stop.reason),
                                             .limit = stop.limit,
                                             .used = stop.used,
                                             .unread = listener_->CountUnread()});
}

std::string_view Worker::Running() const {
  if (!router_) return {};
  const std::optional<uint32_t> running = context_.faults->RunningIn(context_.worker);
  std::string_view name;
  for (const Route& route : router_->routes()) {
    route.Each([&](const AppSlot& slot) {
      if (slot.version().id == running) name = slot.version().name;
    });
  }
  return name;
}

void Worker::OnRequest(http::ServerExchange& exchange, const http::RequestHead& head) {
  CatchUp();
  const Route* route = router_->Find(head.authority);
  if (access_log_) [[unlikely]] {
    access_log_->Begin(exchange, head, route == nullptr ? std::string_view() : route->app->name());
  }
  if (route == nullptr) return RespondUnknownHost(exchange, head.authority);
  Answer(*route, exchange, head, /*is_call=*/false);
}

// One app calls another. Where that runs is asked again when the request comes.
std::unique_ptr<http::Call> Worker::Call(const std::string& app, const http::CallRequest& request,
                                         http::Caller& caller) {
  const Route* route = router_->FindApp(app);
  if (route != nullptr && route->slot == nullptr && !route->app->leaving) {
    return forwarding_->Call(*route->app, request, caller);
  }
  return StartServiceCall(
      clients_->later,
      [this, app](http::ServerExchange& exchange, const http::RequestHead& head) {
        AnswerCall(app, exchange, head);
      },
      request, caller);
}

void Worker::AnswerCall(std::string_view app, http::ServerExchange& exchange,
                        const http::RequestHead& head) {
  CatchUp();
  const Route* route = router_->FindApp(app);
  if (route == nullptr) return RespondUnknownHost(exchange, app);
  Answer(*route, exchange, head, /*is_call=*/true);
}

void Worker::Answer(const Route& route, http::ServerExchange& exchange,
                    const http::RequestHead& head, bool is_call) {
  if (route.slot == nullptr) [[unlikely]] {
    if (route.app->leaving) return RespondLeaving(exchange, route.app->name());
    return forwarding_->Forward(*route.app, exchange, is_call);
  }
  AppSlot* slot = route.slot;
  AppSlot* sibling = route.canary;
  if (sibling != nullptr) [[unlikely]] {
    static std::mt19937_64 random(std::random_device{}());
    if (route.app->canary->Takes(head.headers, slot->version(), random())) {
      std::swap(slot, sibling);
    }
  }
  slot->Answer(exchange, head, sibling);
}

void Worker::OnProtocolError(const http::ProtocolError& error) {
  const void* const account = error.exchange == nullptr ? nullptr : error.exchange->account;
  protocol_errors_.Add(uv_now(&loop_), error, context_.metrics->NameOf(context_.worker, account));
  // Of one that had an exchange, its end tells.
  if (access_log_ && error.status != 0 && error.exchange == nullptr) {
    access_log_->Add(error.status, error.reason, error.peer);
  }
}

}  // namespace

int RunWorker(const WorkerOptions& options) {
  std::string title =
      options.is_probe ? "nano: probe" : "nano: worker " + std::to_string(options.number);
  if (!options.group.empty()) title += " (" + options.group + ")";
  uv_set_process_title(title.c_str());  // For the command line that ps shows …
  prctl(PR_SET_NAME, "nano");           // … but the program's name stays the name.
  // Before there are other threads, or anything of an app.
  std::optional<SandboxReport> sandbox;
  IsolateCeiling::System system = IsolateCeiling::OfSystem();
  if (options.sandbox) sandbox = EnterSandbox({.connections = options.limits.connections});
  // V8's threads inherit the blocked signals, so that only this one is interrupted.
  runtime::InitializeProcess({.threads = 1, .deterministic = false});
  runtime::StartWatchdog({.limit = options.memory, .most = Residents::CeilingOf(options.memory)});
  // Never destroyed: handles and isolates are left to the end of the process.
  auto* worker = new Worker(options, std::move(system));
  return worker->Run(options, sandbox);
}

}  // namespace nano::server
