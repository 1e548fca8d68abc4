// The supervisor at its loop: signals and deaths. See supervisor.h for ownership and threads;
// forking is in supervisor.cc, the server's end in supervisor_end.cc.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "base/timestamp.h"
#include "server/limits/reason.h"
#include "server/supervisor/handed_sites.h"
#include "server/supervisor/slot.h"
#include "server/supervisor/supervisor.h"
#include "server/supervisor/worker_death.h"

namespace nano::server {
namespace {

std::string DescribeDelay(uint64_t delay_ms) {
  return delay_ms == 0 ? "starting it again"
                       : "starting it again in " + std::to_string(delay_ms) + " ms";
}

}  // namespace

void Supervisor::OnSignal(int signal) {
  const bool changes = signal == SIGUSR2 || (signal == SIGHUP && !options_.stop_on_hangup);
  if (stopping_ && changes) {
    return log_.Warn(SignalName(signal) + " comes too late: the server is ending");
  }
  switch (signal) {
    case SIGCHLD:
      Reap();
      break;
    case SIGHUP:
      if (options_.stop_on_hangup) {
        Stop(signal);
      } else {
        reload_asked_ = true;
        Reload();
      }
      break;
    case SIGUSR2:
      upgrade_->Begin();
      break;
    default:
      Stop(signal);
  }
}

void Supervisor::Reload() {
  if (stopping_) return;
  reports_->Reloading();
  observer_->OnReloadSignal([this](bool failed) {
    reports_->Reloaded(observer_->current().get(), observer_->broken(), failed);
  });
}

// A worker could answer requests. Once all have been able to, the server serves.
void Supervisor::OnServing(Slot& slot) {
  slot.serving = slot.tried = true;
  bool all = true;
  EachSlot([&all](const Slot& each) { all = all && each.serving; });
  if (!all || announced_ || stopping_) return;
  announced_ = true;
  if (predecessor_ == nullptr) return TakeCharge(false);
  predecessor_->TellReady(&loop_, [this](bool reload) { TakeCharge(reload); });
}

// The first one speaks for all: they are in the same system.
void Supervisor::OnSandbox(const std::string& state) {
  const auto told = Decode<SandboxState>(state);
  if (!told.ok() || std::exchange(sandbox_told_, true)) return;
  if (told->missing.empty()) {
    log_.Info("workers are in a sandbox", {{"in_force", told->in_force}});
  } else {
    log_.Warn("the system does not give workers all of their sandbox; without: " + told->missing,
              {{"in_force", told->in_force}});
  }
}

void Supervisor::TakeCharge(bool reload) {
  if (stopping_) return;
  in_charge_ = true;
  if (predecessor_ != nullptr) {
    log_.Info("took over from the server of process " + std::to_string(predecessor_->pid()));
    predecessor_.reset();
    for (WorkerLink* worker : live()) Tell(*worker, MessageKind::kAccept);
    observer_->OnInCharge();
    if (options_.took_over) options_.took_over();
  }
  reports_->Serving(observer_->current().get(), observer_->broken());
  if (reload) Reload();
}

void Supervisor::Tell(WorkerLink& worker, MessageKind kind) {
  if (const Result<void> told = worker.Send(kind); !told.ok()) {
    Replace(worker, told.error().ToString());
  }
}

Result<Handover> Supervisor::HandOver() {
  Handover handover;
  handover.pid = pid_;
  handover.sockets = TRY(sockets_.Copies());
  if (options_.handing_over) {
    std::vector<HandedSockets> more = TRY(options_.handing_over());
    std::move(more.begin(), more.end(), std::back_inserter(handover.sockets));
  }
  ConnectionRelay::Ends relay = TRY(relay_->Copies());
  handover.relay_sender = std::move(relay.sender);
  handover.relay_receiver = std::move(relay.receiver);
  reload_asked_ = false;
  if (const auto release = observer_->current(); release != nullptr) {
    handed_release_ = release->number();
    for (const ServedApp& app : release->apps()) {
      if (app.version->refusal.empty() && !app.leaving) handover.apps.push_back(app.name());
    }
    handover.sites =
        SitesOf(*release, observer_->replaced(), options_.upgrade.timeout, uv_now(&loop_));
  }
  return handover;
}

// A worker in backoff, or one that accepts no more because it is being replaced, has its
// connections served by the others, if there are any.
void Supervisor::RelayOrphans() {
  const auto accepts = [](const auto& slot) { return slot->pid != 0 && !slot->replaced; };
  const bool any_accepts = std::any_of(slots_.begin(), slots_.end(), accepts);
  for (const auto& slot : slots_) {
    relay_->SetOrphaned(slot->index, !accepts(slot) && any_accepts && in_charge_ && !stopping_);
  }
}

// Whoever does not answer is found (pulse.h). At the server's end it has its time anyway.
void Supervisor::OnBeat() {
  if (stopping_) return;
  beat_->Start(Pulse::kBeatMs);
  store_->Beat();
  EachSlot([this](Slot& slot) {
    if (slot.pid == 0 || slot.replaced || slot.hung) return;
    if (!slot.pulse.waiting()) {
      slot.pulse.Asked();
      return Tell(*slot.link, MessageKind::kPing);
    }
    const std::optional<ThreadState> thread = MainThreadOf(slot.pid);
    if (!thread) return;  // It has just ended.
    const Pulse::Finding finding = slot.pulse.Look(uv_now(&loop_), *thread);
    if (finding == Pulse::Finding::kWait) return;
    slot.hung = finding;
    kill(slot.pid, SIGKILL);
  });
}

// All children: as process 1 of a container this one has been given those of others as well.
void Supervisor::Reap() {
  int status = 0;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    Slot* slot = nullptr;
    EachSlot([&](Slot& each) {
      if (each.pid == pid) slot = &each;
    });
    if (slot != nullptr) {
      OnDeath(*slot, status);
    } else if (pid == probe_->pid) {
      OnProbeDeath(status);
    } else if (pid == store_->pid()) {
      store_->OnDeath(status);
    } else {
      upgrade_->OnDeath(pid, status);
    }
  }
}

