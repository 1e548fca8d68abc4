// A worker process: one event loop that has connections and runs the apps' isolates.
//
// Entered once, in a process that the supervisor forked. Everything in it happens on that process's
// main thread; V8's background threads only help.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "config/schema/access_log.h"
#include "config/schema/clients.h"
#include "http/limits.h"
#include "server/control/reminders.h"
#include "server/control/run_marks.h"
#include "server/faults/app_faults.h"
#include "server/log/log.h"
#include "server/log/log_sink.h"
#include "server/metrics/app_metrics.h"
#include "server/release/release.h"
#include "server/release/replaced_sites.h"
#include "storage/cache/epochs.h"

namespace nano::server {

struct WorkerOptions {
  size_t number = 1;         // From 1, for the log and the process's title.
  std::string group;         // Whose apps alone it runs (release/groups.h); empty: it serves all.
  std::vector<int> sockets;  // Listening; the worker's own. Of a group's worker, none.
  int receiver = -1;         // Of connections from other processes; the worker's own.
  int control = -1;          // Of the channel to the supervisor; the worker's own …
  std::shared_ptr<Reminders> reminders;  // … and to look there.
  // What nobody knows yet whether it boots (AppVersion::untried) is booted at the start.
  bool tries = false;
  // It only finds out whether releases can be served: it has no sockets and no receiver.
  bool is_probe = false;
  // From its start; else once the supervisor says so.
  bool accepts = true;
  std::shared_ptr<const Release> release;
  std::vector<ReplacedSite> replaced;  // Versions before it whose files are still found.
  http::Limits limits;
  uint64_t memory = 0;  // Bytes that it may have for itself (server.memory); 0: no bound.
  // Give up what privileges it does not need (server/sandbox/sandbox.h).
  bool sandbox = true;
  config::AccessLogSettings access_log;
  config::ClientSettings clients;
  // For what is under way when it is to stop.
  std::chrono::milliseconds shutdown_timeout{0};
  // The same if another server has taken over.
  std::chrono::milliseconds drain_timeout{0};
  // Of what is in the apps' caches; null: there are none. Copies of it take so many bytes.
  cache::Epochs* cache_epochs = nullptr;
  uint64_t cache_memory = 0;
  AppFaults* faults = nullptr;
  AppMetrics* metrics = nullptr;
  RunMarks* runs = nullptr;
  LogSink* sink = nullptr;
  LogFormat format = LogFormat::kJson;
};

// Serves until SIGTERM, or until another server has taken over, then finishes the requests and
// waitUntil promises that are under way, within a timeout. Returns the process's exit status; what
// the process still holds then (isolates, mappings) is left to its end, so leave by _exit. Expects
// the signals that the supervisor blocked to be blocked still.
int RunWorker(const WorkerOptions& options);

}  // namespace nano::server
