// The schema, and a statement for each operation. See kv_file.h for ownership and threads.
#include "storage/kv/kv_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <utility>
#include <vector>

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

// Bytes of values that one sweep removes: it is part of a change that others wait for.
constexpr int64_t kSweptBytes = int64_t{16} << 20;

// Of keys and metadata in one list: what is more is for the next one. Only others than this program
// can have written that much.
constexpr size_t kListedBytes = kMaxAtOnceBytes;

// A text behind all that begin with this one, and before all others.
std::string Behind(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  // Longer than any key.
  if (end.empty()) end.assign(kMaxKeyBytes + 1, '\xff');
  return end;
}

// The first text behind both: those that begin so, and the one after which is asked.
std::string From(std::string_view prefix, std::string_view after) {
  if (after < prefix || after.empty()) return std::string(prefix);
  return std::string(after) + '\0';
}

Error Foreign(const std::string& path) {
  return Error{"the file is no KV namespace of this program", path,
               "Move it away, or name another namespace; nothing was changed in it."};
}

std::string_view Copied(std::deque<std::string>& kept, std::string_view bytes) {
  return kept.emplace_back(bytes);
}

// Whether nothing is in the file yet; an Error: what is in it is none of ours. Nothing is changed.
Result<bool> LookInto(const std::string& path, const sqlite::Database& database) {
  const int64_t application = TRY(database.Ask("PRAGMA application_id"));
  const int64_t format = TRY(database.Ask("PRAGMA user_version"));
  if (application == 0 && TRY(database.Ask("SELECT count(*) FROM sqlite_schema")) == 0) return true;
  if (application != kApplication) return Foreign(path);
  if (format == kFormat) return false;
  return Error{"the file has format " + std::to_string(format) + ", and this program knows " +
                   std::to_string(kFormat),
               path, "Use the program that wrote it."};
}

}  // namespace

Result<KvFile> KvFile::Open(const std::string& path, Purpose purpose) {
  // SQLite gives its files beside it the same permissions.
  if (OpenAt(AT_FDCWD, path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600).get() < 0) {
    return SystemError(path, "open", errno);
  }
  using sqlite::Database;
  bool is_new = false;
  {
    // A connection that may write does so when it closes.
    const Database looks = TRY(Database::Open(path, Database::Access::kRead));
    const Result<bool> looked = LookInto(path, looks);
    // What a process has left half done when it was killed has to be taken back to be read.
    const bool is_half_done = !looked.ok() && access((path + "-journal").c_str(), F_OK) == 0;
    if (!looked.ok() && !is_half_done) return looked.error();
    is_new = is_half_done || *looked;
  }
  KvFile file;
  file.database_ = TRY(Database::Open(path, Database::Access::kWrite));
  const Database& database = file.database_;
  if (is_new) is_new = TRY(LookInto(path, database));
  TRY(
      database.Run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
                   "PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -4096"));
  if (is_new) {
    // Two that open a new file at once make one schema.
    TRY(database.Run("BEGIN IMMEDIATE"));
    if (TRY(LookInto(path, database))) {
      std::string schema = kSchema;
      schema.append("PRAGMA application_id = ").append(std::to_string(kApplication));
      schema.append("; PRAGMA user_version = ").append(std::to_string(kFormat));
      TRY(database.Run(schema));
    }
    TRY(database.Run("COMMIT"));
  }
  TRY(file.Prepare(purpose));
  return file;
}

