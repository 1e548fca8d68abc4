// A namespace's file: what is put is got, by all connections, and damage costs nobody else.
#include "storage/kv/kv_file.h"

#include <sys/stat.h>
#include <catch2/catch.hpp>
#include <fstream>
#include <string>
#include <vector>

#include "tests/unit/temporary_directory.h"

namespace nano::kv {
namespace {

constexpr int64_t kNow = 1'000'000;

class Opened {
 public:
  explicit Opened(const std::string& path)
      : writes_(KvFile::Open(path, KvFile::Purpose::kWrite).value()),
        reads_(KvFile::Open(path, KvFile::Purpose::kRead).value()) {}

  void Put(std::string_view key, std::string_view value, int64_t ttl = 0,
           std::optional<std::string_view> metadata = {}) {
    Write({.operation = Operation::kPut,
           .keys = {key},
           .value = value,
           .metadata = metadata,
           .ttl = ttl});
  }
  void Write(const Request& request) {
    REQUIRE(WhatIsWrong(request, kNow).empty());
    REQUIRE(writes_.Begin().ok());
    REQUIRE(writes_.Do(request, kNow).ok());
    REQUIRE(writes_.Commit().ok());
  }
  // The answer, whose texts live as long as this.
  Answer Read(const Request& request, int64_t now = kNow) {
    message_ = reads_.Do(request, now).value();
    return DecodeAnswer(message_).value();
  }
  std::string Get(std::string_view key, int64_t now = kNow) {
    const Answer answer = Read({.operation = Operation::kGet, .keys = {key}}, now);
    return answer.entries.at(0).found ? std::string(answer.entries[0].value) : "(none)";
  }
  std::vector<std::string> List(Request request) {
    request.operation = Operation::kList;
    std::vector<std::string> keys;
    const Answer answer = Read(request);
    for (const Entry& entry : answer.entries) keys.emplace_back(entry.key);
    if (!answer.complete) keys.emplace_back("…");
    return keys;
  }

  KvFile& writes() { return writes_; }
  KvFile& reads() { return reads_; }

