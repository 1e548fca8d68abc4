// Log lines as news: of all processes, with what is missing said, and nothing running for nobody.
#include "server/deploy/log_lines.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/json_fields.h"

namespace nano::server {
namespace {

struct Reader : Feed::Follower {
  explicit Reader(Feed& read) : feed(read), at(read.last()) {}
  void OnNews() override {
    while (const Feed::Entry* entry = feed.After(at)) {
      at = entry->id;
      apps.push_back(entry->app);
      texts.push_back(entry->data);
    }
    if (leaves) feed.Leave(*this);
  }

  Feed& feed;
  uint64_t at;
  bool leaves = false;
  std::vector<std::string> apps, texts;
};

struct Fixture {
  Fixture() {
    REQUIRE(uv_loop_init(&loop) == 0);
    lines = std::make_unique<LogLines>(&loop, log, 1);
  }
  ~Fixture() {
    lines.reset();
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop) == 0);
    close(null);
  }

  uv_loop_t loop;
  int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  LogSink sink{null};
  Log log{sink, LogFormat::kJson};
  std::unique_ptr<LogLines> lines;
};

TEST_CASE("what is written over several lines for people is as many lines of its app") {
  Fixture fixture;
  Log(fixture.sink, LogFormat::kText)
      .Write(LogLevel::kError, "shop", "TypeError: x is not a function\n    at index.ts:3:1");
  Feed& feed = fixture.lines->feed();
  const Feed::Entry* first = feed.After(0);
  REQUIRE(first != nullptr);
  CHECK_THAT(first->data, Catch::EndsWith("error shop: TypeError: x is not a function"));
  const Feed::Entry* second = feed.After(first->id);
  REQUIRE(second != nullptr);
  CHECK(second->data == "    at index.ts:3:1");
  CHECK(second->app == "shop");
  CHECK(feed.After(second->id) == nullptr);
}

TEST_CASE("whoever asks gets what all processes have logged", "[log-lines]") {
  Fixture fixture;
  fixture.log.Info("from here");
  const pid_t child = fork();
  if (child == 0) {
    Log(fixture.sink, LogFormat::kJson, 1).Write(LogLevel::kInfo, "shop", "from there");
    _exit(0);
  }
  REQUIRE(waitpid(child, nullptr, 0) == child);
  Feed& feed = fixture.lines->feed();
  REQUIRE(feed.last() == 2);
  CHECK(feed.After(0)->app.empty());
  CHECK(feed.After(1)->app == "shop");
  CHECK(TextOf(Json::Parse(feed.After(1)->data).value(), "msg") == "from there");
  // Nothing is left to run.
  CHECK(uv_run(&fixture.loop, UV_RUN_NOWAIT) == 0);
}

TEST_CASE("followers get lines as they come, until they leave", "[log-lines]") {
  Fixture fixture;
  Reader reader(fixture.lines->feed());
  reader.feed.Follow(reader);
  CHECK(uv_loop_alive(&fixture.loop) != 0);
  fixture.log.Write(LogLevel::kInfo, "shop", "one");
  while (reader.texts.empty()) uv_run(&fixture.loop, UV_RUN_ONCE);
  CHECK(reader.apps == std::vector<std::string>{"shop"});
  // In the middle of what is fetched.
  reader.leaves = true;
  fixture.log.Info("two");
  fixture.log.Info("three");
  while (uv_run(&fixture.loop, UV_RUN_ONCE) != 0) continue;
  CHECK(reader.texts.size() == 2);
  CHECK(reader.feed.last() == 3);
}

TEST_CASE("lines that nobody fetched in time are counted", "[log-lines]") {
  Fixture fixture;
  fixture.log.Info("first");
  REQUIRE(fixture.lines->feed().last() == 1);
  constexpr int kLines = 100;
  for (int i = 0; i < kLines; ++i) fixture.log.Info(std::string(20'000, 'x'));
  Feed& feed = fixture.lines->feed();
  const Feed::Entry* gap = feed.After(1);
  REQUIRE(gap != nullptr);
  CHECK(gap->name == Feed::kGap);
  const uint64_t count = CountOf(Json::Parse(gap->data).value(), "count");
  CHECK(count > 0);
  CHECK(feed.last() == 1 + 1 + kLines - count);
}

TEST_CASE("colours of a terminal are not in the news", "[log-lines]") {
  Fixture fixture;
  fixture.sink.Write("\x1b[32minfo\x1b[0m  a: \\x1b[1m\n", "a");
  CHECK(fixture.lines->feed().After(0)->data == "info  a: \\x1b[1m");
}

}  // namespace
}  // namespace nano::server
