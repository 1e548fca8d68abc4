// The supervisor: starts the workers, starts those that die again, and stops them all, or has the
// server of a new program take over.
//
// Owns the listening sockets, the workers' processes with the channels to them, and an event loop,
// on which what decides about releases runs as well. Never initialises V8, whose threads would not
// survive a fork, so it can fork a worker at any moment. Thread: the main one of the process that
// was started; a worker leaves through Outcome::worker, with the supervisor's loop closed and its
// sockets gone. What else ran on the loop is left to the worker's end, and never touched.
#pragma once

#include <sys/types.h>
#include <uv.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "net/handles.h"
#include "server/control/reminders.h"
#include "server/deploy/workers.h"
#include "server/faults/app_faults.h"
#include "server/log/log.h"
#include "server/log/log_flusher.h"
#include "server/metrics/app_metrics.h"
#include "server/supervisor/connection_relay.h"
#include "server/supervisor/listening_sockets.h"
#include "server/supervisor/predecessor.h"
#include "server/supervisor/service_manager.h"
#include "server/supervisor/service_reports.h"
#include "server/supervisor/store_keeper.h"
#include "server/supervisor/stray_connections.h"
#include "server/supervisor/upgrade.h"

namespace nano::server {

class Supervisor final : private Workers {
 public:
  struct Options {
    size_t workers = 1;
    // How long workers may go on with their requests after a signal to stop.
    std::chrono::milliseconds shutdown_timeout{10000};
    // How long they may when another server has taken over.
    std::chrono::milliseconds drain_timeout{30000};
    // SIGHUP means that the terminal is gone: stop. Otherwise: read the files again.
    bool stop_on_hangup = false;
    Upgrade::Options upgrade;
    ServiceManager service;
    // Whose place this server takes once its workers could serve; null: it serves from its start.
    std::unique_ptr<Predecessor> predecessor;
    // It has taken over.
    std::function<void()> took_over;
    // A server that is to take this one's place is about to be started: the listening sockets that
    // others on the loop have. What comes of that is told by `handed_over`: whether it serves.
    std::function<Result<std::vector<HandedSockets>>()> handing_over;
    std::function<void(bool serves)> handed_over;
  };

  // What a new worker's process begins with; the descriptors are its own.
  struct WorkerStart {
    bool is_store = false;  // No worker but the store, which has `control` alone.
    size_t slot = 0;
    bool is_probe = false;     // It gets no connections.
    std::string group;         // Whose apps alone it runs; empty: it serves all.
    bool accepts = true;       // Else: once it is told to (MessageKind::kAccept).
    bool tries = false;        // What nobody knows yet whether it boots is seen here.
    std::vector<int> sockets;  // Listening.
    int receiver = -1;         // Of connections of workers that are not there, or of other groups.
    int control = -1;          // Its end of a channel to the supervisor …
    std::shared_ptr<Reminders> reminders;  // … and to look there.
    std::shared_ptr<const Release> release;
    std::vector<ReplacedSite> replaced;  // Versions before it whose files are still found.
  };

  // How Start and Run end.
  struct Outcome {
    std::optional<WorkerStart> worker;  // This is a new worker's process.
    int exit_status = 0;                // Else: the supervisor's.
  };

  // Makes what is told of the workers, and decides what they serve; on the supervisor's loop.
  using MakeObserver = std::function<std::unique_ptr<WorkersObserver>(uv_loop_t*, Workers&)>;

  // `sockets` has a slot for each worker. `faults`, which has one more for the probe and kMaxGroups
  // for groups, `metrics` and `log` outlive the supervisor.
  Supervisor(Options options, ListeningSockets sockets, AppFaults& faults, AppMetrics& metrics,
             Log& log, const MakeObserver& make_observer);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // Why it cannot start. It does nothing then, and is to be asked for nothing else.
  const std::optional<Error>& failure() const { return failure_; }

  // Forks the workers that are due. Returns in each of them, and nothing in the supervisor.
  std::optional<WorkerStart> Start();

  // Watches over the workers until a signal ends the server. Returns in the supervisor then, and in
  // every worker that it forked meanwhile. As process 1 of a container it also reaps whatever else
  // has become its child. SIGTERM and SIGINT let the workers finish what they have
  // begun; at the end of `shutdown_timeout` they cut it; a second one kills them. The exit status
  // is 1 then. SIGUSR2 starts a successor; when that serves, the workers finish what they have, and
  // the supervisor ends.
  Outcome Run();

 private:
  struct Slot;

