// Forks, reaps and stops workers. See supervisor.h for ownership and threads.
#include "server/supervisor/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "base/check.h"
#include "runtime/limits.h"
#include "server/supervisor/restart_backoff.h"

namespace nano::server {
namespace {

constexpr int kSignals[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};

std::string SignalName(int signal) {
  const char* abbreviation = sigabbrev_np(signal);
  return abbreviation == nullptr ? "signal " + std::to_string(signal)
                                 : "SIG" + std::string(abbreviation);
}

// "was killed by SIGSEGV (Segmentation fault)", "exited with status 1".
std::string DescribeDeath(int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == runtime::kExitOutOfMemory) {
    return "ended itself because an app passed its memory limit and could not be stopped";
  }
  if (!WIFSIGNALED(status)) return "exited with status " + std::to_string(WEXITSTATUS(status));
  const int signal = WTERMSIG(status);
  const char* description = sigdescr_np(signal);
  std::string text = "was killed by " + SignalName(signal);
  if (signal == SIGKILL) {
    text += " (kill -9, or the kernel being out of memory)";
  } else if (description != nullptr) {
    text += " (" + std::string(description) + ")";
  }
  return text;
}

// Whether code that ran in the worker made it end. Other signals came from outside: an operator, or
// the kernel being out of memory.
bool IsOwnFault(int status) {
  if (WIFEXITED(status)) return WEXITSTATUS(status) != 0;
  switch (WTERMSIG(status)) {
    case SIGABRT:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGSEGV:
    case SIGSYS:
    case SIGTRAP:
      return true;
    default:
      return false;
  }
}

std::string DescribeDelay(uint64_t delay_ms) {
  return delay_ms == 0 ? "starting it again"
                       : "starting it again in " + std::to_string(delay_ms) + " ms";
}

}  // namespace

struct Supervisor::Slot {
  Slot(uv_loop_t* loop, size_t at) : index(at), restart_timer(loop, [this] { due = true; }) {}

  const size_t index;
  pid_t pid = 0;            // 0: no process.
  bool due = true;          // To be forked by the next turn of Run.
  uint64_t started_ms = 0;  // The loop's clock.
  RestartBackoff backoff;
  net::Timer restart_timer;

  int64_t number() const { return static_cast<int64_t>(index) + 1; }
};

Supervisor::Supervisor(Options options, ListeningSockets sockets, AppFaults& faults, Log& log)
    : options_(options), sockets_(std::move(sockets)), faults_(faults), log_(log), pid_(getpid()) {
  NANO_CHECK(uv_loop_init(&loop_) == 0);
  loop_open_ = true;
  flusher_.emplace(&loop_, log.sink());
  relay_.emplace(&loop_, sockets_, options_.workers);
  for (const int signal : kSignals) {
    signals_.emplace_back(&loop_, signal, [this](int number) { OnSignal(number); });
  }
  shutdown_timer_.emplace(&loop_, [this] { OnShutdownTimeout(); });
  for (size_t i = 0; i < options_.workers; ++i) slots_.push_back(std::make_unique<Slot>(&loop_, i));
}

Supervisor::~Supervisor() { CloseLoop(); }

std::optional<size_t> Supervisor::Start() {
  for (const auto& slot : slots_) {
    const size_t index = slot->index;
    if (slot->due && Fork(*slot)) return index;  // There, the slots are gone.
  }
  return std::nullopt;
}

Supervisor::Outcome Supervisor::Run() {
  for (;;) {
    // Never from a callback: a child must not find itself in the middle of the supervisor's loop.
    if (std::optional<size_t> slot = Start()) return {.worker_slot = slot, .exit_status = 0};
    if (stopping_ && !AnyAlive()) return {.worker_slot = std::nullopt, .exit_status = exit_status_};
    RelayOrphans();
    uv_run(&loop_, UV_RUN_ONCE);
  }
}

// Gives the slot a process. True in that process.
bool Supervisor::Fork(Slot& slot) {
  slot.due = false;
  // A signal that comes before the worker has handlers of its own waits until it has.
  sigset_t blocked, previous;
  sigemptyset(&blocked);
  for (const int signal : kSignals) sigaddset(&blocked, signal);
  pthread_sigmask(SIG_BLOCK, &blocked, &previous);
  const pid_t pid = fork();
  if (pid == 0) {
    BecomeWorker();
    return true;
  }
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &previous, nullptr);
  uv_update_time(&loop_);
  slot.started_ms = uv_now(&loop_);
  if (pid < 0) {
    const uint64_t delay = slot.backoff.OnDeath(0);
    log_.Error("cannot start worker " + std::to_string(slot.number()) + ": " + strerror(error) +
               "; trying again in " + std::to_string(delay) + " ms");
    slot.restart_timer.Start(delay);
    return false;
  }
  slot.pid = pid;
  return false;
}

