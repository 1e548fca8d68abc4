// What has been handed out of each cron expression, on disk before it is: `cron.json` in the
// state's folder (docs/formats.md). And a lock beside it, so that of two servers of one state, as
// during an upgrade, one fires.
//
// Owns the lock, which is this process's and goes with it: workers do not inherit it. Thread: the
// supervisor's. All calls block.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "base/descriptor.h"
#include "base/result.h"

namespace nano::server {

class CronRecord {
 public:
  // By app and expression: milliseconds since 1970 up to which all has been handed out.
  using Handed = std::map<std::pair<std::string, std::string>, int64_t>;

  explicit CronRecord(std::string folder) : folder_(std::move(folder)) {}

  // Makes the folder if there is none. False: another server has the lock. Fine if it is held.
  Result<bool> Lock();
  bool is_locked() const { return lock_.get() >= 0; }
  void Unlock() { lock_ = Descriptor(); }

  // What was saved last; nothing was. An Error: it cannot be read, or is damaged.
  Result<Handed> Read() const;
  // On disk when it returns.
  Result<void> Save(const Handed& handed) const;

 private:
  std::string folder_;
  Descriptor lock_;
};

}  // namespace nano::server