void Supervisor::OnProbeDeath(int status) {
  probe_->pid = 0;
  const std::unique_ptr<WorkerLink> link = std::move(probe_->link);
  store_->Forget(*link);
  const std::optional<uint32_t> version = faults_.TakeRunning(probe_->index);
  metrics_.EndRow(probe_->index, {});
  if (probe_->replaced || stopping_) return;
  observer_->OnEnded(*link, {.text = DescribeDeath(status), .version = version});
}

void Supervisor::OnDeath(Slot& slot, int status) {
  const pid_t pid = std::exchange(slot.pid, 0);
  slot.orphan_timer.Stop();
  slot.replace_timer.Stop();
  const bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  std::optional<uint32_t> version = faults_.TakeRunning(slot.index);
  std::optional<AppFaults::End> end = faults_.TakeEnd(slot.index);
  if (!slot.late.empty()) end = slot.late_limit;
  const bool keeps_others = slot.hung == Pulse::Finding::kHung ||
                            (!slot.late.empty() && slot.late_blame == Blame::kWhatItRuns);
  if (!IsOwnFault(status) && !keeps_others) version.reset();
  // As it is now: whoever hears of the end may forget versions that nobody has any more.
  const std::string app = version ? faults_.name(*version) : std::string();
  const uint64_t lost = metrics_.EndRow(slot.index, app);
  const std::unique_ptr<WorkerLink> link = std::move(slot.link);
  store_->Forget(*link);
  if (!slot.replaced) ++slot.deaths;
  const std::string death = slot.hung           ? DescribeHang(*slot.hung)
                            : slot.late.empty() ? DescribeDeath(status)
                                                : slot.late + " and was ended";
  if (!stopping_) observer_->OnEnded(*link, {.text = death, .version = version});
  std::string text = slot.name() + " " + death;
  if (stopping_) {
    if (!retiring_ && !killing_) StopGroups();
    // Requests were cut off: whoever stopped the server should know.
    if (!clean) exit_status_ = 1;
    const bool was_told = killing_ || (overdue_ && WIFEXITED(status));  // What is cut was.
    if (!clean && !was_told) {
      log_.Write(LogLevel::kWarn, app, text,
                 {{"slot", slot.number()}, {"pid", pid}, {"lost", static_cast<int64_t>(lost)}});
    }
    return;
  }
  if (!announced_ && predecessor_ != nullptr) return GiveUp(text);
  uv_update_time(&loop_);
  if (slot.ending && !version.has_value()) {
    if (!clean) log_.Warn(text, {{"slot", slot.number()}, {"pid", pid}});
    return;
  }
  if (slot.replaced) {
    // That it is replaced was told; not that it did not come to its end.
    if (!clean) {
      log_.Write(LogLevel::kWarn, app, text,
                 {{"slot", slot.number()}, {"pid", pid}, {"lost", static_cast<int64_t>(lost)}});
    }
    slot.due = true;
    return;
  }
  if (version.has_value()) {
    // The app is what must not run again at once; the worker is needed by the others.
    OnAppFault(slot, pid, text, {*version, app, lost, end});
    slot.due = !slot.ending;
    return;
  }
  const uint64_t delay = slot.backoff.OnDeath(uv_now(&loop_) - slot.started_ms);
  text += "; " + DescribeDelay(delay);
  const AppFaults::End at = end.value_or(AppFaults::End{});
  log_.Write(clean ? LogLevel::kInfo : LogLevel::kError, {}, text,
             {{"slot", slot.number()},
              {"pid", pid},
              LogField::IfAny("reason", end ? WordsOf(at.reason).name : std::string_view()),
              LogField::IfAny("limit", static_cast<int64_t>(at.limit)),
              LogField::IfAny("used", static_cast<int64_t>(at.used)),
              {"lost", static_cast<int64_t>(lost)}});
  if (delay == 0) {
    slot.due = true;
  } else {
    slot.restart_timer.Start(delay);
  }
}

