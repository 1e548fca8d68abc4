// Forks, reaps and stops workers. See supervisor.h for ownership and threads.
#include "server/supervisor/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <set>
#include <string>

#include "base/check.h"
#include "server/supervisor/leave_supervisor.h"
#include "server/supervisor/restart_backoff.h"
#include "server/supervisor/worker_death.h"

namespace nano::server {
namespace {

constexpr int kSignals[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};

std::string DescribeDelay(uint64_t delay_ms) {
  return delay_ms == 0 ? "starting it again"
                       : "starting it again in " + std::to_string(delay_ms) + " ms";
}

}  // namespace

struct Supervisor::Slot final : Channel::Peer {
  Slot(Supervisor& supervisor, size_t at)
      : supervisor(supervisor),
        index(at),
        restart_timer(&supervisor.loop_, [this] { due = true; }) {}

  void OnPacket(Packet packet) override {
    const auto kind = static_cast<MessageKind>(packet.kind);
    supervisor.observer_->OnMessage(*link, kind, packet.body);
  }
  // A worker that ends is reaped; one that closed its end goes on, but cannot follow any more.
  void OnChannelEnd(std::string_view) override {
    link->channel.reset();
    if (!link->is_probe) supervisor.Replace(*link, "its channel to the supervisor has ended");
  }

  Supervisor& supervisor;
  const size_t index;
  pid_t pid = 0;            // 0: no process.
  bool due = true;          // To be forked by the next turn of Run.
  bool replaced = false;    // It was told to end, so that another one takes its place.
  uint64_t started_ms = 0;  // The loop's clock.
  uint64_t deaths = 0;
  RestartBackoff backoff;
  net::Timer restart_timer;
  std::unique_ptr<WorkerLink> link;  // While there is a process.

  int64_t number() const { return static_cast<int64_t>(index) + 1; }
};

Supervisor::Supervisor(Options options, ListeningSockets sockets, AppFaults& faults, Log& log,
                       const MakeObserver& make_observer)
    : options_(options), sockets_(std::move(sockets)), faults_(faults), log_(log), pid_(getpid()) {
  NANO_CHECK(uv_loop_init(&loop_) == 0);
  loop_open_ = true;
  flusher_.emplace(&loop_, log.sink());
  relay_.emplace(&loop_, sockets_, options_.workers);
  for (const int signal : kSignals) {
    signals_.emplace_back(&loop_, signal, [this](int number) { OnSignal(number); });
  }
  shutdown_timer_.emplace(&loop_, [this] { OnShutdownTimeout(); });
  for (size_t i = 0; i < options_.workers; ++i) slots_.push_back(std::make_unique<Slot>(*this, i));
  probe_ = std::make_unique<Slot>(*this, options_.workers);
  probe_->due = false;
  observer_ = make_observer(&loop_, *this);
}

Supervisor::~Supervisor() { CloseLoop(); }

std::optional<Supervisor::WorkerStart> Supervisor::Start() {
  for (const auto& slot : slots_) {
    if (!slot->due) continue;
    if (std::optional<WorkerStart> start = Fork(*slot)) return start;
  }
  // The one before it is reaped first.
  return probe_->due && probe_->pid == 0 ? Fork(*probe_) : std::nullopt;
}

Supervisor::Outcome Supervisor::Run() {
  for (;;) {
    // Never from a callback: a child must not find itself in the middle of the supervisor's loop.
    if (std::optional<WorkerStart> start = Start()) return {.worker = std::move(start)};
    if (stopping_ && !AnyAlive() && observer_->ended()) {
      return {.worker = std::nullopt, .exit_status = exit_status_};
    }
    RelayOrphans();
    uv_run(&loop_, UV_RUN_ONCE);
  }
}

// Gives the slot a process. Something in that process.
std::optional<Supervisor::WorkerStart> Supervisor::Fork(Slot& slot) {
  slot.due = false;
  slot.replaced = false;
  auto ends = Channel::MakeEnds();
  // A signal that comes before the worker has handlers of its own waits until it has.
  sigset_t blocked, previous;
  sigemptyset(&blocked);
  for (const int signal : kSignals) sigaddset(&blocked, signal);
  pthread_sigmask(SIG_BLOCK, &blocked, &previous);
  const pid_t pid = ends.ok() ? fork() : -1;
  if (pid == 0) return BecomeWorker(slot, std::move(ends->second));
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &previous, nullptr);
  uv_update_time(&loop_);
  slot.started_ms = uv_now(&loop_);
  if (pid > 0) {
    slot.pid = pid;
    slot.link = std::make_unique<WorkerLink>(
        WorkerLink{.id = ++last_link_,
                   .slot = slot.index,
                   .is_probe = &slot == probe_.get(),
                   .pid = pid,
                   .since = std::chrono::duration_cast<std::chrono::milliseconds>(
                                std::chrono::system_clock::now().time_since_epoch())
                                .count(),
                   .release = observer_->current()});
    auto channel = Channel::Open(&loop_, std::move(ends->first), slot);
    NANO_CHECK(channel.ok());  // A socket can be watched.
    slot.link->channel = std::move(channel).value();
    observer_->OnStarted(*slot.link);
    return std::nullopt;
  }
  const uint64_t delay = slot.backoff.OnDeath(0);
  log_.Error("cannot start worker " + std::to_string(slot.number()) + ": " + strerror(error) +
             "; trying again in " + std::to_string(delay) + " ms");
  if (&slot != probe_.get()) slot.restart_timer.Start(delay);
  return std::nullopt;
}

