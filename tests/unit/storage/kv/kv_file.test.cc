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
  CHECK(*file.writes().Sweep(kNow + 59) == 0);
  CHECK(*file.writes().Sweep(kNow + 60) == 1);
  CHECK(file.List({}) == Keys{"long"});
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

}  // namespace
}  // namespace nano::kv
