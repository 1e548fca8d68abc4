// `server` in nano.yaml: how to serve. Owns its values; immutable after loading, hence safe to
// share between threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "config/schema/access_log.h"
#include "config/schema/admin.h"
#include "config/schema/cache.h"
#include "config/schema/clients.h"
#include "config/schema/key.h"
#include "config/schema/placed_text.h"
#include "config/values/address.h"

namespace nano::config {

// Bounds of the HTTP server. Sizes are in bytes.
struct HttpSettings {
  uint64_t header_bytes = 16 * 1024;
  uint32_t header_count = 100;
  uint64_t target_bytes = 8 * 1024;
  uint64_t body_bytes = 10 * 1024 * 1024;
  std::chrono::milliseconds idle_timeout{75'000};
  std::chrono::milliseconds header_timeout{10'000};
  std::chrono::milliseconds body_timeout{30'000};
  std::chrono::milliseconds write_timeout{30'000};
  // A second; a phone at the edge of its network has ten times as much.
  uint64_t min_receive_rate = 240;
  uint64_t min_send_rate = 240;
  // Of a worker: a good part of what it takes by itself, and a hundred answers of a megabyte.
  uint64_t buffer_bytes = 128 * 1024 * 1024;
  uint32_t connections = 10'000;
};

struct ServerSettings {
  std::vector<Address> listen{{"127.0.0.1", 8080}};  // Never empty.
  uint32_t workers = 0;                              // 0: one per core.
  HttpSettings limits;
  bool sandbox = true;
  AccessLogSettings access_log;
  std::chrono::milliseconds shutdown_timeout{10'000};
  AdminSettings admin;
  PlacedText state;    // A folder, relative to the file that says it; empty: .state in the dist.
  PlacedText kv;       // The URL of who keeps KV for several machines; empty: `storage`.
  PlacedText storage;  // The same for what apps keep; empty: .storage beside the dist.
  std::vector<Address> health;  // Empty: only where the admin API listens.
  CacheSettings cache;
  ClientSettings clients;
  // Of a new version of an app, unless the app has its own.
  std::chrono::milliseconds boot_timeout{10'000};
  std::chrono::milliseconds health_timeout{5'000};
  std::chrono::milliseconds drain_timeout{30'000};
  std::chrono::milliseconds upgrade_timeout{60'000};
  // Bytes that a worker has for itself; 0: no bound. Who serves knows what else the machine is for.
  uint64_t memory = 0;
};

// The keys of `server.limits`, which say what each bound is for, and all of `server`.
const Table<HttpSettings>& HttpKeys();
const Table<ServerSettings>& ServerKeys();

}  // namespace nano::config