Result<void> KvFile::Prepare(Purpose purpose) {
  const bool writes = purpose == Purpose::kWrite;
  begin_ = TRY(database_.Prepare(writes ? "BEGIN IMMEDIATE" : "BEGIN"));
  commit_ = TRY(database_.Prepare("COMMIT"));
  rollback_ = TRY(database_.Prepare("ROLLBACK"));
  get_ =
      TRY(database_.Prepare("SELECT metadata, expiration, length(value), value, "
                            "ifnull(length(metadata), 0) FROM entries "
                            "WHERE key = ?1 AND (expiration IS NULL OR expiration > ?2)"));
  put_ =
      TRY(database_.Prepare("INSERT INTO entries (key, expiration, metadata, value) "
                            "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO UPDATE SET "
                            "expiration = ?2, metadata = ?3, value = ?4"));
  delete_ = TRY(database_.Prepare("DELETE FROM entries WHERE key = ?1"));
  list_ =
      TRY(database_.Prepare("SELECT key, expiration, metadata FROM entries "
                            "WHERE key >= ?1 AND key < ?2 "
                            "AND (expiration IS NULL OR expiration > ?3) ORDER BY key LIMIT ?4"));
  expired_ =
      TRY(database_.Prepare("SELECT rowid, length(value) FROM entries "
                            "WHERE expiration <= ?1 ORDER BY expiration LIMIT ?2"));
  remove_ = TRY(database_.Prepare("DELETE FROM entries WHERE rowid = ?1"));
  if (!writes) TRY(database_.Run("PRAGMA query_only = ON"));
  if (purpose == Purpose::kGlance) database_.NeverWait();
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
    std::optional<std::string> answer =
        TRY(GetShort(request.keys.front(), kMaxValueBytes + kMaxMetadataBytes, now));
    if (answer) return *std::move(answer);
    return EncodeFailure(Outcome::kFailed, "413 the entry is longer than one of KV's can be");
  }
  std::deque<std::string> kept;
  size_t bytes = 0;
  size_t other_bytes = 0;
  const auto is_too_much = [&] {
    return bytes > kMaxAtOnceBytes || other_bytes > kMaxKeysAtOnce * kMaxMetadataBytes;
  };
  for (const std::string_view key : request.keys) {
    Entry& entry = answer.entries.emplace_back();
    entry.key = key;
    get_.Bytes(1, key).Number(2, now);
    const Result<bool> found = get_.Step();
    entry.found = found.ok() && *found;
    if (entry.found) {
      bytes += static_cast<size_t>(get_.NumberAt(2));
      other_bytes += static_cast<size_t>(get_.NumberAt(4));
      if (!is_too_much()) {
        if (!get_.IsNullAt(0)) entry.metadata = Copied(kept, get_.BytesAt(0));
        entry.expiration = get_.NumberAt(1);
        entry.value = Copied(kept, get_.BytesAt(3));
      }
    }
    get_.Reset();
    if (!found.ok()) return found.error();
    if (is_too_much()) {
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
  const auto bytes = [this] { return static_cast<uint64_t>(get_.NumberAt(2) + get_.NumberAt(4)); };
  if (found.ok() && (!*found || bytes() <= most)) {
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
  const std::string from = From(request.prefix, request.after);
  const std::string end = Behind(request.prefix);
  list_.Bytes(1, from).Bytes(2, end).Number(3, now).Number(4, int64_t{request.limit} + 1);
  std::deque<std::string> kept;
  Answer answer;
  size_t bytes = 0;
  Result<bool> row = list_.Step();
  for (; row.ok() && *row; row = list_.Step()) {
    const std::string_view key = list_.BytesAt(0);
    const std::string_view metadata = list_.BytesAt(2);
    bytes += key.size() + metadata.size();
    if (answer.entries.size() == request.limit || bytes > kListedBytes) {
      answer.complete = false;
      break;
    }
    Entry& entry = answer.entries.emplace_back();
    entry.key = Copied(kept, key);
    entry.expiration = list_.NumberAt(1);
    if (!list_.IsNullAt(2)) entry.metadata = Copied(kept, metadata);
  }
  list_.Reset();
  if (!row.ok()) return row.error();
  if (!answer.complete && answer.entries.empty()) {
    return EncodeFailure(Outcome::kFailed, "413 there is metadata that is too long for an answer");
  }
  return Encode(answer);
}

Result<bool> KvFile::Sweep(int64_t now, int64_t most) {
  std::vector<int64_t> rows;
  int64_t bytes = 0;
  expired_.Number(1, now).Number(2, most);
  Result<bool> row = expired_.Step();
  for (; row.ok() && *row && bytes < kSweptBytes; row = expired_.Step()) {
    rows.push_back(expired_.NumberAt(0));
    bytes += expired_.NumberAt(1);
  }
  expired_.Reset();
  if (!row.ok()) return row.error();
  for (const int64_t id : rows) {
    remove_.Number(1, id);
    const Result<void> removed = remove_.Run();
    remove_.Reset();
    if (!removed.ok()) return removed.error();
  }
  return bytes >= kSweptBytes || static_cast<int64_t>(rows.size()) == most;
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
  if (const std::string wrong = WrongWithPlace(request.prefix, request.after); !wrong.empty()) {
    return "414 " + wrong;
  }
  if (is_list && (request.limit == 0 || request.limit > kMaxListed)) {
    return "400 Invalid key_count_limit of " + std::to_string(request.limit) +
           ". Please specify an integer between 1 and " + std::to_string(kMaxListed) + ".";
  }
  if (request.operation != Operation::kPut) return {};
  const size_t metadata = request.metadata.value_or("").size();
  if (const std::string wrong = WrongWithValue(request.value.size(), metadata); !wrong.empty()) {
    return "413 " + wrong;
  }
  const std::string wrong = ExpiryOf(request.expiration, request.ttl, now).wrong;
  return wrong.empty() ? wrong : "400 " + wrong;
}

}  // namespace nano::kv
