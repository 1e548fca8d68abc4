// A process and its channels. See store_keeper.h for ownership and threads.
#include "server/supervisor/store_keeper.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <utility>

#include "server/storage/store_channel.h"
#include "server/supervisor/worker_death.h"

namespace nano::server {
namespace {

// What it finishes then nobody waits for.
constexpr uint64_t kEndMs = 5'000;

// How long it takes until somebody may have given back a descriptor.
constexpr uint64_t kConnectMs = 1000;

}  // namespace

StoreKeeper::StoreKeeper(uv_loop_t* loop, Log& log)
    : loop_(loop),
      log_(log),
      restart_(loop, [this] { due_ = true; }),
      connect_(loop, [this] { ConnectWaiting(); }),
      end_(loop, [this] {
        if (pid_ != 0) kill(pid_, SIGKILL);
      }) {}

StoreKeeper::~StoreKeeper() = default;

void StoreKeeper::Allow(const Release& served, const Release& next) {
  if (scopes_.Allow(served, next, uv_now(loop_))) TellScopes();
  if (scopes_.NeedStore()) Start();
}

void StoreKeeper::Start() {
  if (pid_ == 0 && !ending_ && !restart_.active()) due_ = true;
}

void StoreKeeper::Started(pid_t pid, Descriptor channel) {
  due_ = false;
  pid_ = pid;
  started_ms_ = uv_now(loop_);
  pulse_ = {};
  auto opened = Channel::Open(loop_, std::move(channel), *this);
  if (!opened.ok()) return log_.Error("cannot tell the store anything: " + opened.error().message);
  channel_ = std::move(opened).value();
  TellScopes();
  ConnectWaiting();
}

void StoreKeeper::FailedToStart(const std::string& why) {
  due_ = false;
  const uint64_t delay = backoff_.OnDeath(0);
  log_.Error("cannot start the store: " + why + "; trying again in " + std::to_string(delay) +
             " ms");
  restart_.Start(delay);
}

void StoreKeeper::OnDeath(int status) {
  const pid_t pid = std::exchange(pid_, 0);
  channel_.reset();
  if (ending_) return;
  uv_update_time(loop_);
  // What has killed it from outside is no reason to be careful with it: all apps wait.
  const uint64_t lived =
      IsOwnFault(status) ? uv_now(loop_) - started_ms_ : RestartBackoff::kHealthyMs;
  const uint64_t delay = backoff_.OnDeath(lived);
  const auto hung = std::exchange(hung_, std::nullopt);
  log_.Error("the store " + (hung ? DescribeHang(*hung) : DescribeDeath(status)) +
                 "; starting it again" + (delay == 0 ? "" : " in " + std::to_string(delay) + " ms"),
             {{"pid", pid}});
  if (delay == 0) {
    due_ = true;
  } else {
    restart_.Start(delay);
  }
}

// That its threads wait for a disk is nothing that it could be blamed for: its loop answers.
void StoreKeeper::Beat() {
  if (pid_ == 0 || channel_ == nullptr || hung_) return;
  if (!pulse_.waiting()) {
    pulse_.Asked();
    (void)channel_->Send(static_cast<uint8_t>(MessageKind::kPing), {});
    return;
  }
  const std::optional<ThreadState> thread = MainThreadOf(pid_);
  if (!thread) return;  // It has just ended.
  const Pulse::Finding finding = pulse_.Look(uv_now(loop_), *thread);
  if (finding == Pulse::Finding::kWait) return;
  hung_ = finding;
  kill(pid_, SIGKILL);
}

void StoreKeeper::Connect(WorkerLink& worker) {
  waiting_[worker.id] = &worker;
  Start();
  ConnectWaiting();
}

void StoreKeeper::Forget(const WorkerLink& worker) { waiting_.erase(worker.id); }

void StoreKeeper::Ask(StoreService service, std::string message, StoreDone done) {
  if (!operator_) {
    operator_.emplace(loop_, log_, [this] {
      operator_waits_ = true;
      Start();
      ConnectWaiting();
    });
  }
  operator_->Start(service, 0, std::move(message), std::move(done));
}

void StoreKeeper::ConnectWaiting() {
  if (channel_ == nullptr) return;
  for (auto waiting = waiting_.begin(); waiting != waiting_.end();) {
    WorkerLink* const worker = waiting->second;
    const Descriptor end = MakeChannel({.group = worker->group, .is_probe = worker->is_probe});
    if (end.get() < 0) return connect_.Start(kConnectMs);
    waiting = waiting_.erase(waiting);
    const auto kind = static_cast<uint8_t>(MessageKind::kStore);
    if (worker->channel != nullptr) (void)worker->channel->Send(kind, {}, end.get());
  }
  if (!operator_waits_) return;
  Descriptor end = MakeChannel({.is_operator = true});
  if (end.get() < 0) return connect_.Start(kConnectMs);
  operator_waits_ = false;
  operator_->SetChannel(std::move(end));
}

Descriptor StoreKeeper::MakeChannel(const StoreUser& user) {
  auto ends = StoreChannel::MakeEnds();
  if (ends.ok()) {
    const Result<void> told = channel_->Send(static_cast<uint8_t>(MessageKind::kStoreUser),
                                             Encode(user), ends->first.get());
    if (told.ok()) return std::move(ends->second);
    log_.Error("the store gets no channel: " + told.error().ToString());
  } else {
    log_.Error("the store gets no channel: " + ends.error().ToString());
  }
  return {};
}

void StoreKeeper::TellScopes() {
  if (channel_ == nullptr) return;
  const Result<void> told =
      channel_->Send(static_cast<uint8_t>(MessageKind::kStoreScopes), Encode(scopes_.scopes()));
  if (!told.ok()) log_.Error("the store is not told of a release: " + told.error().ToString());
}

void StoreKeeper::End() {
  if (!std::exchange(ending_, true)) end_.Start(kEndMs);
  due_ = false;
  restart_.Stop();
  connect_.Stop();
  if (channel_ != nullptr) (void)channel_->Send(static_cast<uint8_t>(MessageKind::kFinish), {});
}

// It has nothing else to say.
void StoreKeeper::OnPacket(Packet packet) {
  if (static_cast<MessageKind>(packet.kind) == MessageKind::kPong) pulse_.Answered();
}

void StoreKeeper::OnChannelEnd(std::string_view error) {
  if (!error.empty()) log_.Error("the channel to the store has ended: " + std::string(error));
  channel_.reset();
}

}  // namespace nano::server
