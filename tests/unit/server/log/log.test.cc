// Log lines: valid whatever is logged, whole whoever else writes.
#include "server/log/log.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/json_fields.h"

namespace nano::server {
namespace {

constexpr int64_t kTime = 1767225600123;  // 2026-01-01T00:00:00.123Z

std::string JsonLine(std::string_view app, std::string_view message,
                     std::initializer_list<LogField> fields = {}) {
  std::string line;
  AppendLogLine(line, LogFormat::kJson, false, kTime, LogLevel::kError, 3, app, message, fields);
  return line;
}

std::string TextLine(std::string_view app, std::string_view message,
                     std::initializer_list<LogField> fields = {}) {
  std::string line;
  AppendLogLine(line, LogFormat::kText, false, kTime, LogLevel::kWarn, 3, app, message, fields);
  return line;
}

TEST_CASE("a JSON line holds the entry") {
  const Json entry =
      Json::Parse(JsonLine("shop", "TypeError: x\n    at a.ts:1:2", {{"pid", 42}, {"peer", "::1"}}))
          .value();
  CHECK(TextOf(entry, "time") == "2026-01-01T00:00:00.123Z");
  CHECK(TextOf(entry, "level") == "error");
  CHECK(NumberOf(entry, "worker") == 3);
  CHECK(TextOf(entry, "app") == "shop");
  CHECK(TextOf(entry, "msg") == "TypeError: x\n    at a.ts:1:2");
  CHECK(NumberOf(entry, "pid") == 42);
  CHECK(TextOf(entry, "peer") == "::1");
}

TEST_CASE("a JSON line is valid and single whatever the bytes") {
  std::string hostile;
  for (int round = 0; round < 3; ++round) {
    for (int byte = 0; byte < 256; ++byte) hostile += static_cast<char>(byte);
  }
  hostile += "\xe2\x80\xa8\xed\xa0\x80\xf4\x90\x80\x80\xc0\xaf";
  const std::string line = JsonLine(hostile, hostile, {{"field", hostile}});
  CHECK(line.find('\n') == line.size() - 1);
  const Result<Json> entry = Json::Parse(line);  // Fails on malformed UTF-8 too.
  REQUIRE(entry.ok());
  CHECK(TextOf(*entry, "msg").find("\"") != std::string::npos);
  CHECK(TextOf(*entry, "msg") == TextOf(*entry, "field"));
}

TEST_CASE("a text line cannot steer a terminal") {
  const std::string line = TextLine("a\nb", "one\n\ttwo \x1b[31mred\r\x7f", {{"field", "x\ny"}});
  CHECK(line.ends_with(" warn  a\\x0ab: one\n\ttwo \\x1b[31mred\\x0d\\x7f  field=x\\x0ay\n"));
  CHECK(TextLine("", "größe").ends_with(" warn  größe\n"));
}

TEST_CASE(
    "long lines are whole or dropped and counted, never mixed with those of other processes") {
  int pipe_ends[2];
  REQUIRE(pipe2(pipe_ends, O_CLOEXEC) == 0);
  // As a shared terminal may be: whole lines even so.
  REQUIRE(fcntl(pipe_ends[1], F_SETFL, O_NONBLOCK) == 0);
  constexpr int kWriters = 4, kLines = 40;
  constexpr size_t kLength = 60'000;
  auto owned = std::make_unique<LogSink>(pipe_ends[1]);
  LogSink& sink = *owned;
  std::vector<pid_t> children;
  for (int writer = 0; writer < kWriters; ++writer) {
    const pid_t pid = fork();
    if (pid == 0) {
      Log log(sink, LogFormat::kJson, writer + 1);
      const std::string message(kLength, static_cast<char>('a' + writer));
      for (int line = 0; line < kLines; ++line) log.Info(message);
      sink.Drain(std::chrono::seconds(10));
      _exit(0);
    }
    children.push_back(pid);
  }
  owned.reset();
  close(pipe_ends[1]);

  std::string all;
  std::vector<char> buffer(1 << 16);
  for (ssize_t size; (size = read(pipe_ends[0], buffer.data(), buffer.size())) > 0;) {
    all.append(buffer.data(), static_cast<size_t>(size));
  }
  close(pipe_ends[0]);
  for (const pid_t child : children) {
    int status = -1;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }

  int lines[kWriters] = {};
  int dropped = 0;
  for (size_t begin = 0; begin < all.size();) {
    const size_t end = all.find('\n', begin);
    REQUIRE(end != std::string::npos);
    const Json entry = Json::Parse(all.substr(begin, end - begin)).value();
    begin = end + 1;
    if (entry.Find("count") != nullptr) {
      dropped += static_cast<int>(NumberOf(entry, "count"));
      continue;
    }
    const int64_t worker = NumberOf(entry, "worker");
    REQUIRE((TextOf(entry, "msg") == std::string(kLength, static_cast<char>('a' + worker - 1))));
    ++lines[worker - 1];
  }
  for (const int count : lines) dropped += count;
  CHECK(dropped == kWriters * kLines);
}

TEST_CASE("a reader that stalls holds nobody up; what it missed is counted") {
  int pipe_ends[2];
  REQUIRE(pipe2(pipe_ends, O_CLOEXEC) == 0);
  auto owned = std::make_unique<LogSink>(pipe_ends[1]);
  LogSink& sink = *owned;
  Log log(sink, LogFormat::kJson);
  constexpr int kLines = 500;
  for (int line = 0; line < kLines; ++line) log.Info(std::string(10'000, 'x'));  // Would block.
  CHECK(sink.pending());
  // Whoever shares the pipe finds it as it was.
  CHECK((fcntl(pipe_ends[1], F_GETFL) & O_NONBLOCK) == 0);

  std::string all;
  std::thread reader([&] {
    std::vector<char> buffer(1 << 16);
    for (ssize_t size; (size = read(pipe_ends[0], buffer.data(), buffer.size())) > 0;) {
      all.append(buffer.data(), static_cast<size_t>(size));
    }
  });
  sink.Drain(std::chrono::seconds(10));
  CHECK_FALSE(sink.pending());
  log.Info("after");
  // Both writing ends are closed for the reader to see the end.
  owned.reset();
  close(pipe_ends[1]);
  reader.join();
  close(pipe_ends[0]);
  int whole = 0, dropped = 0;
  for (size_t begin = 0; begin < all.size();) {
    const size_t end = all.find('\n', begin);
    REQUIRE(end != std::string::npos);
    const Json entry = Json::Parse(all.substr(begin, end - begin)).value();
    if (entry.Find("count") != nullptr) CHECK(TextOf(entry, "reason") == "log-reader");
    dropped += static_cast<int>(NumberOf(entry, "count"));
    if (TextOf(entry, "msg").size() == 10'000) ++whole;
    begin = end + 1;
  }
  CHECK(whole + dropped == kLines);
  CHECK(dropped > 0);
  CHECK(all.find("\"after\"") != std::string::npos);
}

TEST_CASE("a message that is too long is cut at a character and says so") {
  int pipe_ends[2];
  REQUIRE(pipe2(pipe_ends, O_CLOEXEC) == 0);
  fcntl(pipe_ends[1], F_SETPIPE_SZ, 1 << 20);
  LogSink sink(pipe_ends[1]);
  Log log(sink, LogFormat::kJson);
  log.Info("first");
  std::string text = "x";
  for (size_t i = 0; i < kMaxLoggedText; ++i) text += "\xc3\xa4";
  log.Info(text);
  std::vector<char> buffer(1 << 20);
  std::string all;
  while (std::count(all.begin(), all.end(), '\n') < 2) {
    const ssize_t size = read(pipe_ends[0], buffer.data(), buffer.size());
    REQUIRE(size > 0);
    all.append(buffer.data(), static_cast<size_t>(size));
    sink.Flush();
  }
  const std::string line = all.substr(all.find('\n') + 1);
  const std::string message = TextOf(Json::Parse(line).value(), "msg");
  CHECK(message.size() < kMaxLoggedText + 64);
  CHECK(message.ends_with("ä … (" + std::to_string(2 * kMaxLoggedText + 1 - (kMaxLoggedText - 1)) +
                          " more bytes)"));
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

TEST_CASE("a log that nobody reads any more loses its lines and nothing else") {
  int pipe_ends[2];
  REQUIRE(pipe2(pipe_ends, O_CLOEXEC) == 0);
  close(pipe_ends[0]);
  signal(SIGPIPE, SIG_IGN);
  LogSink sink(pipe_ends[1]);
  sink.Write("lost\n");
  sink.Write("lost too\n");
  close(pipe_ends[1]);
  SUCCEED();
}

}  // namespace
}  // namespace nano::server
