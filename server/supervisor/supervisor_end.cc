// The server's end: by a stop, or since another one has taken over. See supervisor.h for ownership
// and threads.
#include <signal.h>

#include <chrono>
#include <string>
#include <utility>

#include "server/supervisor/slot.h"
#include "server/supervisor/supervisor.h"
#include "server/supervisor/worker_death.h"

namespace nano::server {
namespace {

// For workers to cut what has not finished in time, and to say so.
constexpr uint64_t kCutGraceMs = 1000;

}  // namespace

// The successor serves. The workers end when nothing is under way any more.
void Supervisor::Retire(Successor& successor) {
  const auto release = observer_->current();
  const bool changed =
      reload_asked_ || (release != nullptr && release->number() != handed_release_);
  retiring_ = true;
  replaced_ = true;
  const pid_t pid = successor.pid();
  // In this order: the service manager heeds the successor's words once it is the main process.
  reports_->HandedOver(pid);
  if (options_.handed_over) options_.handed_over(true);
  successor.LetServe(changed);
  log_.Info("process " + std::to_string(pid) +
                " serves from now on; this one ends when it has answered what it has begun",
            {{"drain_timeout_ms", options_.drain_timeout.count()}});
  BeginToEnd();
  for (WorkerLink* worker : live()) Tell(*worker, MessageKind::kRetire);
  shutdown_timer_->Start(static_cast<uint64_t>(options_.drain_timeout.count()));
}

// This server cannot take the place of the other one, which goes on.
void Supervisor::GiveUp(const std::string& why) {
  log_.Error("not taking over: " + why);
  predecessor_->TellFailed(why);
  exit_status_ = 1;
  BeginToEnd();
  Kill();
}

void Supervisor::Stop(int signal) {
  if (stopping_ && !retiring_) {
    // systemd says it once more to those that are left when the main process has ended.
    if (replaced_ && signal == SIGTERM) return;
    TellUnfinished(
        SignalName(signal) + " again: ending the workers without waiting for their requests", {});
    return Kill();
  }
  log_.Info("stopping on " + SignalName(signal));
  if (!std::exchange(retiring_, false)) {
    reports_->Stopping();
    BeginToEnd();
  }
  for (const auto& slot : slots_) {
    if (slot->pid != 0) kill(slot->pid, SIGTERM);
  }
  // A group's worker answers what those that serve all have begun, who are to end first.
  for (const auto& slot : group_slots_) {
    if (slot->link != nullptr) Tell(*slot->link, MessageKind::kStopping);
  }
  StopGroups();
  overdue_ = false;
  shutdown_timer_->Start(static_cast<uint64_t>(options_.shutdown_timeout.count()));
}

// Nothing is begun any more.
void Supervisor::BeginToEnd() {
  stopping_ = true;
  observer_->OnStopping(retiring_);
  if (!retiring_) upgrade_->Cancel();
  RelayOrphans();
  sockets_.Close();
  EachSlot([](Slot& slot) {
    slot.due = false;
    slot.restart_timer.Stop();
  });
  EndProbe();
}

// What has not finished is counted, and then cut by the workers, with a line of the access log for
// each. Who is not able to is killed.
void Supervisor::OnShutdownTimeout() {
  if (std::exchange(overdue_, true)) return Kill();
  shutdown_timer_->Start(kCutGraceMs);
  exit_status_ = 1;
  TellUnfinished("requests, or what they have left behind, did not finish in time: they are cut",
                 retiring_ ? options_.drain_timeout : options_.shutdown_timeout);
  for (WorkerLink* worker : live()) Tell(*worker, MessageKind::kCut);
}

void Supervisor::TellUnfinished(const std::string& text, std::chrono::milliseconds timeout) {
  uint64_t requests = 0;
  std::string apps;
  metrics_.EachInFlight([&](std::string_view app, uint64_t of_app) {
    requests += of_app;
    apps.append(apps.empty() ? "" : ", ").append(app);
    apps.append(" ").append(std::to_string(of_app));
  });
  log_.Warn(text, {LogField::IfAny("timeout_ms", int64_t{timeout.count()}),
                   {"requests", static_cast<int64_t>(requests)},
                   LogField::IfAny("apps", apps)});
}

void Supervisor::Kill() {
  killing_ = true;
  EachSlot([](const Slot& slot) {
    if (slot.pid != 0) kill(slot.pid, SIGKILL);
  });
}

bool Supervisor::AnyAlive() const {
  bool any = false;
  EachSlot([&any](const Slot& slot) { any = any || slot.pid != 0; });
  return any;
}

}  // namespace nano::server
