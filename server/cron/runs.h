// Calls of `scheduled` on their way to workers: which one makes a call, what becomes of it if that
// worker ends, and what came of it.
//
// A call is begun once (control/run_marks.h). One that a worker has not begun goes to another one
// if the worker ends, or has something else to do; one that was begun in a worker that ends is
// over.
//
// Owns the calls that are under way. Thread: the supervisor's loop.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "net/handles.h"
#include "server/control/run_marks.h"
#include "server/deploy/crons.h"
#include "server/deploy/workers.h"
#include "server/log/log.h"
#include "server/release/release.h"

namespace nano::server {

class CronRuns {
 public:
  using Current = std::function<std::shared_ptr<const Release>()>;

  // After so long a call that was not begun goes to a worker that may have more time.
  static constexpr uint64_t kPatienceMs = 2'000;

  // What it is given outlives it.
  CronRuns(uv_loop_t* loop, Workers& workers, RunMarks& marks, Log& log, Current current);

  // `done` is called once, later, with what came of it.
  void Begin(CronRun run, Crons::Done done);

  void OnMessage(const WorkerLink& worker, const RunEnd& end);
  void OnEnded(const WorkerLink& worker);
  // Nothing is given to a worker any more: what was not begun is not.
  void OnStopping();

  size_t size() const { return runs_.size(); }

 private:
  struct Entry {
    CronRun run;
    Crons::Done done;
    bool has_mark = false;
    uint32_t mark = 0;
    uint64_t worker = 0;   // The process's id that it was given to; 0: none.
    uint64_t offered = 0;  // When, on the loop's clock.
    uint32_t refusals = 0;
  };

  void Look();
  void Offer(uint64_t token);
  WorkerLink* Choose(const std::string& group, uint64_t other_than);
  bool HasBegun(uint64_t token, const Entry& entry) const {
    return entry.has_mark && entry.worker != 0 && marks_.HasBegun(entry.mark, token);
  }
  // Takes it from the worker that has it. False: it has been begun.
  bool TakeBack(uint64_t token, Entry& entry);
  // Each offer has a token of its own; returns the next one.
  uint64_t Rename(uint64_t token);
  void Finish(uint64_t token, std::string outcome, std::string why = {});
  void Tell(const CronRun& run);

  uv_loop_t* const loop_;
  Workers& workers_;
  RunMarks& marks_;
  Log& log_;
  const Current current_;
  uint64_t last_token_ = 0;
  std::map<uint64_t, Entry> runs_;  // By their tokens.
  std::vector<uint32_t> free_marks_;
  uint32_t next_mark_ = 0;              // Of those that were never used.
  std::map<uint64_t, uint64_t> given_;  // How many were, by processes' ids.
  net::Timer look_;                     // After what was not begun, while there is such.
  bool stopping_ = false;
};

}  // namespace nano::server
