// The schema, and a statement for each operation. See kv_file.h for ownership and threads.
#include "storage/kv/kv_file.h"

#include <fcntl.h>

#include <cerrno>
#include <deque>
#include <utility>

#include "base/descriptor.h"
#include "base/system_error.h"

namespace nano::kv {
namespace {

// "NaKV": that the file is one of these, and its format.
constexpr int64_t kApplication = 0x4e614b56;
constexpr int64_t kFormat = 1;

// Keys in the order of their bytes, as lists have them. They have an index of their own, since a
// search in a tree with values in it reads all of each value that it passes (no WITHOUT ROWID);
// values come last, since what is long of them is on pages of its own, which lists do not read.
constexpr char kSchema[] =
    "CREATE TABLE entries (key BLOB NOT NULL UNIQUE, expiration INTEGER, metadata BLOB, "
    "value BLOB NOT NULL);"
    "CREATE INDEX expiring ON entries (expiration) WHERE expiration IS NOT NULL;";

// Entries that one sweep removes at most: it is part of a change that others wait for.
constexpr int64_t kSweptAtOnce = 200;

// The first text behind all that begin with this one; empty: there is none.
std::string Behind(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

Error Foreign(const std::string& path) {
  return Error{"the file is no KV namespace of this program", path,
               "Move it away, or name another namespace; nothing was changed in it."};
}

std::string_view Copied(std::deque<std::string>& kept, std::string_view bytes) {
  return kept.emplace_back(bytes);
}

}  // namespace

Result<KvFile> KvFile::Open(const std::string& path, Purpose purpose) {
  // SQLite gives its files beside it the same permissions.
  if (OpenAt(AT_FDCWD, path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600).get() < 0) {
    return SystemError(path, "open", errno);
  }
  KvFile file;
  file.database_ = TRY(sqlite::Database::Open(path, sqlite::Database::Access::kWrite));
  const sqlite::Database& database = file.database_;
  TRY(
      database.Run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
                   "PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -4096"));
  // Two that open a new file at once make one schema.
  TRY(database.Run("BEGIN IMMEDIATE"));
  const int64_t application = TRY(database.Ask("PRAGMA application_id"));
  const int64_t format = TRY(database.Ask("PRAGMA user_version"));
  const bool is_new =
      application == 0 && TRY(database.Ask("SELECT count(*) FROM sqlite_schema")) == 0;
  if (is_new) {
    TRY(database.Run(std::string(kSchema) +
                     "PRAGMA application_id = " + std::to_string(kApplication) +
                     "; PRAGMA user_version = " + std::to_string(kFormat)));
  } else if (application != kApplication) {
    return Foreign(path);
  } else if (format != kFormat) {
    return Error{"the file has format " + std::to_string(format) + ", and this program knows " +
                     std::to_string(kFormat),
                 path, "Use the program that wrote it."};
  }
  TRY(database.Run("COMMIT"));
  TRY(file.Prepare(purpose));
  return file;
}

Result<void> KvFile::Prepare(Purpose purpose) {
  const bool writes = purpose == Purpose::kWrite;
  begin_ = TRY(database_.Prepare(writes ? "BEGIN IMMEDIATE" : "BEGIN"));
  commit_ = TRY(database_.Prepare("COMMIT"));
  rollback_ = TRY(database_.Prepare("ROLLBACK"));
  get_ =
      TRY(database_.Prepare("SELECT metadata, expiration, length(value), value FROM entries "
                            "WHERE key = ?1 AND (expiration IS NULL OR expiration > ?2)"));
  put_ =
      TRY(database_.Prepare("INSERT INTO entries (key, expiration, metadata, value) "
                            "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO UPDATE SET "
                            "expiration = ?2, metadata = ?3, value = ?4"));
  delete_ = TRY(database_.Prepare("DELETE FROM entries WHERE key = ?1"));
  list_ =
      TRY(database_.Prepare("SELECT key, expiration, metadata FROM entries "
                            "WHERE key >= ?1 AND key > ?2 AND (?3 IS NULL OR key < ?3) "
                            "AND (expiration IS NULL OR expiration > ?4) ORDER BY key LIMIT ?5"));
  sweep_ =
      TRY(database_.Prepare("DELETE FROM entries WHERE rowid IN (SELECT rowid FROM entries "
                            "WHERE expiration <= ?1 ORDER BY expiration LIMIT ?2)"));
  if (!writes) TRY(database_.Run("PRAGMA query_only = ON"));
  return {};
}

Result<void> KvFile::Begin() {
  const Result<void> begun = begin_.Run();
  begin_.Reset();
  return begun;
}

Result<void> KvFile::Commit() {
  const Result<void> done = commit_.Run();
  commit_.Reset();
  return done;
}

// What fails had been rolled back already.
void KvFile::Rollback() {
  (void)rollback_.Run();
  rollback_.Reset();
}

Result<std::string> KvFile::Do(const Request& request, int64_t now) {
  switch (request.operation) {
    case Operation::kGet:
    case Operation::kGetMany:
      return Get(request, now);
    case Operation::kPut:
      return Put(request, now);
    case Operation::kDelete:
      return Delete(request);
    case Operation::kList:
      return List(request, now);
    case Operation::kNamespaces:
      break;
  }
  return EncodeFailure(Outcome::kRefused, "a namespace has no such operation");
}

Result<std::string> KvFile::Get(const Request& request, int64_t now) {
  Answer answer;
  if (request.operation == Operation::kGet) {
    return *TRY(GetShort(request.keys.front(), kMaxValueBytes, now));
  }
  std::deque<std::string> kept;
  size_t bytes = 0;
  for (const std::string_view key : request.keys) {
    Entry& entry = answer.entries.emplace_back();
    entry.key = key;
    get_.Bytes(1, key).Number(2, now);
    const Result<bool> found = get_.Step();
    entry.found = found.ok() && *found;
    if (entry.found) {
      bytes += static_cast<size_t>(get_.NumberAt(2));
      if (bytes <= kMaxAtOnceBytes) {
        if (!get_.IsNullAt(0)) entry.metadata = Copied(kept, get_.BytesAt(0));
        entry.expiration = get_.NumberAt(1);
        entry.value = Copied(kept, get_.BytesAt(3));
      }
    }
    get_.Reset();
    if (!found.ok()) return found.error();
    if (bytes > kMaxAtOnceBytes) {
      return EncodeFailure(Outcome::kRefused,
                           "413 Total size of request exceeds the limit of 25MB");
    }
  }
  return Encode(answer);
}

Result<std::string> KvFile::Put(const Request& request, int64_t now) {
  const Expiry expiry = ExpiryOf(request.expiration, request.ttl, now);
  put_.Bytes(1, request.keys.front());
  if (expiry.at != 0) put_.Number(2, expiry.at);
  if (request.metadata) put_.Bytes(3, *request.metadata);
  put_.Bytes(4, request.value);
  const Result<void> done = put_.Run();
  put_.Reset();
  if (!done.ok()) return done.error();
  return Encode(Answer());
}

Result<std::string> KvFile::Delete(const Request& request) {
  for (const std::string_view key : request.keys) {
    delete_.Bytes(1, key);
    const Result<void> done = delete_.Run();
    delete_.Reset();
    if (!done.ok()) return done.error();
  }
  return Encode(Answer());
}

Result<std::optional<std::string>> KvFile::GetShort(std::string_view key, size_t most,
                                                    int64_t now) {
  get_.Bytes(1, key).Number(2, now);
  const Result<bool> found = get_.Step();
  std::optional<std::string> encoded;
  if (found.ok() && (!*found || static_cast<uint64_t>(get_.NumberAt(2)) <= most)) {
    // No copy but the one into the answer.
    Answer answer;
    Entry& entry = answer.entries.emplace_back();
    entry.found = *found;
    if (entry.found) {
      if (!get_.IsNullAt(0)) entry.metadata = get_.BytesAt(0);
      entry.expiration = get_.NumberAt(1);
      entry.value = get_.BytesAt(3);
    }
    encoded = Encode(answer);
  }
  get_.Reset();
  if (!found.ok()) return found.error();
  return encoded;
}

// One more than is wanted tells whether there is more.
Result<std::string> KvFile::List(const Request& request, int64_t now) {
  const std::string end = Behind(request.prefix);
  list_.Bytes(1, request.prefix).Bytes(2, request.after).Number(4, now);
  if (!end.empty()) list_.Bytes(3, end);
  list_.Number(5, int64_t{request.limit} + 1);
  std::deque<std::string> kept;
  Answer answer;
  Result<bool> row = list_.Step();
  for (; row.ok() && *row; row = list_.Step()) {
    if (answer.entries.size() == request.limit) {
      answer.complete = false;
      break;
    }
    Entry& entry = answer.entries.emplace_back();
    entry.key = Copied(kept, list_.BytesAt(0));
    entry.expiration = list_.NumberAt(1);
    if (!list_.IsNullAt(2)) entry.metadata = Copied(kept, list_.BytesAt(2));
  }
  list_.Reset();
  if (!row.ok()) return row.error();
  return Encode(answer);
}

Result<int64_t> KvFile::Sweep(int64_t now) {
  sweep_.Number(1, now).Number(2, kSweptAtOnce);
  const Result<void> done = sweep_.Run();
  sweep_.Reset();
  if (!done.ok()) return done.error();
  return database_.changes();
}

std::string WhatIsWrong(const Request& request, int64_t now) {
  const bool is_list = request.operation == Operation::kList;
  if (!is_list && request.operation != Operation::kNamespaces && request.keys.empty()) {
    return "400 there is no key";
  }
  if (request.keys.size() > 1 && request.operation != Operation::kGetMany &&
      request.operation != Operation::kDelete) {
    return "400 there are several keys";
  }
  if (request.keys.size() > kMaxKeysAtOnce) {
    return "400 You can request a maximum of " + std::to_string(kMaxKeysAtOnce) + " keys";
  }
  for (const std::string_view key : request.keys) {
    if (const std::string wrong = WrongWithKey(key); !wrong.empty()) return "414 " + wrong;
  }
  if (request.prefix.size() > kMaxKeyBytes || request.after.size() > kMaxKeyBytes) {
    return "414 UTF-8 encoded length of a prefix or cursor exceeds key length limit of " +
           std::to_string(kMaxKeyBytes) + ".";
  }
  if (is_list && (request.limit == 0 || request.limit > kMaxListed)) {
    return "400 Invalid key_count_limit of " + std::to_string(request.limit) +
           ". Please specify an integer between 1 and " + std::to_string(kMaxListed) + ".";
  }
  if (request.operation != Operation::kPut) return {};
  if (request.value.size() > kMaxValueBytes) {
    return "413 Value length of " + std::to_string(request.value.size()) + " exceeds limit of " +
           std::to_string(kMaxValueBytes) + ".";
  }
  if (request.metadata && request.metadata->size() > kMaxMetadataBytes) {
    return "413 Metadata length of " + std::to_string(request.metadata->size()) +
           " exceeds limit of " + std::to_string(kMaxMetadataBytes) + ".";
  }
  const std::string wrong = ExpiryOf(request.expiration, request.ttl, now).wrong;
  return wrong.empty() ? wrong : "400 " + wrong;
}

}  // namespace nano::kv
