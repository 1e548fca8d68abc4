// `server.cache` in nano.yaml: how much of the responses that apps cache is kept. Owns its values;
// immutable after loading, hence safe to share between threads.
#pragma once

#include <cstdint>

#include "config/schema/key.h"

namespace nano::config {

// In bytes.
struct CacheSettings {
  uint64_t size = uint64_t{1} << 30;          // 0: nothing is cached.
  uint64_t app_size = 0;                      // Of one app; 0: as much as of all.
  uint64_t memory = uint64_t{16} << 20;       // Of a worker.
  uint64_t entry_size = uint64_t{512} << 20;  // Of one response's body.
};

const Table<CacheSettings>& CacheKeys();

}  // namespace nano::config
