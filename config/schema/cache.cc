// The keys of `server.cache`.
#include "config/schema/cache.h"

#include "config/schema/kinds.h"

namespace nano::config {

const Table<CacheSettings>& CacheKeys() {
  using enum ReadBy;
  using Settings = CacheSettings;
  static const Table<Settings> keys = {
      {"size", Size(&Settings::size, 0), kServe,
       "What the [caches](cache.md) of all apps take of the disk. Beyond, entries go, of those "
       "apps "
       "that have the most. 0: nothing is cached."},
      {"app_size", Size(&Settings::app_size, 0).Unset("as much as of all"), kServe,
       "What the caches of one app take of it."},
      {"memory", Size(&Settings::memory, 0), kServe,
       "What a worker keeps of short responses that its apps have found, so as not to ask for them "
       "again. 0: nothing."},
      {"entry_size", Size(&Settings::entry_size, 0), kServe,
       "The body of one response; what is larger is not cached."},
  };
  return keys;
}

}  // namespace nano::config
