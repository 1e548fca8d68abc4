// A namespace in a file, asked as the store's loop asks it.
#include "storage/kv/sqlite_namespace.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <ctime>
#include <future>
#include <latch>
#include <string>
#include <thread>

#include "storage/sqlite/database.h"
#include "tests/unit/temporary_directory.h"

namespace nano::kv {
namespace {

Call CallOf(const Request& request, std::promise<std::string>& answer) {
  return {.message = Encode(request),
          .writes = request.operation == Operation::kPut,
          .done = [&answer](std::string text) { answer.set_value(std::move(text)); },
          .has_room = [] { return true; },
          .park = [](Call) {}};
}

std::string Ask(SqliteNamespace& space, const Request& request) {
  std::promise<std::string> answer;
  space.Start(CallOf(request, answer));
  return answer.get_future().get();
}

TEST_CASE(
    "more entries expire than a sweep removes, and the file stays as large as what is in it") {
  const test::TemporaryDirectory folder;
  const std::string path = folder / "a.sqlite";
  WorkPool pool(2);
  SqliteNamespace space(pool, path, [](const Error&) {});
  const auto put = [&] {
    const std::string answer =
        Ask(space, {.operation = Operation::kPut, .keys = {"k"}, .value = "v"});
    CHECK(DecodeAnswer(answer)->outcome == Outcome::kDone);
  };
  put();  // The next sweep is in ten seconds.
  const auto other = sqlite::Database::Open(path, sqlite::Database::Access::kWrite);
  REQUIRE(other
              ->Run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                    "WHERE i < 5000) INSERT INTO entries (key, expiration, value) "
                    "SELECT CAST(i AS BLOB), 1, x'' FROM n")
              .ok());
  SqliteNamespace started(pool, path, [](const Error&) {});
  for (int i = 0; i < 30; ++i) {
    Ask(started, {.operation = Operation::kPut, .keys = {"k"}, .value = "v"});
  }
  CHECK(*other->Ask("SELECT count(*) FROM entries") == 1);
}

TEST_CASE("who asks does not wait for who writes, and gets what is there at once then") {
  const test::TemporaryDirectory folder;
  const std::string path = folder / "a.sqlite";
  WorkPool pool(2);
  SqliteNamespace space(pool, path, [](const Error&) {});
  Ask(space, {.operation = Operation::kPut, .keys = {"k"}, .value = "v"});
  const auto other = sqlite::Database::Open(path, sqlite::Database::Access::kWrite);
  REQUIRE(other->Run("BEGIN IMMEDIATE").ok());
  // By a line, which opens the file …
  const Request get{.operation = Operation::kGet, .keys = {"k"}};
  CHECK(DecodeAnswer(Ask(space, get))->entries.at(0).value == "v");
  // … so that it can be had at once: a line would answer on another thread.
  bool is_at_once = false;
  for (int i = 0; i < 1000 && !is_at_once; ++i) {
    std::promise<std::string> answer;
    const auto self = std::this_thread::get_id();
    Call call = CallOf(get, answer);
    std::thread::id by;
    call.done = [&](std::string text) {
      by = std::this_thread::get_id();
      answer.set_value(std::move(text));
    };
    space.Start(std::move(call));
    CHECK(DecodeAnswer(answer.get_future().get())->entries.at(0).value == "v");
    is_at_once = by == self;
  }
  CHECK(is_at_once);
  REQUIRE(other->Run("COMMIT").ok());
}

TEST_CASE("while somebody else has the file for himself, all that waits for it fails at once") {
  constexpr int kPuts = 1'000;
  const test::TemporaryDirectory folder;
  const std::string path = folder / "a.sqlite";
  WorkPool pool(2);
  SqliteNamespace space(pool, path, [](const Error&) {});
  const Request put{.operation = Operation::kPut, .keys = {"k"}, .value = "v"};
  Ask(space, put);
  const auto other = sqlite::Database::Open(path, sqlite::Database::Access::kWrite);
  REQUIRE(other->Run("BEGIN IMMEDIATE").ok());
  std::atomic<int> failures = 0;
  std::latch over(kPuts);
  for (int i = 0; i < kPuts; ++i) {
    std::promise<std::string> unused;
    Call call = CallOf(put, unused);
    call.done = [&](const std::string& answer) {
      // The first ones have waited for ten seconds; now they would be done.
      if (failures++ == 0) (void)other->Run("COMMIT");
      if (DecodeAnswer(answer)->outcome == Outcome::kDone) failures = -kPuts;
      over.count_down();
    };
    space.Start(std::move(call));
  }
  over.wait();
  CHECK(failures == kPuts);
  CHECK(DecodeAnswer(Ask(space, put))->outcome == Outcome::kDone);
  // Since it works again, also what was parked before that is done.
  std::promise<std::string> answer;
  Call parked = CallOf(put, answer);
  parked.began_ms -= kPatienceMs / 2;
  space.Start(std::move(parked));
  CHECK(DecodeAnswer(answer.get_future().get())->outcome == Outcome::kDone);
}

TEST_CASE("what nobody waits for any more is not written") {
  const test::TemporaryDirectory folder;
  WorkPool pool(2);
  SqliteNamespace space(pool, folder / "a.sqlite", [](const Error&) {});
  std::promise<std::string> answer;
  Call call = CallOf({.operation = Operation::kPut, .keys = {"k"}, .value = "v"}, answer);
  call.began_ms -= kPatienceMs;
  space.Start(std::move(call));
  CHECK(DecodeAnswer(answer.get_future().get())->outcome == Outcome::kFailed);
  const std::string got = Ask(space, {.operation = Operation::kGet, .keys = {"k"}});
  CHECK_FALSE(DecodeAnswer(got)->entries.at(0).found);
}

}  // namespace
}  // namespace nano::kv
