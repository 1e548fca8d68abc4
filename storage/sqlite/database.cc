// The library's calls as results. See database.h for ownership and threads.
#include "storage/sqlite/database.h"

#include <sqlite3.h>

#include <utility>

namespace nano::sqlite {
namespace {

constexpr int kPatienceMs = 10'000;

const char* HintFor(int code) {
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "The file is damaged, or none of SQLite's. Move it away, or put a copy in its place; "
             "nothing was deleted.";
    case SQLITE_FULL:
      return "Make room on the disk.";
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
      return "The file and its folder have to be the server's, to read and to write.";
    default:
      return "";
  }
}

// What the last failure of a connection was; null: there was no memory for one.
Error LastError(sqlite3* connection) {
  if (connection == nullptr) return Error{"SQLite: out of memory", {}, {}};
  const char* path = sqlite3_db_filename(connection, "main");
  return Error{std::string("SQLite: ") + sqlite3_errmsg(connection), path == nullptr ? "" : path,
               HintFor(sqlite3_extended_errcode(connection))};
}

}  // namespace

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(statement_, other.statement_);
  return *this;
}

Statement& Statement::Bytes(int index, std::string_view bytes) {
  // A null pointer would be NULL, not an empty text.
  const char* data = bytes.empty() ? "" : bytes.data();
  sqlite3_bind_blob64(statement_, index, data, bytes.size(), SQLITE_STATIC);
  return *this;
}

Statement& Statement::Number(int index, int64_t number) {
  sqlite3_bind_int64(statement_, index, number);
  return *this;
}

Statement& Statement::Null(int index) {
  sqlite3_bind_null(statement_, index);
  return *this;
}

Result<bool> Statement::Step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return LastError(sqlite3_db_handle(statement_));
}

Result<void> Statement::Run() {
  for (;;) {
    if (!TRY(Step())) return {};
  }
}

void Statement::Reset() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

int64_t Statement::steps() const {
  return sqlite3_stmt_status(statement_, SQLITE_STMTSTATUS_VM_STEP, 0);
}

std::string_view Statement::BytesAt(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return {static_cast<const char*>(data), static_cast<size_t>(size)};
}

int64_t Statement::NumberAt(int column) const { return sqlite3_column_int64(statement_, column); }

bool Statement::IsNullAt(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Database::~Database() { sqlite3_close_v2(connection_); }

Database::Database(Database&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

Database& Database::operator=(Database&& other) noexcept {
  std::swap(connection_, other.connection_);
  return *this;
}

Result<Database> Database::Open(const std::string& path, Access access) {
  sqlite3* connection = nullptr;
  // One thread at a time uses a connection, which therefore needs no locks of its own.
  const int flags = SQLITE_OPEN_NOMUTEX |
                    (access == Access::kRead ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
  const int code = sqlite3_open_v2(path.c_str(), &connection, flags, nullptr);
  Database database(connection);
  if (code != SQLITE_OK) {
    Error error = LastError(connection);
    error.where = path;
    return error;
  }
  sqlite3_extended_result_codes(connection, 1);
  sqlite3_busy_timeout(connection, kPatienceMs);
  return database;
}

Result<Statement> Database::Prepare(std::string_view sql) const {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(connection_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return LastError(connection_);
  return Statement(statement);
}

Result<void> Database::Run(const std::string& sql) const {
  if (sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return LastError(connection_);
  }
  return {};
}

Result<int64_t> Database::Ask(std::string_view sql) const {
  Statement statement = TRY(Prepare(sql));
  if (!TRY(statement.Step())) return 0;
  return statement.NumberAt(0);
}

void Database::NeverWait() const { sqlite3_busy_timeout(connection_, 0); }

int64_t Database::changes() const { return sqlite3_changes64(connection_); }

}  // namespace nano::sqlite