// In the child: nothing of the supervisor may act here, nor the worker outlive the supervisor.
void Supervisor::BecomeWorker() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != pid_) _exit(0);  // It died before the line above.
  // Gives the loop an epoll set of its own; closing handles would otherwise change the parent's.
  NANO_CHECK(uv_loop_fork(&loop_) == 0);
  relay_receiver_ = relay_->TakeReceiver();
  CloseLoop();
}

void Supervisor::CloseLoop() {
  if (!loop_open_) return;
  loop_open_ = false;
  signals_.clear();
  slots_.clear();
  shutdown_timer_.reset();
  flusher_.reset();
  relay_.reset();
  uv_run(&loop_, UV_RUN_DEFAULT);
  NANO_CHECK(uv_loop_close(&loop_) == 0);
}

void Supervisor::OnSignal(int signal) {
  switch (signal) {
    case SIGCHLD:
      Reap();
      break;
    case SIGHUP:
      if (options_.stop_on_hangup) {
        Stop(signal);
      } else {
        RefuseReload();
      }
      break;
    default:
      Stop(signal);
  }
}

// Here a new release would take the place of the one that is served.
void Supervisor::RefuseReload() {
  log_.Warn("SIGHUP is ignored: a running server cannot load a new dist yet; restart it instead");
}

// A worker in backoff has its connections served by the others, if there are any.
void Supervisor::RelayOrphans() {
  const bool any_alive = AnyAlive();
  for (const auto& slot : slots_) {
    relay_->SetOrphaned(slot->index, slot->pid == 0 && any_alive && !stopping_);
  }
}

void Supervisor::Reap() {
  for (const auto& slot : slots_) {
    int status = 0;
    if (slot->pid != 0 && waitpid(slot->pid, &status, WNOHANG) == slot->pid) OnDeath(*slot, status);
  }
}

void Supervisor::OnDeath(Slot& slot, int status) {
  const pid_t pid = std::exchange(slot.pid, 0);
  const bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  std::optional<size_t> app = faults_.TakeRunning(slot.index);
  if (!IsOwnFault(status)) app.reset();
  std::string text = "worker " + std::to_string(slot.number()) + " " + DescribeDeath(status);
  if (stopping_) {
    // Requests were cut off: whoever stopped the server should know.
    if (!clean) exit_status_ = 1;
    if (!clean && !killing_) log_.Warn(text, {{"pid", pid}});
    return;
  }
  uv_update_time(&loop_);
  if (app.has_value()) {
    // The app is what must not run again at once; the worker is needed by the others.
    OnAppFault(slot, pid, text, *app);
    slot.due = true;
    return;
  }
  const uint64_t delay = slot.backoff.OnDeath(uv_now(&loop_) - slot.started_ms);
  text += "; " + DescribeDelay(delay);
  log_.Write(clean ? LogLevel::kInfo : LogLevel::kError, {}, text,
             {{"slot", slot.number()}, {"pid", pid}});
  if (delay == 0) {
    slot.due = true;
  } else {
    slot.restart_timer.Start(delay);
  }
}

void Supervisor::OnAppFault(const Slot& slot, pid_t pid, const std::string& death, size_t app) {
  log_.Write(LogLevel::kError, faults_.name(app),
             death + "; it was running this app; " + DescribeDelay(0),
             {{"slot", slot.number()}, {"pid", pid}});
  const uint64_t refused_ms = faults_.Blame(app, uv_now(&loop_));
  if (refused_ms == 0) return;
  log_.Write(LogLevel::kError, faults_.name(app),
             "keeps ending workers: its requests are answered with 503 for " +
                 std::to_string(refused_ms) + " ms");
}

void Supervisor::Stop(int signal) {
  if (stopping_) {
    log_.Warn(SignalName(signal) + " again: ending the workers without waiting for their requests");
    Signal(SIGKILL);
    return;
  }
  stopping_ = true;
  RelayOrphans();
  log_.Info("stopping on " + SignalName(signal));
  sockets_.Close();
  for (const auto& slot : slots_) {
    slot->due = false;
    slot->restart_timer.Stop();
  }
  Signal(SIGTERM);
  shutdown_timer_->Start(static_cast<uint64_t>(options_.shutdown_timeout.count()));
}

void Supervisor::OnShutdownTimeout() {
  log_.Warn("requests did not finish in time; ending the workers",
            {{"shutdown_timeout_ms", options_.shutdown_timeout.count()}});
  Signal(SIGKILL);
}

void Supervisor::Signal(int signal) {
  killing_ = signal == SIGKILL;
  for (const auto& slot : slots_) {
    if (slot->pid != 0) kill(slot->pid, signal);
  }
}

bool Supervisor::AnyAlive() const {
  for (const auto& slot : slots_) {
    if (slot->pid != 0) return true;
  }
  return false;
}

}  // namespace nano::server