// In the child: nothing of the supervisor may act here, nor the worker outlive the supervisor. Its
// objects are left as they are, because ending them would speak to those whom they serve; only the
// loop, whose signals and descriptors are the parent's too, is taken apart.
Supervisor::WorkerStart Supervisor::BecomeWorker(const Slot& slot, Descriptor control) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != pid_) _exit(0);  // It died before the line above.
  WorkerStart start{.slot = slot.index,
                    .is_probe = &slot == probe_.get(),
                    .control = control.Release(),
                    .release = observer_->current()};
  if (!start.is_probe) {
    start.receiver = relay_->TakeReceiver();
    start.sockets = sockets_.of_slot(slot.index);
  }
  // Gives the loop an epoll set of its own; closing handles would otherwise change the parent's.
  NANO_CHECK(uv_loop_fork(&loop_) == 0);
  AbandonLoop(&loop_);
  loop_open_ = false;
  std::set<int> kept(start.sockets.begin(), start.sockets.end());
  kept.insert({start.receiver, start.control});
  CloseSocketsBut(kept);
  return start;
}

void Supervisor::CloseLoop() {
  if (!loop_open_) return;
  loop_open_ = false;
  observer_.reset();
  signals_.clear();
  slots_.clear();
  probe_.reset();
  shutdown_timer_.reset();
  flusher_.reset();
  relay_.reset();
  uv_run(&loop_, UV_RUN_DEFAULT);
  NANO_CHECK(uv_loop_close(&loop_) == 0);
}

std::vector<WorkerLink*> Supervisor::live() {
  std::vector<WorkerLink*> links;
  for (const auto& slot : slots_) {
    if (slot->link) links.push_back(slot->link.get());
  }
  return links;
}

void Supervisor::StartProbe() { probe_->due = true; }

void Supervisor::EndProbe() {
  probe_->due = false;
  if (probe_->pid != 0) kill(probe_->pid, SIGKILL);
  probe_->replaced = true;
}

void Supervisor::Replace(WorkerLink& worker, const std::string& reason) {
  Slot& slot = *slots_[worker.slot];
  if (slot.replaced || slot.pid == 0 || stopping_) return;
  slot.replaced = true;
  log_.Warn("worker " + std::to_string(worker.number()) + " is replaced: " + reason,
            {{"pid", worker.pid}});
  kill(slot.pid, SIGTERM);
}

uint64_t Supervisor::deaths(size_t slot) const { return slots_[slot]->deaths; }

void Supervisor::OnSignal(int signal) {
  switch (signal) {
    case SIGCHLD:
      Reap();
      break;
    case SIGHUP:
      if (options_.stop_on_hangup) {
        Stop(signal);
      } else {
        observer_->OnReloadSignal();
      }
      break;
    default:
      Stop(signal);
  }
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
  int status = 0;
  if (probe_->pid != 0 && waitpid(probe_->pid, &status, WNOHANG) == probe_->pid) {
    OnProbeDeath(status);
  }
}

void Supervisor::OnProbeDeath(int status) {
  probe_->pid = 0;
  const std::unique_ptr<WorkerLink> link = std::move(probe_->link);
  const std::optional<uint32_t> version = faults_.TakeRunning(probe_->index);
  if (probe_->replaced || stopping_) return;
  observer_->OnEnded(*link, {.text = DescribeDeath(status), .version = version});
}

void Supervisor::OnDeath(Slot& slot, int status) {
  const pid_t pid = std::exchange(slot.pid, 0);
  const bool clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  std::optional<uint32_t> version = faults_.TakeRunning(slot.index);
  if (!IsOwnFault(status)) version.reset();
  const std::unique_ptr<WorkerLink> link = std::move(slot.link);
  if (!slot.replaced) ++slot.deaths;
  if (!stopping_) observer_->OnEnded(*link, {.text = DescribeDeath(status), .version = version});
  std::string text = "worker " + std::to_string(slot.number()) + " " + DescribeDeath(status);
  if (stopping_) {
    // Requests were cut off: whoever stopped the server should know.
    if (!clean) exit_status_ = 1;
    if (!clean && !killing_) log_.Warn(text, {{"pid", pid}});
    return;
  }
  uv_update_time(&loop_);
  if (slot.replaced) {
    slot.due = true;
    return;
  }
  if (version.has_value()) {
    // The app is what must not run again at once; the worker is needed by the others.
    OnAppFault(slot, pid, text, *version);
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

void Supervisor::OnAppFault(const Slot& slot, pid_t pid, const std::string& death,
                            uint32_t version) {
  log_.Write(LogLevel::kError, faults_.name(version),
             death + "; it was running this app; " + DescribeDelay(0),
             {{"slot", slot.number()}, {"pid", pid}});
  const uint64_t refused_ms = faults_.Blame(version, uv_now(&loop_));
  if (refused_ms == 0) return;
  log_.Write(LogLevel::kError, faults_.name(version),
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
  observer_->OnStopping();
  RelayOrphans();
  log_.Info("stopping on " + SignalName(signal));
  sockets_.Close();
  for (const auto& slot : slots_) {
    slot->due = false;
    slot->restart_timer.Stop();
  }
  EndProbe();
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
