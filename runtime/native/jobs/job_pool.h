// Work that is too slow for an isolate's thread, such as making an RSA key: it runs on a few
// threads that all isolates of the process share, and its result comes back through the isolate's
// task queue.
//
// The threads are started by the first job and end when there has been nothing to do for a while: a
// process that never needs them has none (a supervisor forks, and must not have any). An isolate
// has a JobClient, made, used and destroyed on its own thread; dropping it drops the jobs that have
// not begun, and the results of those that have. Isolates take turns. None of them waits for
// another's jobs, which may take minutes: where all threads are taken, there is one more for an
// isolate of which nothing runs.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace nano::runtime {

// One piece of work. It knows no V8: it may be destroyed on any thread, also after its isolate's
// end.
class ThreadJob {
 public:
  virtual ~ThreadJob() = default;
  // Does the work. Any thread; once.
  virtual void Run() = 0;
  // Takes the result to where it is wanted. The isolate's thread, after Run(), unless the client
  // has been closed in the meantime.
  virtual void Finish() = 0;
  // True from when nobody waits for it, as far as is known: it still runs, but after its client's
  // others. Any thread, with the pool's lock.
  virtual bool IsLate() const { return false; }
};

// What one isolate has asked for. Thread: the isolate's.
class JobClient {
 public:
  // Gets a job that has run, on the thread that ran it; brings it to the isolate's thread, where
  // ThreadJob::Finish is called, or destroys it if the isolate is gone. Called without locks.
  using Deliver = std::function<void(std::unique_ptr<ThreadJob>)>;

  explicit JobClient(Deliver deliver);
  ~JobClient();
  JobClient(const JobClient&) = delete;
  JobClient& operator=(const JobClient&) = delete;

  void Start(std::unique_ptr<ThreadJob> job);

  struct Queue;

 private:
  const std::shared_ptr<Queue> queue_;
};

// Threads that the process runs for jobs now; for tests.
size_t JobThreads();

}  // namespace nano::runtime