// The isolate was to be stopped, and the worker had no chance to count that.
void Supervisor::OnAppFault(const Slot& slot, pid_t pid, const std::string& death,
                            const AppFault& fault) {
  AppCounters& counters = metrics_.OfSupervisor(fault.app);
  counters.worker_deaths.Add(1);
  counters.lost.Add(fault.lost);
  std::string text = death + "; it was running this app";
  if (!slot.ending) text += "; " + DescribeDelay(0);
  const LogField of_slot{"slot", slot.number()};
  const LogField of_process{"pid", pid};
  const LogField lost{"lost_of_others", static_cast<int64_t>(fault.lost)};
  if (fault.end) {
    counters.stops[static_cast<size_t>(fault.end->reason)].Add(1);
    counters.lost_unread.Add(fault.end->unread);
    LogField unread{"unread", static_cast<int64_t>(fault.end->unread)};
    unread.is_left_out = fault.end->reason == Reason::kDrainTimeout;  // Nobody has looked.
    log_.Write(LogLevel::kError, fault.app, text,
               {of_slot,
                of_process,
                {"reason", WordsOf(fault.end->reason).name},
                {"limit", static_cast<int64_t>(fault.end->limit)},
                {"used", static_cast<int64_t>(fault.end->used)},
                lost,
                unread});
  } else {
    log_.Write(LogLevel::kError, fault.app, text, {of_slot, of_process, lost});
  }
  const std::string_view reason = fault.end ? WordsOf(fault.end->reason).name : std::string_view();
  const uint64_t now = uv_now(&loop_);
  AppFaults::Death counted{.now_ms = now, .time = WallClockMs(), .text = death};
  if (fault.end) counted.reason = fault.end->reason;
  const uint64_t refused_ms = faults_.Blame(fault.version, std::move(counted));
  observer_->OnBlamed(fault.version);
  if (refused_ms == 0) return;
  const uint32_t deaths = faults_.CircuitOf(fault.version, now)->deaths;
  log_.Write(LogLevel::kError, fault.app,
             "keeps ending workers: its requests are answered with 503 for " +
                 std::to_string((refused_ms + 999) / 1000) + " s",
             {{"reason", WordsOf(Reason::kCircuitOpen).name},
              {"retry_after", static_cast<int64_t>((refused_ms + 999) / 1000)},
              {"deaths", deaths},
              LogField::IfAny("last_reason", reason)});
}

}  // namespace nano::server
