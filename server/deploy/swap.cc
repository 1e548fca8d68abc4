// The phases of a swap. See swap.h for ownership and threads.
#include "server/deploy/swap.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "server/deploy/stragglers.h"
#include "server/release/groups.h"
#include "server/release/release_codec.h"

namespace nano::server {
namespace {

// For a process to start.
constexpr uint64_t kStartMs = 10'000;
// For a worker to turn to what it was asked: it may be in the middle of a turn of an app, which is
// none of those who wait for the change. Longer than one request may compute unless `limits.cpu`
// says so (config/schema/limits.h). What one promise wakes may take five times that: such a worker
// is left behind, and waited for by whoever ends those that stay there (stragglers.h).
constexpr uint64_t kAnswerMs = 2'000;
// Releases that a worker may be behind, though none of its apps has changed: what it was told is
// kept for it.
constexpr uint32_t kMostBehind = 100;
// What may wait for a worker that reads nothing, be it of attempts that have failed: beyond, it is
// ended.
constexpr size_t kMostPackets = 1'000;
constexpr uint64_t kMostBytes = uint64_t{64} << 20;
// A worker ends health checks by itself; this is for one that cannot.
constexpr uint64_t kGraceMs = 1'000;
constexpr size_t kLogLines = 20;

uint64_t Milliseconds(std::chrono::milliseconds duration) {
  return static_cast<uint64_t>(duration.count());
}

}  // namespace

Swap::Swap(uv_loop_t* loop, Workers& workers, Plan plan, Callbacks callbacks)
    : loop_(loop),
      workers_(workers),
      plan_(std::move(plan)),
      callbacks_(std::move(callbacks)),
      deadline_(loop, [this] { OnDeadline(); }),
      end_(loop, [this] { callbacks_.done(std::exchange(failures_, {})); }) {
  workers_.Allow(*plan_.base, *plan_.next);
  ForEachChange(plan_.base.get(), *plan_.next, [&](const ServedApp* before, const ServedApp* app) {
    if (before != nullptr) groups_.insert(before->group);
    if (app == nullptr) return;
    groups_.insert(app->group);
    app->EachVersion([this](const std::shared_ptr<const AppVersion>& version) {
      const bool is_new = plan_.base->FindVersion(version->id) == nullptr;
      if (!is_new || !version->refusal.empty()) return;
      new_versions_.emplace(version->id, version);
      new_snapshots_.emplace(version->digest, version->bytes);
    });
  });
  const bool all_proven =
      std::all_of(new_versions_.begin(), new_versions_.end(),
                  [this](const auto& entry) { return plan_.is_proven(*entry.second); });
  if (all_proven) {
    PrepareAll();
  } else {
    workers_.StartProbe();
    asked_[0] = {.deadline_ms = uv_now(loop_) + kStartMs};
    ArmDeadline();
  }
}

Swap::~Swap() {
  if (phase_ == Phase::kProbing) workers_.EndProbe();
  if (phase_ == Phase::kPreparing) AbortAll();
}

// A group that is new gets its worker now: it prepares the release like all others, and connections
// find it when they change over.
void Swap::PrepareAll() {
  phase_ = Phase::kPreparing;
  asked_.clear();
  Result<std::set<std::string>> started = workers_.StartGroups(GroupsOf(plan_.next->apps()));
  if (!started.ok()) {
    return Fail({.step = "prepare", .message = started.error().ToString()});
  }
  awaited_ = std::move(started).value();
  if (!awaited_.empty()) asked_[0] = {.deadline_ms = uv_now(loop_) + kStartMs};
  for (WorkerLink* worker : workers_.live()) Ask(*worker, BootAhead::kServing, kAnswerMs);
  Advance();
}

void Swap::Ask(WorkerLink& worker, BootAhead boot, uint64_t patience_ms) {
  // It is about to be replaced; or there is nothing to prepare any more, of which another one could
  // not be told.
  if (worker.channel == nullptr || phase_ == Phase::kOver) return;
  const Channel::Waiting waiting = worker.channel->waiting();
  if (waiting.packets >= kMostPackets || waiting.bytes >= kMostBytes) {
    return EndBusy(workers_, worker,
                   "has left " + std::to_string(waiting.packets) +
                       " messages of the supervisor unread, with " +
                       std::to_string(waiting.bytes >> 20) + " MB");
  }
  if (Awaits(worker)) asked_[worker.id] = {.deadline_ms = uv_now(loop_) + patience_ms};
  if (const Result<void> sent = SendRelease(worker, boot); !sent.ok()) {
    return Fail({.step = "prepare",
                 .message = worker.name() + " cannot be told: " + sent.error().ToString()});
  }
  ArmDeadline();
}

Result<void> Swap::SendRelease(WorkerLink& worker, BootAhead boot) {
  OnTheWay on_the_way{.release = plan_.next->number(), .versions = {}};
  for (const auto& [id, version] : new_versions_) {
    const ServedApp* app = plan_.next->Find(version->name);
    const bool may_run = app != nullptr && Membership::Of(worker.group).Has(*app);
    if (may_run) on_the_way.versions.push_back(id);
  }
  if (!on_the_way.versions.empty()) worker.on_the_way.push_back(std::move(on_the_way));
  for (const auto& [digest, snapshot] : plan_.snapshots) {
    const auto bytes = new_snapshots_.find(digest);
    if (bytes == new_snapshots_.end()) continue;  // Nobody's after all.
    TRY(worker.Send(MessageKind::kSnapshot,
                    SnapshotPassed{.digest = digest, .bytes = bytes->second}, snapshot.get()));
  }
  return worker.Send(MessageKind::kPrepare,
                     Prepare{.number = plan_.next->number(),
                             .boot = boot,
                             .release = EncodeRelease(*worker.told, *plan_.next)});
}

void Swap::OnStarted(WorkerLink& worker) {
  if (phase_ == Phase::kProbing && worker.is_probe) {
    asked_.clear();
    Ask(worker, BootAhead::kAll, kStartMs);
  } else if (phase_ == Phase::kPreparing && !worker.is_probe) {
    awaited_.erase(worker.group);
    if (awaited_.empty()) asked_.erase(0);
    Ask(worker, BootAhead::kServing, kStartMs);
  }
}

void Swap::OnMessage(WorkerLink& worker, MessageKind kind, const std::string& body) {
  if (kind == MessageKind::kPreparing) {
    if (Result<Preparing> message = Decode<Preparing>(body); message.ok()) {
      OnPreparing(worker, *message);
    }
  } else if (kind == MessageKind::kAppLog) {
    if (Result<AppLog> message = Decode<AppLog>(body); message.ok() && IsNew(message->version)) {
      std::vector<std::string>& lines = logs_[message->version];
      if (lines.size() == kLogLines) lines.erase(lines.begin());
      lines.push_back(std::move(message->line));
    }
  } else if (kind == MessageKind::kPrepared) {
    if (Result<Prepared> message = Decode<Prepared>(body); message.ok()) {
      OnPrepared(worker, std::move(message).value());
    }
  } else if (kind == MessageKind::kCommitted && phase_ == Phase::kCommitting) {
    asked_.erase(worker.id);
    Advance();
  }
}

void Swap::OnPreparing(WorkerLink& worker, const Preparing& message) {
  const auto asked = asked_.find(worker.id);
  const auto version = new_versions_.find(message.version);
  if (asked == asked_.end() || version == new_versions_.end()) return;
  const Deployment& deployment = version->second->deployment;
  const bool boots = message.step == "boot";
  asked->second = {
      .version = message.version,
      .step = boots ? "boot" : "health",
      .deadline_ms = uv_now(loop_) + (boots ? Milliseconds(deployment.boot_timeout)
                                            : Milliseconds(deployment.health_timeout) + kGraceMs)};
  ArmDeadline();
}

void Swap::OnPrepared(WorkerLink& worker, Prepared message) {
  if (phase_ == Phase::kCommitting) return;
  if (message.number != plan_.next->number()) return;  // Of an attempt before this one.
  const bool awaited = asked_.erase(worker.id) != 0;
  if (!message.error.empty()) {
    std::string why = "cannot take the release: " + message.error;
    if (awaited) return Fail({.step = "prepare", .message = worker.name() + " " + why});
    // What takes its place can, or is waited for; the others are not kept from theirs. A probe that
    // nobody waits for is about to end.
    if (!worker.is_probe) workers_.Replace(worker, "it " + why);
    return;
  }
  late_.erase(worker.id);
  // Also of one that nobody waits for any more: while the others prepare, it is known in time.
  for (PrepareFailure& failure : message.failures) {
    if (!IsNew(failure.version)) continue;  // Nobody asked for that one.
    failures_.push_back({.version = failure.version,
                         .step = std::move(failure.step),
                         .message = std::move(failure.message),
                         .log = logs_[failure.version]});
  }
  Advance();
}

void Swap::OnEnded(WorkerLink& worker, const WorkerDeath& death) {
  const auto found = asked_.find(worker.id);
  if (found == asked_.end()) return;
  const Asked asked = found->second;
  asked_.erase(found);
  if (phase_ == Phase::kCommitting) return Advance();
  const uint32_t guilty = death.version.value_or(worker.is_probe ? asked.version : 0);
  if (IsNew(guilty)) {
    return Fail({.version = guilty,
                 .step = asked.step.empty() ? "boot" : asked.step,
                 .message = "it ended its process, which " + death.text,
                 .log = logs_[guilty]});
  }
  if (worker.is_probe) {
    return Fail(
        {.step = "boot", .message = "the probe " + death.text + " before it had tried them"});
  }
  Advance();  // What takes its place is prepared when it has started.
}

// Something takes too long. A worker that is busy with something else than what it was asked is no
// reason to keep the others from changing over; it follows.
void Swap::OnDeadline() {
  const uint64_t now = uv_now(loop_);
  std::vector<uint64_t> late;
  for (const auto& [id, asked] : asked_) {
    if (asked.deadline_ms <= now) late.push_back(id);
  }
  for (const uint64_t id : late) {
    WorkerLink* const worker = FindWorker(id);
    const uint32_t begun = asked_[id].version;
    const bool hangs = worker != nullptr && begun != 0 && workers_.Running(*worker) == begun;
    if (phase_ != Phase::kCommitting && (worker == nullptr || hangs)) return FailLate(id);
    asked_.erase(id);
    if (worker == nullptr) continue;
    late_.insert(id);
    if (phase_ == Phase::kCommitting) LeaveBehind(*worker);
  }
  Advance();
}

// A new version does not come to an end, or a process does not start.
void Swap::FailLate(uint64_t id) {
  const Asked& asked = asked_[id];
  SwapFailure failure{.version = asked.version, .step = asked.step};
  if (asked.version == 0) {
    failure.step = "prepare";
    failure.message = phase_ != Phase::kProbing ? "the worker of group " + *awaited_.begin() +
                                                      " did not start within 10 s"
                                                : "the probe did not start within 10 s";
  } else {
    const Deployment& deployment = new_versions_.at(asked.version)->deployment;
    const bool boots = asked.step == "boot";
    failure.message = boots ? "it did not boot within boot_timeout (" +
                                  std::to_string(Milliseconds(deployment.boot_timeout)) + " ms)"
                            : "GET " + deployment.health +
                                  " did not come to an end within health_timeout (" +
                                  std::to_string(Milliseconds(deployment.health_timeout)) +
                                  " ms), nor could it be stopped";
    failure.log = logs_[asked.version];
  }
  Fail(std::move(failure));
}

WorkerLink* Swap::FindWorker(uint64_t id) const {
  for (WorkerLink* worker : workers_.live()) {
    if (worker->id == id) return worker;
  }
  return nullptr;
}

// Whether the worker has an app that changes.
bool Swap::Concerns(const WorkerLink& worker) const { return groups_.contains(worker.group); }

bool Swap::Awaits(const WorkerLink& worker) const {
  if (worker.is_probe) return true;
  return Concerns(worker) && !worker.behind() && !late_.contains(worker.id);
}

void Swap::LeaveBehind(WorkerLink& worker) {
  workers_.Remind(worker);
  if (Concerns(worker) || worker.commits > kMostBehind) callbacks_.left_behind(worker);
}

void Swap::ArmDeadline() {
  uint64_t first = UINT64_MAX;
  for (const auto& [id, asked] : asked_) first = std::min(first, asked.deadline_ms);
  if (first == UINT64_MAX) return deadline_.Stop();
  const uint64_t now = uv_now(loop_);
  deadline_.Start(first > now ? first - now : 0);
}

bool Swap::IsNew(uint32_t version) const { return new_versions_.contains(version); }

// To the next phase, once nobody is waited for.
void Swap::Advance() {
  if (phase_ == Phase::kOver) return;
  if (!asked_.empty()) return ArmDeadline();
  if (!failures_.empty()) return End();
  switch (phase_) {
    case Phase::kProbing:
      workers_.EndProbe();
      return PrepareAll();
    case Phase::kPreparing:
      return Commit();
    case Phase::kCommitting:
      return End();
    case Phase::kOver:
      return;
  }
}

void Swap::Commit() {
  if (Result<void> persisted = callbacks_.persist(); !persisted.ok()) {
    return Fail({.step = "persist", .message = persisted.error().ToString()});
  }
  phase_ = Phase::kCommitting;
  callbacks_.committed();
  for (WorkerLink* worker : workers_.live()) {
    if (worker->channel == nullptr) continue;
    const bool awaited = Awaits(*worker);
    worker->told = plan_.next;
    ++worker->commits;
    const Result<void> sent =
        worker->Send(MessageKind::kCommit, ReleaseNumber{plan_.next->number()});
    if (!sent.ok()) workers_.Replace(*worker, sent.error().ToString());
    if (awaited) {
      asked_[worker->id] = {.deadline_ms = uv_now(loop_) + kAnswerMs};
    } else {
      LeaveBehind(*worker);
    }
  }
  Advance();
}

void Swap::Fail(SwapFailure failure) {
  if (phase_ == Phase::kOver) return;
  failures_.push_back(std::move(failure));
  asked_.clear();
  End();
}

void Swap::AbortAll() {
  for (WorkerLink* worker : workers_.live()) {
    const Result<void> sent =
        worker->Send(MessageKind::kAbort, ReleaseNumber{plan_.next->number()});
    if (!sent.ok()) workers_.Replace(*worker, sent.error().ToString());
  }
  KeepGroups(*plan_.base);
}

void Swap::KeepGroups(const Release& release) { workers_.KeepGroups(GroupsOf(release.apps())); }

void Swap::End() {
  if (phase_ == Phase::kProbing) workers_.EndProbe();
  if (phase_ == Phase::kPreparing) AbortAll();
  if (phase_ == Phase::kCommitting) KeepGroups(*plan_.next);
  phase_ = Phase::kOver;
  deadline_.Stop();
  end_.Start(0);
}

}  // namespace nano::server
