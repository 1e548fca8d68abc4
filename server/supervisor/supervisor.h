// The supervisor: starts the workers, starts those that die again, and stops them all.
//
// Owns the listening sockets, the workers' processes and an event loop. Never initialises V8, whose
// threads would not survive a fork, so it can fork a worker at any moment. Thread: the main one of
// the process that was started; a worker leaves through Outcome::worker_slot, with the supervisor's
// loop closed and its descriptors gone.
#pragma once

#include <sys/types.h>
#include <uv.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/handles.h"
#include "server/faults/app_faults.h"
#include "server/log/log.h"
#include "server/log/log_flusher.h"
#include "server/supervisor/connection_relay.h"
#include "server/supervisor/listening_sockets.h"

namespace nano::server {

class Supervisor {
 public:
  struct Options {
    size_t workers = 1;
    // How long workers may go on with their requests after a signal to stop.
    std::chrono::milliseconds shutdown_timeout{10000};
    // SIGHUP means that the terminal is gone: stop. Otherwise it is reported and ignored.
    bool stop_on_hangup = false;
  };

  // How Start and Run end.
  struct Outcome {
    std::optional<size_t> worker_slot;  // This is a new worker's process.
    int exit_status = 0;                // Else: the supervisor's.
  };

  // `sockets` has a slot for each worker. `faults` and `log` outlive the supervisor.
  Supervisor(Options options, ListeningSockets sockets, AppFaults& faults, Log& log);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // Forks the first workers. Returns a slot in each of them and nothing in the supervisor.
  std::optional<size_t> Start();

  // Watches over the workers until a signal ends the server. Returns in the supervisor then, and in
  // every worker that it forked meanwhile. SIGTERM and SIGINT let the workers finish what they have
  // begun; a second one, or the end of `shutdown_timeout`, kills them, and the exit status is 1.
  Outcome Run();

  // In a worker: where connections of workers that are not there come from (Listener::Receive).
  int TakeRelayReceiver() { return std::exchange(relay_receiver_, -1); }
  // In a worker: the listening sockets of its slot, which are its own from now on.
  std::vector<int> TakeListeningSockets(size_t slot) { return sockets_.TakeSlot(slot); }

 private:
  struct Slot;

  bool Fork(Slot& slot);
  void BecomeWorker();
  void CloseLoop();
  void OnSignal(int signal);
  void RefuseReload();
  void RelayOrphans();
  void Reap();
  void OnDeath(Slot& slot, int status);
  void OnAppFault(const Slot& slot, pid_t pid, const std::string& death, size_t app);
  void Stop(int signal);
  void OnShutdownTimeout();
  void Signal(int signal);
  bool AnyAlive() const;

  const Options options_;
  ListeningSockets sockets_;
  AppFaults& faults_;
  Log& log_;
  const pid_t pid_;
  uv_loop_t loop_;
  bool loop_open_ = false;
  std::vector<net::Signal> signals_;
  std::optional<LogFlusher> flusher_;
  std::optional<ConnectionRelay> relay_;
  int relay_receiver_ = -1;  // In a worker.
  std::optional<net::Timer> shutdown_timer_;
  std::vector<std::unique_ptr<Slot>> slots_;
  bool stopping_ = false;
  bool killing_ = false;  // The workers' time is up.
  int exit_status_ = 0;
};

}  // namespace nano::server
