// Log lines: valid whatever is logged, whole whoever else writes.
#include "server/log.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

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
  const auto entry = nlohmann::json::parse(
      JsonLine("shop", "TypeError: x\n    at a.ts:1:2", {{"pid", 42}, {"peer", "::1"}}));
  CHECK(entry["time"] == "2026-01-01T00:00:00.123Z");
  CHECK(entry["level"] == "error");
  CHECK(entry["worker"] == 3);
  CHECK(entry["app"] == "shop");
  CHECK(entry["msg"] == "TypeError: x\n    at a.ts:1:2");
  CHECK(entry["pid"] == 42);
  CHECK(entry["peer"] == "::1");
}

TEST_CASE("a JSON line is valid and single whatever the bytes") {
  std::string hostile;
  for (int round = 0; round < 3; ++round) {
    for (int byte = 0; byte < 256; ++byte) hostile += static_cast<char>(byte);
  }
  hostile += "\xe2\x80\xa8\xed\xa0\x80\xf4\x90\x80\x80\xc0\xaf";
  const std::string line = JsonLine(hostile, hostile, {{"field", hostile}});
  CHECK(line.find('\n') == line.size() - 1);
  const auto entry = nlohmann::json::parse(line);  // Throws on invalid UTF-8 too.
  CHECK(entry["msg"].get<std::string>().find("\"") != std::string::npos);
  CHECK(entry["msg"] == entry["field"]);
}

TEST_CASE("a text line cannot steer a terminal") {
  const std::string line = TextLine("a\nb", "one\n\ttwo \x1b[31mred\r\x7f", {{"field", "x\ny"}});
  CHECK(line.ends_with(" warn  a\\x0ab: one\n\ttwo \\x1b[31mred\\x0d\\x7f  field=x\\x0ay\n"));
  CHECK(TextLine("", "größe").ends_with(" warn  größe\n"));
}

TEST_CASE("long lines are neither cut nor mixed with those of other processes") {
  int pipe_ends[2];
  REQUIRE(pipe2(pipe_ends, O_CLOEXEC) == 0);
  // As a shared terminal may be: whole lines even so.
  REQUIRE(fcntl(pipe_ends[1], F_SETFL, O_NONBLOCK) == 0);
  constexpr int kWriters = 4, kLines = 40;
  constexpr size_t kLength = 100'000;
  LogSink sink(pipe_ends[1]);
  std::vector<pid_t> children;
  for (int writer = 0; writer < kWriters; ++writer) {
    const pid_t pid = fork();
    if (pid == 0) {
      Log log(sink, LogFormat::kJson, writer + 1);
      const std::string message(kLength, static_cast<char>('a' + writer));
      for (int line = 0; line < kLines; ++line) log.Info(message);
      _exit(0);
    }
    children.push_back(pid);
  }
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
  for (size_t begin = 0; begin < all.size();) {
    const size_t end = all.find('\n', begin);
    REQUIRE(end != std::string::npos);
    const auto entry = nlohmann::json::parse(all.substr(begin, end - begin));
    const int worker = entry["worker"];
    REQUIRE((entry["msg"] == std::string(kLength, static_cast<char>('a' + worker - 1))));
    ++lines[worker - 1];
    begin = end + 1;
  }
  for (const int count : lines) CHECK(count == kLines);
}

TEST_CASE("a writer killed within its line neither blocks nor spoils the next") {
  int pipe_ends[2];
  REQUIRE(pipe2(pipe_ends, O_CLOEXEC) == 0);
  LogSink sink(pipe_ends[1]);
  const pid_t child = fork();
  if (child == 0) {
    sink.Write(std::string(1 << 20, 'x') + "\n");  // More than the pipe takes: blocks.
    _exit(0);
  }
  std::string all;
  std::vector<char> buffer(1 << 16);
  all.append(buffer.data(), static_cast<size_t>(read(pipe_ends[0], buffer.data(), 1)));
  kill(child, SIGKILL);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));

  std::thread writer([&] {
    sink.Write("next\n");
    close(pipe_ends[1]);
  });
  for (ssize_t size; (size = read(pipe_ends[0], buffer.data(), buffer.size())) > 0;) {
    all.append(buffer.data(), static_cast<size_t>(size));
  }
  writer.join();
  close(pipe_ends[0]);
  CHECK(all.ends_with("x\nnext\n"));
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