 private:
  KvFile writes_, reads_;
  std::string message_;
};

using Keys = std::vector<std::string>;

TEST_CASE("what one connection puts another one gets") {
  const test::TemporaryDirectory folder;
  Opened file(folder / "a.sqlite");
  const std::string binary("\0\xff\r\n", 4);
  file.Put("key", binary);
  file.Put("empty", "");
  file.Put("meta", "value", 0, R"({"a":1})");
  CHECK(file.Get("key") == binary);
  CHECK(file.Get("empty").empty());
  CHECK(file.Get("other") == "(none)");
  CHECK(file.Read({.operation = Operation::kGet, .keys = {"meta"}}).entries[0].metadata ==
        R"({"a":1})");
  file.Put("meta", "again");
  CHECK_FALSE(file.Read({.operation = Operation::kGet, .keys = {"meta"}}).entries[0].metadata);
  file.Write({.operation = Operation::kDelete, .keys = {"key", "none"}});
  CHECK(file.Get("key") == "(none)");
  struct stat status;
  REQUIRE(stat((folder / "a.sqlite").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("what is not committed is not there") {
  const test::TemporaryDirectory folder;
  Opened file(folder / "a.sqlite");
  REQUIRE(file.writes().Begin().ok());
  REQUIRE(file.writes().Do({.operation = Operation::kPut, .keys = {"k"}, .value = "v"}, kNow).ok());
  CHECK(file.Get("k") == "(none)");
  file.writes().Rollback();
  CHECK(file.Get("k") == "(none)");
}

TEST_CASE("entries end when they expire, and are swept then") {
  const test::TemporaryDirectory folder;
  Opened file(folder / "a.sqlite");
  file.Put("short", "v", 60);
  file.Put("long", "v");
  CHECK(file.Get("short", kNow + 59) == "v");
  CHECK(file.Get("short", kNow + 60) == "(none)");
  CHECK(file.List({}) == Keys{"long", "short"});
  CHECK_FALSE(*file.writes().Sweep(kNow + 59, 1));
  CHECK(*file.writes().Sweep(kNow + 60, 1));
  CHECK(file.List({}) == Keys{"long"});
  CHECK_FALSE(*file.writes().Sweep(kNow + 60, 1));
}

TEST_CASE("a sweep takes no more values than a change should have") {
  const test::TemporaryDirectory folder;
  Opened file(folder / "a.sqlite");
  const std::string large(kMaxValueBytes, 'v');
  for (const char* key : {"a", "b"}) file.Put(key, large, 60);
  CHECK(*file.writes().Sweep(kNow + 60, 10));
  CHECK(file.writes().Sweep(kNow + 60, 10).ok());
  CHECK_FALSE(*file.writes().Sweep(kNow + 60, 10));
}

TEST_CASE("each page of a list costs what is on it, wherever it is") {
  const test::TemporaryDirectory folder;
  Opened file(folder / "a.sqlite");
  REQUIRE(file.writes().Begin().ok());
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = "p/" + std::to_string(100'000 + i);
    REQUIRE(file.writes().Do({.operation = Operation::kPut, .keys = {key}}, kNow).ok());
  }
  REQUIRE(file.writes().Commit().ok());
  const auto cost = [&](const Request& request) {
    const int64_t before = file.reads().list_steps();
    CHECK(file.List(request).size() == request.limit + 1);
    return file.reads().list_steps() - before;
  };
  const int64_t first = cost({.prefix = "p/", .limit = 10});
  CHECK(cost({.prefix = "p/", .after = "p/119900", .limit = 10}) <= first + 10);
  CHECK(cost({.after = "p/119900", .limit = 10}) <= first + 10);
  // What comes behind those with the prefix is not looked at.
  file.Put("a/1", "v");
  const int64_t before = file.reads().list_steps();
  CHECK(file.List({.prefix = "a/"}) == Keys{"a/1"});
  CHECK(file.reads().list_steps() - before <= first);
}

TEST_CASE("metadata that others have written, and that is long, is listed in several answers") {
  const test::TemporaryDirectory folder;
  const std::string path = folder / "a.sqlite";
  Opened file(path);
  for (const char* key : {"a", "b", "c"}) file.Put(key, "v", 0, "1");
  {
    const auto other = sqlite::Database::Open(path, sqlite::Database::Access::kWrite);
    REQUIRE(other->Run("UPDATE entries SET metadata = zeroblob(13 << 20) WHERE key < x'63'").ok());
  }
  CHECK(file.List({}) == Keys{"a", "…"});
  CHECK(file.List({.after = "a"}) == Keys{"b", "c"});
  {
    const auto other = sqlite::Database::Open(path, sqlite::Database::Access::kWrite);
    REQUIRE(other->Run("UPDATE entries SET metadata = zeroblob(40 << 20) WHERE key = x'62'").ok());
  }
  CHECK(file.Read({.operation = Operation::kList, .after = "a"}).outcome == Outcome::kFailed);
  CHECK(file.Read({.operation = Operation::kGet, .keys = {"b"}}).outcome == Outcome::kFailed);
  CHECK(file.Read({.operation = Operation::kGetMany, .keys = {"b"}}).outcome == Outcome::kRefused);
}

TEST_CASE("lists are in the order of bytes, by prefix, in pages") {
  const test::TemporaryDirectory folder;
  Opened file(folder / "a.sqlite");
  for (const char* key : {"b", "a/2", "a/1", "a", "ä", "\xff\xff", "a0"}) file.Put(key, "v");
  CHECK(file.List({}) == Keys{"a", "a/1", "a/2", "a0", "b", "ä", "\xff\xff"});
  CHECK(file.List({.prefix = "a/"}) == Keys{"a/1", "a/2"});
  CHECK(file.List({.prefix = "\xff"}) == Keys{"\xff\xff"});
  CHECK(file.List({.limit = 2}) == Keys{"a", "a/1", "…"});
  CHECK(file.List({.prefix = "a", .after = "a/1", .limit = 2}) == Keys{"a/2", "a0"});
  CHECK(file.List({.after = "\xff\xff"}).empty());
}

TEST_CASE("several keys are one answer, in their order, within a bound") {
  const test::TemporaryDirectory folder;
  Opened file(folder / "a.sqlite");
  file.Put("a", "1");
  file.Put("b", std::string(kMaxValueBytes, 'x'));
  const Answer answer = file.Read({.operation = Operation::kGetMany, .keys = {"c", "a"}});
  REQUIRE(answer.entries.size() == 2);
  CHECK_FALSE(answer.entries[0].found);
  CHECK(answer.entries[1].value == "1");
  CHECK(file.Read({.operation = Operation::kGetMany, .keys = {"a", "b"}}).outcome ==
        Outcome::kRefused);
}

TEST_CASE("what is out of bounds is refused in the words of the platform") {
  const auto put = [](std::string_view key, std::string_view value) {
    return Request{.operation = Operation::kPut, .keys = {key}, .value = value};
  };
  CHECK(WhatIsWrong(put("", "v"), kNow) == "414 Key name cannot be empty.");
  CHECK(WhatIsWrong(put("..", "v"), kNow) == "414 \"..\" is not allowed as a key name.");
  CHECK(WhatIsWrong(put(std::string(512, 'k'), "v"), kNow).empty());
  CHECK(WhatIsWrong(put(std::string(513, 'k'), "v"), kNow) ==
        "414 UTF-8 encoded length of 513 exceeds key length limit of 512.");
  const std::string large(kMaxValueBytes + 1, 'v');
  CHECK(WhatIsWrong(put("k", large), kNow) ==
        "413 Value length of 26214401 exceeds limit of 26214400.");
  Request request = put("k", "v");
  request.ttl = 59;
  CHECK(WhatIsWrong(request, kNow) ==
        "400 Invalid expiration_ttl of 59. Expiration TTL must be at least 60.");
  request.ttl = 0;
  request.expiration = kNow + 59;
  CHECK(WhatIsWrong(request, kNow) ==
        "400 Invalid expiration of 1000059. Expiration times must be at least 60 seconds in the "
        "future.");
  request.expiration = 0;
  request.metadata = std::string_view(large).substr(0, 1025);
  CHECK(WhatIsWrong(request, kNow) == "413 Metadata length of 1025 exceeds limit of 1024.");
}

TEST_CASE("a file that is none of ours is said to be, and stays as it is") {
  const test::TemporaryDirectory folder;
  const std::string damaged(8192, 'x');
  std::ofstream(folder / "bad.sqlite") << damaged;
  const auto opened = KvFile::Open(folder / "bad.sqlite", KvFile::Purpose::kWrite);
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().where == folder / "bad.sqlite");
  CHECK(opened.error().ToString().find("file is not a database") != std::string::npos);
  std::ifstream left(folder / "bad.sqlite");
  CHECK(std::string(std::istreambuf_iterator<char>(left), {}) == damaged);
}

TEST_CASE("another program's database stays as it is") {
  const test::TemporaryDirectory folder;
  const std::string path = folder / "other.sqlite";
  std::ofstream(path).close();
  const auto bytes = [&path] {
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  {
    const auto other = sqlite::Database::Open(path, sqlite::Database::Access::kWrite);
    REQUIRE(other->Run("CREATE TABLE theirs (x)").ok());
  }
  const std::string before = bytes();
  const auto opened = KvFile::Open(path, KvFile::Purpose::kWrite);
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().message == "the file is no KV namespace of this program");
  CHECK(bytes() == before);
}

TEST_CASE("to read, nobody waits for who writes") {
  const test::TemporaryDirectory folder;
  const std::string path = folder / "a.sqlite";
  Opened file(path);
  file.Put("key", "value");
  REQUIRE(file.writes().Begin().ok());
  // It would wait for ten seconds, and fail then.
  Result<KvFile> opened = KvFile::Open(path, KvFile::Purpose::kGlance);
  REQUIRE(opened.ok());
  CHECK(opened->GetShort("key", 100, kNow)->has_value());
  file.writes().Rollback();
}

}  // namespace
}  // namespace nano::kv
