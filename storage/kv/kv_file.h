// A namespace of KV in a file of SQLite: one connection to it.
//
// Several processes and connections may have the file open at once (its log is in write-ahead
// mode): readers see what was committed before they began, and writers wait for each other. What
// was committed outlives the end of any process; of the machine too, since each commit is written
// through (`synchronous = FULL`).
//
// Owns the connection. Thread: any one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "storage/kv/messages.h"
#include "storage/sqlite/database.h"

namespace nano::kv {

class KvFile {
 public:
  // kGlance: to read at once or not at all; it never waits for others.
  enum class Purpose { kRead, kWrite, kGlance };

  // Makes the file, for its owner alone, if there is none. Fails if it is damaged or another
  // program's; it stays as it is then.
  static Result<KvFile> Open(const std::string& path, Purpose purpose);

  // One view of the file for all that is asked, or one change for all that is written, until
  // Commit, when it is on disk, or Rollback.
  Result<void> Begin();
  Result<void> Commit();
  void Rollback();

  // What becomes of a request, which is in order (WhatIsWrong). An Error: of the file.
  Result<std::string> Do(const Request& request, int64_t now);

  // The answer of a kGet, outside of any Begin, unless the value is longer than so many bytes: then
  // nothing, and little was read.
  Result<std::optional<std::string>> GetShort(std::string_view key, size_t most, int64_t now);

  // Removes entries that have expired, so many at most, and no more than a change should have of
  // their values. Whether there may be more.
  Result<bool> Sweep(int64_t now, int64_t most);

  // What lists have cost so far (sqlite::Statement::steps).
  int64_t list_steps() const { return list_.steps(); }

 private:
  KvFile() = default;
  Result<void> Prepare(Purpose purpose);
  Result<std::string> Get(const Request& request, int64_t now);
  Result<std::string> Put(const Request& request, int64_t now);
  Result<std::string> Delete(const Request& request);
  Result<std::string> List(const Request& request, int64_t now);

  // Statements go before the connection.
  sqlite::Database database_;
  sqlite::Statement begin_, commit_, rollback_, get_, put_, delete_, list_, expired_, remove_;
};

// What is wrong with a request, in the words of Cloudflare's API; empty: nothing.
std::string WhatIsWrong(const Request& request, int64_t now);

}  // namespace nano::kv
