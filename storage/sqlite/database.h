// SQLite: a connection to a database, and statements that it has prepared.
//
// Errors name the file, and what to do where there is something. What is damaged stays as it is.
// Owns the connection; statements go before it. Thread: any one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace nano::sqlite {

class Statement {
 public:
  Statement() = default;
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;

  // Parameters count from 1. Bytes have to live until the statement is reset.
  Statement& Bytes(int index, std::string_view bytes);
  Statement& Number(int index, int64_t number);
  Statement& Null(int index);

  // The next row: whether there is one.
  Result<bool> Step();
  // All of it, of which no row is wanted.
  Result<void> Run();
  // To be run again, with no parameters.
  void Reset();

  // What it has cost so far: operations of SQLite's virtual machine.
  int64_t steps() const;

  // Of the row, counted from 0; bytes live until the next step or reset.
  std::string_view BytesAt(int column) const;
  int64_t NumberAt(int column) const;
  bool IsNullAt(int column) const;

 private:
  friend class Database;
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  sqlite3_stmt* statement_ = nullptr;
};

class Database {
 public:
  enum class Access { kRead, kWrite };

  // A file that is there. Waits up to ten seconds for what others do to it, at each statement.
  // kRead changes nothing of it, and cannot read what a process has left half done.
  static Result<Database> Open(const std::string& path, Access access);
  Database() = default;
  ~Database();
  Database(Database&& other) noexcept;
  Database& operator=(Database&& other) noexcept;

  Result<Statement> Prepare(std::string_view sql) const;
  // Statements without parameters and rows.
  Result<void> Run(const std::string& sql) const;
  // The number that a statement gives in its first row.
  Result<int64_t> Ask(std::string_view sql) const;
  // It fails where it would have to wait for others, from now on.
  void NeverWait() const;
  // Rows that the last statement has changed.
  int64_t changes() const;

 private:
  explicit Database(sqlite3* connection) : connection_(connection) {}

  sqlite3* connection_ = nullptr;
};

}  // namespace nano::sqlite
