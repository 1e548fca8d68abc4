// The store: the one process that has what apps keep. It runs no code of apps and no V8.
//
// It is started by the supervisor when an app that is served has something of it, or when a worker
// asks for it; workers reach it by channels that the supervisor hands to both. What it was told is
// in force before anything that comes through a channel later: the supervisor says it first.
//
// Entered once, in a process that the supervisor forked. Its main thread has the loop, the channels
// and the services; their slow work is done on a few threads beside.
#pragma once

#include <string>

#include "server/log/log.h"
#include "server/log/log_sink.h"
#include "storage/cache/epochs.h"
#include "storage/cache/store.h"

namespace nano::server {

struct StoreOptions {
  int control = -1;    // Of the channel to the supervisor; the store's own.
  std::string folder;  // For what it keeps; made if it is not there.
  cache::Bounds cache;
  cache::Epochs* epochs = nullptr;  // Of what is in the cache.
  bool sandbox = true;
  LogSink* sink = nullptr;
  LogFormat format = LogFormat::kJson;
};

// Serves until the supervisor says that nobody is left. Returns the process's exit status.
int RunStore(const StoreOptions& options);

}  // namespace nano::server
