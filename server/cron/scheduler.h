// When which app's `scheduled` is called: a timer for what is due next, by the clock of the wall,
// and what has been handed out already, which is on disk before it is.
//
// A server whose apps have no cron triggers has no timer and no file. Owns the record and the calls
// that are under way. Thread: the supervisor's loop.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/values/cron.h"
#include "net/handles.h"
#include "server/control/run_marks.h"
#include "server/cron/record.h"
#include "server/cron/runs.h"
#include "server/deploy/crons.h"
#include "server/deploy/workers.h"
#include "server/log/log.h"
#include "server/release/release.h"

namespace nano::server {

class CronScheduler final : public Crons {
 public:
  using Clock = std::function<int64_t()>;  // Milliseconds since 1970.

  // `folder`: the state's. What it is given outlives it; `current` gives what is served.
  CronScheduler(uv_loop_t* loop, Workers& workers, RunMarks& marks, Log& log, std::string folder,
                CronRuns::Current current, Clock clock);

  // This server is in charge: it fires from now on.
  void Start();
  // Another release may be served.
  void OnRelease();
  void OnMessage(const WorkerLink& worker, const RunEnd& end) { runs_.OnMessage(worker, end); }
  void OnEnded(const WorkerLink& worker) { runs_.OnEnded(worker); }
  // Nothing is fired any more. If it `retires`, what was handed out is still made.
  void OnStopping(bool retires);

  // Crons
  std::vector<CronView> crons() override;
  void RunNow(CronRun run, Done done) override { runs_.Begin(std::move(run), std::move(done)); }

 private:
  using Name = std::pair<std::string, std::string>;  // App, expression.

  // What was counted of an expression, as long as the server knows the app by it.
  struct Counted {
    std::optional<CronRun> last;
    std::map<std::string, uint64_t> outcomes;
    uint64_t ms = 0;
    uint64_t missed = 0;
  };

  void Tick();
  bool TakeLock();
  bool Follow(int64_t now);
  void Save();
  void Fire(const Name& name, int64_t time);
  void Arm(int64_t now);

  Log& log_;
  const CronRuns::Current current_;
  const Clock clock_;
  CronRecord record_;
  CronRuns runs_;
  net::Timer timer_;
  bool in_charge_ = false;
  bool read_ = false;        // The record, by whoever has its lock.
  bool told_other_ = false;  // That another server fires.
  bool told_broken_ = false;
  std::shared_ptr<const Release> followed_;
  std::map<Name, config::CronExpression> crons_;  // Of the release that is served.
  CronRecord::Handed handed_;
  std::map<Name, Counted> counted_;
};

}  // namespace nano::server
