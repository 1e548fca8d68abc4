// The threads, and the turns that the isolates take: each gets one before any gets two.
#include "runtime/native/jobs/job_pool.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace nano::runtime {

// Guarded by the pool's mutex, but for `deliver`, which never changes. Jobs that run keep it alive.
struct JobClient::Queue {
  explicit Queue(Deliver function) : deliver(std::move(function)) {}

  const Deliver deliver;
  std::deque<std::unique_ptr<ThreadJob>> waiting;
  std::deque<std::unique_ptr<ThreadJob>> late;  // What nobody waits for, once that was seen.
  size_t before_late = 0;                       // Jobs that have gone before those.
  size_t running = 0;

  bool empty() const { return waiting.empty() && late.empty(); }
  std::unique_ptr<ThreadJob> TakeNext();
  bool listed = false;  // In one of the pool's lists of turns.
};

namespace {

using Queue = JobClient::Queue;
using Lock = std::unique_lock<std::mutex>;

// Jobs of one isolate that may run at a time: more than the processors would gain nothing.
size_t MostOfOne() {
  static const size_t most = std::clamp<size_t>(std::thread::hardware_concurrency(), 2, 4);
  return most;
}

// Jobs at a time up to which isolates get more than one each.
size_t Comfortable() { return 2 * MostOfOne(); }

// Threads at most, which is how many isolates can have jobs that take minutes before another one
// has to wait for theirs.
constexpr size_t kMostThreads = 64;

// Of so many jobs of an isolate one is late, while there are others: some of its other work may
// wait for that after all, as where requests share a promise.
constexpr size_t kTurnsOfLate = 16;

// An idle thread ends after this time.
constexpr auto kIdleTime = std::chrono::seconds(5);

std::unique_ptr<ThreadJob> TakeFirst(std::deque<std::unique_ptr<ThreadJob>>& jobs) {
  std::unique_ptr<ThreadJob> job = std::move(jobs.front());
  jobs.pop_front();
  return job;
}

class Pool {
 public:
  // Never freed: its threads may be in the middle of a job when the process exits.
  static Pool& Instance() {
    static Pool* const pool = new Pool;
    return *pool;
  }

  void Add(const std::shared_ptr<Queue>& queue, std::unique_ptr<ThreadJob> job);
  // Drops what has not begun.
  void Close(Queue& queue);
  size_t threads();

 private:
  void TakeTurns(const std::shared_ptr<Queue>& queue);
  // The list whose turn it is; null if nothing may run now.
  std::deque<std::shared_ptr<Queue>>* Turns();
  // A thread for the work that is listed. False if there is none and none can be started.
  bool Employ();
  void Work();
  void RunNext(Lock& lock);

  std::mutex mutex_;
  std::condition_variable work_;
  // Queues whose next job may run: of which nothing runs, and of which something does.
  std::deque<std::shared_ptr<Queue>> first_;
  std::deque<std::shared_ptr<Queue>> further_;
  size_t running_ = 0;
  size_t threads_ = 0;
  size_t idle_ = 0;
};

void Pool::Add(const std::shared_ptr<Queue>& queue, std::unique_ptr<ThreadJob> job) {
  Lock lock(mutex_);
  queue->waiting.push_back(std::move(job));
  TakeTurns(queue);
  // A machine that gives no thread at all still has this one: late is better than never.
  while (!Employ()) RunNext(lock);
}

void Pool::Close(Queue& queue) {
  std::deque<std::unique_ptr<ThreadJob>> dropped[2];  // Destroyed without the lock.
  const std::lock_guard lock(mutex_);
  dropped[0].swap(queue.waiting);
  dropped[1].swap(queue.late);
}

size_t Pool::threads() {
  const std::lock_guard lock(mutex_);
  return threads_;
}

void Pool::TakeTurns(const std::shared_ptr<Queue>& queue) {
  if (queue->listed || queue->empty() || queue->running >= MostOfOne()) return;
  queue->listed = true;
  (queue->running == 0 ? first_ : further_).push_back(queue);
}

std::deque<std::shared_ptr<Queue>>* Pool::Turns() {
  if (!first_.empty()) return &first_;
  return further_.empty() || running_ >= Comfortable() ? nullptr : &further_;
}

bool Pool::Employ() {
  if (Turns() == nullptr) return true;
  if (idle_ > 0) {
    work_.notify_one();
    return true;
  }
  // Those that have just been started have taken nothing yet.
  const bool some_have_none = threads_ < running_ + first_.size();
  if (threads_ >= (some_have_none ? kMostThreads : Comfortable())) return true;
  // The process's signals are its main thread's business.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread([this] { Work(); }).detach();
    ++threads_;
  } catch (const std::system_error&) {
    // No more threads for this process: those that there are will do.
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return threads_ > 0;
}

void Pool::Work() {
  pthread_setname_np(pthread_self(), "nano: jobs");
  Lock lock(mutex_);
  for (;;) {
    ++idle_;
    const bool more = work_.wait_for(lock, kIdleTime, [this] { return Turns() != nullptr; });
    --idle_;
    if (!more) break;
    RunNext(lock);
  }
  --threads_;
}

// Runs the next job of the queue whose turn it is; the lock is free meanwhile.
void Pool::RunNext(Lock& lock) {
  std::deque<std::shared_ptr<Queue>>* const turns = Turns();
  const std::shared_ptr<Queue> queue = std::move(turns->front());
  turns->pop_front();
  queue->listed = false;
  if (queue->empty()) return;  // Its client is gone.
  std::unique_ptr<ThreadJob> job = queue->TakeNext();
  ++queue->running;
  ++running_;
  TakeTurns(queue);
  if (threads_ > 0) Employ();
  lock.unlock();
  job->Run();
  queue->deliver(std::move(job));
  lock.lock();
  --running_;
  if (--queue->running == 0 && queue->listed) {
    std::erase(further_, queue);
    queue->listed = false;
  }
  TakeTurns(queue);
}

}  // namespace

// There is one. Each job is moved once at most, however many become late at a time.
std::unique_ptr<ThreadJob> JobClient::Queue::TakeNext() {
  while (!waiting.empty() && waiting.front()->IsLate()) late.push_back(TakeFirst(waiting));
  if (late.empty()) return TakeFirst(waiting);
  if (waiting.empty() || ++before_late == kTurnsOfLate) {
    before_late = 0;
    return TakeFirst(late);
  }
  return TakeFirst(waiting);
}

JobClient::JobClient(Deliver deliver) : queue_(std::make_shared<Queue>(std::move(deliver))) {}

JobClient::~JobClient() { Pool::Instance().Close(*queue_); }

void JobClient::Start(std::unique_ptr<ThreadJob> job) {
  Pool::Instance().Add(queue_, std::move(job));
}

size_t JobThreads() { return Pool::Instance().threads(); }

}  // namespace nano::runtime
