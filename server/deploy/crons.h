// Calls of apps' `scheduled`, as the admin API sees them. server/cron/ implements it.
//
// Times are milliseconds since 1970. Thread: the supervisor's loop.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace nano::server {

// One call, and what came of it.
struct CronRun {
  std::string app;
  std::string cron;
  int64_t time = 0;  // For when it is.
  // "ok", "exception", "no-handler"; the name of a limit (server/limits/reason.h); "worker-ended":
  // in the middle of it; "not-run": it has not been begun.
  std::string outcome{};
  std::string why{};      // Of one that has not been begun.
  uint64_t ms = 0;        // That it took.
  uint32_t worker = 0;    // That made it; 0: none.
  std::string request{};  // What it is called in the log.
};

struct CronView {
  std::string app;
  std::string cron;
  std::optional<int64_t> next;  // None: this server does not fire it at present.
  std::optional<CronRun> last;
  std::map<std::string, uint64_t> outcomes;  // How many ended how, since the start.
  uint64_t ms = 0;                           // What they took together.
  uint64_t missed = 0;                       // Times that were not made up for.
};

class Crons {
 public:
  using Done = std::function<void(const CronRun&)>;

  // Of all apps, by their names.
  virtual std::vector<CronView> crons() = 0;
  // Makes a call, for trying: it is in no record. `done` is called once, later.
  virtual void RunNow(CronRun run, Done done) = 0;

 protected:
  ~Crons() = default;
};

}  // namespace nano::server