  // Workers
  std::vector<WorkerLink*> live() override;
  void StartProbe() override;
  void EndProbe() override;
  void Replace(WorkerLink& worker, const std::string& reason) override;
  void End(WorkerLink& worker, const std::string& why, Blame blame,
           const std::optional<AppFaults::End>& limit) override;
  void Remind(WorkerLink& worker) override;
  bool started() const override { return announced_; }
  std::optional<uint32_t> Running(const WorkerLink& worker) const override;
  Result<std::set<std::string>> StartGroups(const std::set<std::string>& groups) override;
  void KeepGroups(const std::set<std::string>& groups) override;
  void Allow(const Release& served, const Release& next) override { store_->Allow(served, next); }
  void AskStore(StoreService service, std::string message, StoreDone done) override {
    store_->Ask(service, std::move(message), std::move(done));
  }
  uint64_t deaths(size_t slot) const override;

  Slot& SlotAt(size_t index) const;

  // supervisor_groups.cc
  Result<void> StartGroup(const std::string& group);
  void EndGroup(Slot& slot);
  void TellChannel(WorkerLink& worker, const std::string& group, int sender);
  void TellChannels(WorkerLink& worker);
  void RemoveEndedGroups();
  // When the workers that serve all have ended.
  void StopGroups();

  std::optional<WorkerStart> Fork(Slot& slot);
  std::optional<WorkerStart> ForkStore();
  void LeaveLoop(const std::set<int>& kept);
  WorkerStart BecomeWorker(Slot& slot, Descriptor control);
  bool IsToTry(const Slot& slot) const;
  ConnectionRelay::Ends TakeRelay();
  void FailToStart(const Error& error);
  void CloseLoop();

  // supervisor_life.cc
  void OnSignal(int signal);
  void OnServing(Slot& slot);
  void OnSandbox(const std::string& state);
  void TakeCharge(bool reload);
  void Reload();
  void Tell(WorkerLink& worker, MessageKind kind);
  Result<Handover> HandOver();
  void RelayOrphans();
  void OnBeat();
  void Reap();
  void OnDeath(Slot& slot, int status);
  void OnProbeDeath(int status);
  // Of a worker that an app has ended.
  struct AppFault {
    uint32_t version = 0;               // It may be known to nobody any more.
    std::string app;                    // Its name.
    uint64_t lost = 0;                  // Requests of others.
    std::optional<AppFaults::End> end;  // If the worker has ended itself for it.
  };
  void OnAppFault(const Slot& slot, pid_t pid, const std::string& death, const AppFault& fault);

  // supervisor_end.cc
  void Retire(Successor& successor);
  void GiveUp(const std::string& why);
  void Stop(int signal);
  void BeginToEnd();
  void OnShutdownTimeout();
  void TellUnfinished(const std::string& text, std::chrono::milliseconds timeout);
  void Kill();  // All workers, at once.
  bool AnyAlive() const;

  template <typename Visit>
  void EachSlot(Visit visit) const {
    for (const auto& slot : slots_) visit(*slot);
    for (const auto& slot : group_slots_) visit(*slot);
  }

  Options options_;
  ListeningSockets sockets_;
  AppFaults& faults_;
  AppMetrics& metrics_;
  Log& log_;
  const pid_t pid_;
  uv_loop_t loop_;
  bool loop_open_ = false;
  std::vector<net::Signal> signals_;
  std::optional<LogFlusher> flusher_;
  std::optional<ConnectionRelay> relay_;
  const std::shared_ptr<Reminders> reminders_;  // Of all slots.
  std::optional<StoreKeeper> store_;
  std::optional<net::Timer> shutdown_timer_;
  std::optional<net::Timer> beat_;
  std::vector<std::unique_ptr<Slot>> slots_;        // Of workers that serve all …
  std::vector<std::unique_ptr<Slot>> group_slots_;  // … and of groups', from behind the probe's on.
  std::unique_ptr<Slot> probe_;
  std::optional<StrayConnections> strays_;
  uint64_t last_link_ = 0;
  std::unique_ptr<WorkersObserver> observer_;
  std::optional<ServiceReports> reports_;
  std::optional<Upgrade> upgrade_;
  std::unique_ptr<Predecessor> predecessor_;  // Until this server is in charge.
  bool in_charge_ = true;                     // Its workers may accept connections.
  bool sandbox_told_ = false;                 // What workers say of theirs.
  bool announced_ = false;                    // All of them could serve, which has been told.
  uint64_t handed_release_ = 0;               // What was served when the successor was started.
  bool reload_asked_ = false;                 // By a signal since then.
  bool stopping_ = false;
  bool retiring_ = false;  // Another server has taken over, and nobody said that this one stop.
  bool replaced_ = false;  // Another server has taken over.
  bool groups_stopped_ = false;  // Their workers were asked to end.
  bool overdue_ = false;         // The workers' time is up …
  bool killing_ = false;         // … and they were killed.
  int exit_status_ = 0;
  std::optional<Error> failure_;
};

}  // namespace nano::server
