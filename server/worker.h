// A worker process: one event loop that accepts connections and runs the apps' isolates.
//
// Entered once, in a process that the supervisor forked. Everything in it happens on that process's
// main thread; V8's background threads only help.
#pragma once

#include <cstddef>
#include <vector>

#include "server/app_catalog.h"
#include "server/app_faults.h"
#include "server/log.h"
#include "server/log_sink.h"
#include "server/settings.h"

namespace nano::server {

struct WorkerOptions {
  size_t number = 1;         // From 1, for the log and the process's title.
  std::vector<int> sockets;  // Listening; the worker's own.
  int receiver = -1;         // Of connections that the supervisor accepted; the worker's own.
  const AppCatalog* catalog = nullptr;
  AppFaults* faults = nullptr;
  const Settings* settings = nullptr;
  LogSink* sink = nullptr;
  LogFormat format = LogFormat::kJson;
};

// Serves until SIGTERM, then finishes the requests and waitUntil promises that are under way,
// within Settings::shutdown_timeout. Returns the process's exit status; what the process still
// holds then (isolates, mappings) is left to its end, so leave by _exit. Expects the signals that
// the supervisor blocked to be blocked still.
int RunWorker(const WorkerOptions& options);

}  // namespace nano::server
