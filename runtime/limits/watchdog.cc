// The timer, its signal, and the thread that acts on it. See runtime/watchdog.h.
//
// The signal is the watched thread's own, so that what it finds is what is running; it may do next
// to nothing, so it wakes the other one. That one holds a lock while it uses what belongs to an
// isolate, and an isolate that ends waits for the lock.
#include "runtime/watchdog.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

#include <atomic>
#include <cerrno>
#include <mutex>
#include <optional>

#include "base/check.h"
#include "base/process_memory.h"
#include "runtime/limits.h"
#include "runtime/limits/monotonic.h"
#include "runtime/limits/watch.h"
#include "runtime/process_end.h"

namespace nano::runtime {
namespace {

// Not SIGPROF, which V8's profiler takes.
constexpr int kTickSignal = SIGVTALRM;

constexpr uint64_t kPatienceNs = kMemoryPatienceMs * 1'000'000;

// What the process may have; set before there is a watchdog.
ProcessMemory bounds;
std::optional<MemoryGauge> memory;
std::atomic<uint64_t> memory_seen{0};  // When NoteMemoryLook was called.

std::mutex in_use;  // What current_turn points to.
sem_t ticked;

void OnTickSignal(int, siginfo_t* info, void*) {
  const CpuLimit* const inside = current_turn.inside.load(std::memory_order_relaxed);
  if (inside == nullptr) return;
  const uint32_t ticks = 1 + static_cast<uint32_t>(info->si_overrun);
  inside->Sum(ticks);
  current_turn.ticks.fetch_add(ticks, std::memory_order_relaxed);
  const int error = errno;
  sem_post(&ticked);
  errno = error;
}

void LookAtMemory(CpuLimit& inside) {
  const uint64_t now = MonotonicNanoseconds();
  if (now - memory_seen.load(std::memory_order_relaxed) < kPatienceNs) return;
  const uint64_t used = memory->Read().own();
  if (used <= bounds.most) return;
  const uint64_t since = inside.stopped_since();
  if (since == 0) {
    inside.StopFor({.reason = StopReason::kProcessMemory, .limit = bounds.limit, .used = used});
  } else if (now - since >= kPatienceNs) {
    EndProcess(kExitProcessMemory, inside.StopSoFar());
  }
}

void LookAtTurn() {
  const std::lock_guard lock(in_use);
  CpuLimit* const inside = current_turn.inside.load(std::memory_order_acquire);
  if (inside == nullptr) return;
  const uint32_t ticks = current_turn.ticks.exchange(0, std::memory_order_relaxed);
  if (ticks == 0) return;
  if (inside->CountStopped(ticks) >= kSecondDeadlineMs / kTickMs) {
    // The supervisor finds the status, and whose turn it was.
    EndProcess(kExitNotStopped, inside->StopSoFar());
  }
  if (bounds.most != 0) LookAtMemory(*inside);
  inside->OnTick(ticks);
}

void* Watch(void*) {
  pthread_setname_np(pthread_self(), "nano-watchdog");
  while (true) {
    if (sem_wait(&ticked) == 0) LookAtTurn();
  }
}

}  // namespace

void ForgetWatched(const CpuLimit& limit) {
  const std::lock_guard lock(in_use);
  NANO_CHECK(current_turn.inside.load(std::memory_order_relaxed) != &limit);
}

void NoteMemoryLook() { memory_seen.store(MonotonicNanoseconds(), std::memory_order_relaxed); }

void StartWatchdog(ProcessMemory memory_bounds) {
  bounds = memory_bounds;
  if (bounds.most != 0) memory.emplace();
  NoteMemoryLook();
  NANO_CHECK(sem_init(&ticked, 0, 0) == 0);
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  NANO_CHECK(pthread_create(&thread, nullptr, Watch, nullptr) == 0);
  pthread_detach(thread);
  sigdelset(&before, kTickSignal);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);

  struct sigaction action = {};
  action.sa_sigaction = OnTickSignal;
  action.sa_flags = SA_SIGINFO | SA_RESTART;
  sigfillset(&action.sa_mask);
  NANO_CHECK(sigaction(kTickSignal, &action, nullptr) == 0);

  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = kTickSignal;
  event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
  timer_t timer;
  NANO_CHECK(timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) == 0);
  const timespec tick = {.tv_sec = 0, .tv_nsec = kTickMs * 1'000'000};
  const itimerspec times = {.it_interval = tick, .it_value = tick};
  NANO_CHECK(timer_settime(timer, 0, &times, nullptr) == 0);
}

}  // namespace nano::runtime
