// What the supervisor is made of, and how it forks workers. See supervisor.h for ownership and
// threads; what happens at its loop is in supervisor_life.cc, its end in supervisor_end.cc.
#include "server/supervisor/supervisor.h"

#include <signal.h>
#include <unistd.h>

#include <set>
#include <string>

#include "base/check.h"
#include "base/timestamp.h"
#include "server/release/groups.h"
#include "server/supervisor/descriptor_limit.h"
#include "server/supervisor/fork_child.h"
#include "server/supervisor/leave_supervisor.h"
#include "server/supervisor/slot.h"

namespace nano::server {
namespace {

constexpr int kSignals[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR2, SIGCHLD};

}  // namespace

Supervisor::Supervisor(Options options, ListeningSockets sockets, AppFaults& faults,
                       AppMetrics& metrics, Log& log, const MakeObserver& make_observer)
    : options_(std::move(options)),
      sockets_(std::move(sockets)),
      faults_(faults),
      metrics_(metrics),
      log_(log),
      pid_(getpid()),
      reminders_(std::make_shared<Reminders>(options_.workers + 1 + kMaxGroups)),
      predecessor_(std::move(options_.predecessor)),
      in_charge_(predecessor_ == nullptr) {
  NANO_CHECK(uv_loop_init(&loop_) == 0);
  loop_open_ = true;
  flusher_.emplace(&loop_, log.sink());
  relay_.emplace(&loop_, sockets_, options_.workers, TakeRelay());
  strays_.emplace(&loop_, relay_->sender());
  store_.emplace(&loop_, log);
  reports_.emplace(&loop_, std::move(options_.service), options_.workers, log);
  upgrade_.emplace(&loop_, options_.upgrade, log,
                   Upgrade::Callbacks{
                       .hand_over = [this] { return HandOver(); },
                       .ready = [this](Successor& successor) { Retire(successor); },
                       .failed =
                           [this] {
                             if (options_.handed_over) options_.handed_over(false);
                           },
                   });
  for (const int signal : kSignals) {
    signals_.emplace_back(&loop_, signal, [this](int number) { OnSignal(number); });
  }
  shutdown_timer_.emplace(&loop_, [this] { OnShutdownTimeout(); });
  beat_.emplace(&loop_, [this] { OnBeat(); });
  beat_->Start(Pulse::kBeatMs);
  for (size_t i = 0; i < options_.workers; ++i) slots_.push_back(std::make_unique<Slot>(*this, i));
  probe_ = std::make_unique<Slot>(*this, options_.workers);
  probe_->due = false;
  observer_ = make_observer(&loop_, *this);
  if (const auto release = observer_->current()) {
    store_->Allow(*release, *release);
    const auto started = StartGroups(GroupsOf(release->apps()));
    if (!started.ok()) FailToStart(started.error());
  }
  if (in_charge_ && !failure_) observer_->OnInCharge();
}

Supervisor::~Supervisor() { CloseLoop(); }

// That there are no more groups than can be, the release's loader has seen to.
void Supervisor::FailToStart(const Error& error) {
  const std::string where = error.where.empty() ? "" : error.where + ": ";
  failure_ = Error{"the workers of groups cannot be started: " + where + error.message, "",
                   kRaiseDescriptorLimit};
  if (predecessor_ != nullptr) predecessor_->TellFailed(failure_->ToString());
}

// The channel of the server before this one: what is in it is for this one's workers.
ConnectionRelay::Ends Supervisor::TakeRelay() {
  if (predecessor_ == nullptr) return {};
  Handover& handover = predecessor_->handover();
  return {.sender = std::move(handover.relay_sender),
          .receiver = std::move(handover.relay_receiver)};
}

std::optional<Supervisor::WorkerStart> Supervisor::Start() {
  if (store_->due()) {
    if (std::optional<WorkerStart> start = ForkStore()) return start;
  }
  for (const auto* slots : {&slots_, &group_slots_}) {
    for (const auto& slot : *slots) {
      if (!slot->due) continue;
      if (std::optional<WorkerStart> start = Fork(*slot)) return start;
    }
  }
  // The one before it is reaped first.
  return probe_->due && probe_->pid == 0 ? Fork(*probe_) : std::nullopt;
}

Supervisor::Outcome Supervisor::Run() {
  for (;;) {
    // Never from a callback: a child must not find itself in the middle of the supervisor's loop.
    if (std::optional<WorkerStart> start = Start()) return {.worker = std::move(start)};
    RemoveEndedGroups();
    if (stopping_ && !AnyAlive()) {
      observer_->OnWorkersGone();
      if (observer_->ended()) store_->End();
      if (observer_->ended() && store_->pid() == 0)
        return {.worker = std::nullopt, .exit_status = exit_status_};
    }
    RelayOrphans();
    reports_->Update(observer_->current().get(), observer_->broken());
    uv_run(&loop_, UV_RUN_ONCE);
  }
}

// Gives the slot a process. Something in that process.
std::optional<Supervisor::WorkerStart> Supervisor::Fork(Slot& slot) {
  slot.due = false;
  slot.replaced = false;
  slot.serving = false;
  slot.pulse = {};
  slot.hung.reset();
  slot.late.clear();
  slot.late_limit.reset();
  reminders_->Set(slot.index, 0);
  Result<Child> child = ForkChild(kSignals);
  if (child.ok() && child->pid == 0) return BecomeWorker(slot, std::move(child->channel));
  uv_update_time(&loop_);
  slot.started_ms = uv_now(&loop_);
  if (child.ok()) {
    slot.pid = child->pid;
    slot.link = std::make_unique<WorkerLink>(WorkerLink{.id = ++last_link_,
                                                        .slot = slot.index,
                                                        .is_probe = &slot == probe_.get(),
                                                        .group = slot.group,
                                                        .pid = slot.pid,
                                                        .since = WallClockMs(),
                                                        .release = observer_->current(),
                                                        .told = observer_->current()});
    auto channel = Channel::Open(&loop_, std::move(child->channel), slot);
    NANO_CHECK(channel.ok());  // A socket can be watched.
    slot.link->channel = std::move(channel).value();
    metrics_.UseRow(slot.index);
    if (!slot.link->is_probe) TellChannels(*slot.link);
    observer_->OnStarted(*slot.link);
    return std::nullopt;
  }
  const uint64_t delay = slot.backoff.OnDeath(0);
  log_.Error("cannot start " + slot.name() + ": " + child.error().message + "; trying again in " +
             std::to_string(delay) + " ms");
  if (&slot != probe_.get()) slot.restart_timer.Start(delay);
  return std::nullopt;
}

std::optional<Supervisor::WorkerStart> Supervisor::ForkStore() {
  Result<Child> child = ForkChild(kSignals);
  if (child.ok() && child->pid == 0) {
    WorkerStart start{.is_store = true, .control = child->channel.Release()};
    LeaveLoop({start.control});
    return start;
  }
  uv_update_time(&loop_);
  if (child.ok()) {
    store_->Started(child->pid, std::move(child->channel));
  } else {
    store_->FailedToStart(child.error().message);
  }
  return std::nullopt;
}

// In the child: nothing of the supervisor may act here. Its objects are left as they are, because
// ending them would speak to those whom they serve; only the loop, whose signals and descriptors
// are the parent's too, is taken apart.
Supervisor::WorkerStart Supervisor::BecomeWorker(Slot& slot, Descriptor control) {
  WorkerStart start{.slot = slot.index,
                    .is_probe = &slot == probe_.get(),
                    .group = slot.group,
                    .accepts = in_charge_,
                    .tries = IsToTry(slot),
                    .control = control.Release(),
                    .reminders = reminders_,
                    .release = observer_->current(),
                    .replaced = observer_->replaced()};
  if (!slot.group.empty()) {
    start.receiver = slot.receiver.Release();
  } else if (!start.is_probe) {
    start.receiver = relay_->TakeReceiver();
    start.sockets = sockets_.of_slot(slot.index);
  }
  std::set<int> kept(start.sockets.begin(), start.sockets.end());
  kept.insert({start.receiver, start.control});
  // Assets are sent from the copies of their snapshots.
  if (start.release != nullptr) {
    for (const ServedApp& app : start.release->apps()) {
      app.EachVersion([&kept](const std::shared_ptr<const AppVersion>& version) {
        if (version->site != nullptr) kept.insert(version->snapshot->descriptor());
      });
    }
  }
  for (const ReplacedSite& site : start.replaced) kept.insert(site.version->snapshot->descriptor());
  LeaveLoop(kept);
  return start;
}

void Supervisor::LeaveLoop(const std::set<int>& kept) {
  // Gives the loop an epoll set of its own; closing handles would otherwise change the parent's.
  NANO_CHECK(uv_loop_fork(&loop_) == 0);
  AbandonLoop(&loop_);
  loop_open_ = false;
  CloseInheritedBut(kept);
}

// What the server starts with is tried once, in one of the workers that run it; all that comes
// later by probes, before it is served. What did not boot then is known as long as the worker
// lives.
bool Supervisor::IsToTry(const Slot& slot) const {
  const bool is_first = slot.index == 0 || !slot.group.empty();
  if (observer_->TriesAgain(slot.index)) return true;
  return is_first && !slot.tried && !announced_;
}

void Supervisor::CloseLoop() {
  if (!loop_open_) return;
  loop_open_ = false;
  observer_.reset();
  upgrade_.reset();
  predecessor_.reset();
  reports_.reset();
  signals_.clear();
  slots_.clear();
  group_slots_.clear();
  strays_.reset();
  store_.reset();
  probe_.reset();
  shutdown_timer_.reset();
  beat_.reset();
  flusher_.reset();
  relay_.reset();
  uv_run(&loop_, UV_RUN_DEFAULT);
  NANO_CHECK(uv_loop_close(&loop_) == 0);
}

std::vector<WorkerLink*> Supervisor::live() {
  std::vector<WorkerLink*> links;
  EachSlot([&links](const Slot& slot) {
    if (slot.link) links.push_back(slot.link.get());
  });
  return links;
}

void Supervisor::StartProbe() { probe_->due = true; }

void Supervisor::EndProbe() {
  probe_->due = false;
  if (probe_->pid != 0) kill(probe_->pid, SIGKILL);
  probe_->replaced = true;
}

void Supervisor::Replace(WorkerLink& worker, const std::string& reason) {
  Slot& slot = SlotAt(worker.slot);
  if (slot.replaced || slot.pid == 0 || stopping_) return;
  slot.replaced = true;
  worker.replaced = true;
  log_.Warn(slot.name() + " is replaced: " + reason, {{"pid", worker.pid}});
  kill(slot.pid, SIGTERM);
  if (!slot.group.empty() && slot.link->channel) Tell(worker, MessageKind::kFinish);
  // What it is in the middle of may never end, and its connections wait for what takes its place.
  slot.EndWithin(options_.shutdown_timeout);
}

void Supervisor::End(WorkerLink& worker, const std::string& why, Blame blame,
                     const std::optional<AppFaults::End>& limit) {
  Slot& slot = SlotAt(worker.slot);
  if (slot.replaced || slot.pid == 0 || stopping_) return;
  slot.late = why;
  slot.late_blame = blame;
  slot.late_limit = limit;
  kill(slot.pid, SIGKILL);
}

void Supervisor::Remind(WorkerLink& worker) { reminders_->Set(worker.slot, worker.told->number()); }

std::optional<uint32_t> Supervisor::Running(const WorkerLink& worker) const {
  return faults_.RunningIn(worker.slot);
}

uint64_t Supervisor::deaths(size_t slot) const { return SlotAt(slot).deaths; }

Supervisor::Slot& Supervisor::SlotAt(size_t index) const {
  Slot* found = nullptr;
  EachSlot([&](Slot& slot) {
    if (slot.index == index) found = &slot;
  });
  NANO_CHECK(found != nullptr);
  return *found;
}

}  // namespace nano::server
