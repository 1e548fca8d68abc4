// The log's tail: what several processes write is read whole, in order, with what is missing known,
// whoever is killed meanwhile.
#include "server/log/log_tail.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "server/log/log_sink.h"

namespace nano::server {
namespace {

std::vector<LogTail::Line> ReadFrom(const LogTail& tail, uint64_t& at) {
  return LogTail::Parse(tail.CopyFrom(at));
}

TEST_CASE("lines come with their apps, once, in order", "[log-tail]") {
  LogTail tail;
  uint64_t at = 0;
  CHECK_FALSE(tail.HasMore(at));
  CHECK(ReadFrom(tail, at).empty());
  tail.Append("shop", "one\n");
  tail.Append("", "two\nlines\n");
  CHECK(tail.HasMore(at));
  const std::vector<LogTail::Line> lines = ReadFrom(tail, at);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].app == "shop");
  CHECK(lines[0].text == "one");
  CHECK(lines[0].number == 0);
  CHECK(lines[1].app.empty());
  CHECK(lines[1].text == "two\nlines");
  CHECK_FALSE(tail.HasMore(at));
  tail.Miss();
  tail.Append("shop", "");
  const std::vector<LogTail::Line> more = ReadFrom(tail, at);
  REQUIRE(more.size() == 1);
  CHECK(more[0].number == 3);
  CHECK(more[0].text.empty());
}

TEST_CASE("the oldest lines make room, whole, wherever the ring wraps", "[log-tail]") {
  LogTail tail;
  uint64_t at = 0, next = 0, missed = 0, read = 0;
  constexpr uint64_t kLines = 5'000;
  for (uint64_t i = 0; i < kLines; ++i) {
    const std::string number = std::to_string(i);
    tail.Append("app" + number, std::string(i * 7 % 1'500, static_cast<char>('a' + i % 26)));
    // Sometimes behind by more than the ring, sometimes by less.
    if (i % 1'300 != 0 && i % 97 != 0 && i != kLines - 1) continue;
    if (i > 2'000 && i < 4'000) continue;
    for (const LogTail::Line& line : ReadFrom(tail, at)) {
      REQUIRE(line.number >= next);
      missed += line.number - next;
      next = line.number + 1;
      ++read;
      REQUIRE(line.app == "app" + std::to_string(line.number));
      REQUIRE(line.text ==
              std::string(line.number * 7 % 1'500, static_cast<char>('a' + line.number % 26)));
    }
  }
  CHECK(next == kLines);
  CHECK(read + missed == kLines);
  CHECK(missed > 0);
}

TEST_CASE("what is larger than the ring is missed, and nothing else", "[log-tail]") {
  LogTail tail;
  uint64_t at = 0;
  tail.Append("a", "before");
  tail.Append("a", std::string(LogTail::kRingBytes, 'x'));
  tail.Append("a", "after");
  const std::vector<LogTail::Line> lines = ReadFrom(tail, at);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].text == "before");
  CHECK(lines[1].number == 2);
  // One that just fits pushes out all others.
  tail.Append("a", std::string(LogTail::kRingBytes - 17, 'y'));
  uint64_t again = 0;
  const std::vector<LogTail::Line> last = ReadFrom(tail, again);
  REQUIRE(last.size() == 1);
  CHECK(last[0].text.size() == LogTail::kRingBytes - 17);
}

// A line that can be told whole from its own bytes.
std::string Patterned(int writer, int i) {
  const size_t size = static_cast<size_t>(i * 977 % 9'000);
  return std::to_string(size) + ":" + std::string(size, static_cast<char>('a' + writer));
}

// Dies while it copies its line, with the lock in its hands: the line's middle cannot be read.
void DieWriting(LogSink& sink) {
  const pid_t pid = fork();
  if (pid == 0) {
    signal(SIGSEGV, SIG_DFL);
    const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    void* memory =
        mmap(nullptr, 3 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(static_cast<char*>(memory) + page, page, PROT_NONE);
    sink.Write({static_cast<const char*>(memory), 3 * page}, "dying");
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  REQUIRE(WIFSIGNALED(status));
}

TEST_CASE("a writer that dies in the middle of a line takes that line alone along", "[log-tail]") {
  const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  LogSink sink(null);
  uint64_t at = 0;
  sink.Write("before\n", "a");
  DieWriting(sink);
  sink.Write("after\n", "a");
  const std::vector<LogTail::Line> lines = sink.ReadTail(at);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].text == "before");
  CHECK(lines[1].text == "after");
  CHECK(lines[1].number == 2);
  // Also when others have made room for it.
  const std::string line(1'000, 'x');
  for (size_t i = 0; i < LogTail::kRingBytes / 1'000; ++i) sink.Write(line + "\n", "b");
  DieWriting(sink);
  sink.Write("last\n", "a");
  const std::vector<LogTail::Line> rest = sink.ReadTail(at);
  REQUIRE(rest.size() > 100);
  for (size_t i = 0; i + 1 < rest.size(); ++i) REQUIRE(rest[i].text == line);
  CHECK(rest.back().text == "last");
  close(null);
}

TEST_CASE("a writer that is killed spoils no line, and stops nobody", "[log-tail]") {
  const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  REQUIRE(null >= 0);
  LogSink sink(null);
  uint64_t at = 0, next = 0, read = 0;
  const auto check = [&] {
    for (const LogTail::Line& line : sink.ReadTail(at)) {
      if (line.number < next) FAIL("numbers go back");
      next = line.number + 1;
      ++read;
      const size_t colon = line.text.find(':');
      if (colon == std::string::npos) FAIL("no line: " << line.text.substr(0, 40));
      const std::string rest = line.text.substr(colon + 1);
      if (rest.size() != std::stoul(line.text) ||
          rest != std::string(rest.size(), line.app.at(0))) {
        FAIL("spoiled: " << line.text.substr(0, 40));
      }
    }
  };
  const auto start = [&](int writer) {
    const pid_t pid = fork();
    if (pid != 0) return pid;
    const std::string app(1, static_cast<char>('a' + writer));
    for (int i = 0;; ++i) sink.Write(Patterned(writer, i) + "\n", app);
  };
  constexpr int kWriters = 2, kKills = 20;
  pid_t writers[kWriters];
  for (int i = 0; i < kWriters; ++i) writers[i] = start(i);
  for (int kill_number = 0; kill_number < kKills; ++kill_number) {
    // After some lines, at no particular place.
    const uint64_t enough = read + 20;
    while (read < enough) check();
    const int victim = kill_number % kWriters;
    REQUIRE(kill(writers[victim], SIGKILL) == 0);
    REQUIRE(waitpid(writers[victim], nullptr, 0) == writers[victim]);
    writers[victim] = start(victim);
  }
  for (const pid_t writer : writers) {
    kill(writer, SIGKILL);
    waitpid(writer, nullptr, 0);
  }
  check();
  sink.Write("1:z\n", "z");
  const uint64_t before = read;
  check();
  CHECK(read == before + 1);
  close(null);
}

TEST_CASE("readers get lines that the log's own reader did not take", "[log-tail]") {
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  LogSink sink(ends[1]);
  uint64_t at = 0, last = 0, read = 0;
  // More than pipe and buffer hold.
  for (int i = 0; i < 300; ++i) {
    sink.Write(std::string(10'000, 'x') + "\n", "a");
    for (const LogTail::Line& line : sink.ReadTail(at)) last = line.number, ++read;
  }
  CHECK(read == 300);
  CHECK(last == 299);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace nano::server
