// A process and its channels. See store_keeper.h for ownership and threads.
#include "server/supervisor/store_keeper.h"

#include <sys/wait.h>

#include <algorithm>
#include <utility>

#include "server/storage/store_channel.h"
#include "server/supervisor/worker_death.h"

namespace nano::server {
namespace {

// Longer than workers take to finish what they have of a version: `drain_timeout` is mostly 30 s.
constexpr uint64_t kRememberMs = 10 * 60'000;

StoreScope ScopeOf(const AppVersion& version) {
  StoreScope scope{.id = version.id, .app = version.name};
  for (const KvBinding& binding : version.kv) {
    scope.kv.push_back({.name = binding.space, .url = binding.url});
  }
  return scope;
}

}  // namespace

StoreKeeper::StoreKeeper(uv_loop_t* loop, Log& log)
    : loop_(loop), log_(log), restart_(loop, [this] { due_ = true; }) {}

StoreKeeper::~StoreKeeper() = default;

// An app that changes its group may run in both for a while.
void StoreKeeper::Allow(const Release& release) {
  const uint64_t now = uv_now(loop_);
  bool changed = false;
  for (const ServedApp& app : release.apps()) {
    app.EachVersion([&](const std::shared_ptr<const AppVersion>& version) {
      const auto [entry, is_new] = scopes_.try_emplace(version->id);
      Known& known = entry->second;
      if (is_new) known.scope = ScopeOf(*version);
      known.seen = now;
      std::vector<std::string>& groups = known.scope.groups;
      const bool has_group = std::ranges::find(groups, app.group) != groups.end();
      if (!has_group) groups.push_back(app.group);
      changed = changed || is_new || !has_group;
      if (is_new && !known.scope.kv.empty()) Start();
    });
  }
  changed |= std::erase_if(scopes_, [now](const auto& entry) {
               return entry.second.seen + kRememberMs < now;
             }) != 0;
  if (changed) TellScopes();
}

void StoreKeeper::Start() {
  if (pid_ == 0 && !ending_ && !restart_.active()) due_ = true;
}

void StoreKeeper::Started(pid_t pid, Descriptor channel) {
  due_ = false;
  pid_ = pid;
  started_ms_ = uv_now(loop_);
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
  log_.Error("the store " + DescribeDeath(status) + "; starting it again" +
                 (delay == 0 ? "" : " in " + std::to_string(delay) + " ms"),
             {{"pid", pid}});
  if (delay == 0) {
    due_ = true;
  } else {
    restart_.Start(delay);
  }
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
  for (const auto& [id, worker] : std::exchange(waiting_, {})) {
    const Descriptor end = MakeChannel({.group = worker->group, .is_probe = worker->is_probe});
    if (end.get() < 0) continue;
    const auto kind = static_cast<uint8_t>(MessageKind::kStore);
    if (worker->channel != nullptr) (void)worker->channel->Send(kind, {}, end.get());
  }
  if (std::exchange(operator_waits_, false)) {
    Descriptor end = MakeChannel({.is_operator = true});
    if (end.get() >= 0) operator_->SetChannel(std::move(end));
  }
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
  StoreScopes scopes;
  for (const auto& [id, known] : scopes_) scopes.scopes.push_back(known.scope);
  const Result<void> told =
      channel_->Send(static_cast<uint8_t>(MessageKind::kStoreScopes), Encode(scopes));
  if (!told.ok()) log_.Error("the store is not told of a release: " + told.error().ToString());
}

void StoreKeeper::End() {
  ending_ = true;
  due_ = false;
  restart_.Stop();
  if (channel_ != nullptr) (void)channel_->Send(static_cast<uint8_t>(MessageKind::kFinish), {});
}

void StoreKeeper::OnPacket(Packet) {}

void StoreKeeper::OnChannelEnd(std::string_view error) {
  if (!error.empty()) log_.Error("the channel to the store has ended: " + std::string(error));
  channel_.reset();
}

}  // namespace nano::server
