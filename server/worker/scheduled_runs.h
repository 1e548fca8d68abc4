// Calls of `scheduled` that the supervisor gives this worker: each is an exchange that no
// connection has, which the app's isolate answers by a word for what came of it.
//
// Costs nothing while there is none. Owns the exchanges. Thread: the worker's loop.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <list>
#include <memory>

#include "server/control/messages.h"
#include "server/control/run_marks.h"
#include "server/worker/router.h"

namespace nano::server {

class ScheduledRuns {
 public:
  using Tell = std::function<void(const RunEnd&)>;

  // What it is given outlives it. `tell` hears of the end of each, from the loop.
  ScheduledRuns(uv_loop_t* loop, Router& router, RunMarks& marks, Tell tell);
  ~ScheduledRuns();
  ScheduledRuns(const ScheduledRuns&) = delete;
  ScheduledRuns& operator=(const ScheduledRuns&) = delete;

  // Makes a call by the version that is served now, if it still may be begun. Not from within a
  // call into an isolate.
  void Start(const RunStart& start);

 private:
  class Run;

  void Finish(Run& run, const RunEnd& end);

  uv_loop_t* const loop_;
  Router& router_;
  RunMarks& marks_;
  const Tell tell_;
  std::list<std::unique_ptr<Run>> runs_;
};

}  // namespace nano::server
