// Tests of what is called when: a clock of the test's own, workers that say what the test has them
// say, and a folder that stays when a server goes.
#include "server/cron/scheduler.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/folder.h"
#include "base/timestamp.h"
#include "server/cron/times.h"
#include "tests/unit/server/deploy/scripted_workers.h"
#include "tests/unit/temporary_directory.h"

namespace nano::server {
namespace {

using namespace testing;

config::CronExpression Cron(const std::string& text) {
  Result<config::CronExpression> cron = config::CronExpression::Parse(text);
  REQUIRE(cron.ok());
  return std::move(cron).value();
}

int64_t At(const std::string& time) { return ParseTimestamp("2026-03-01T" + time + "Z").value(); }

std::shared_ptr<const Release> ReleaseWith(uint64_t number, const std::vector<std::string>& crons) {
  ServedApp app = AppOf(VersionOf(1, "shop"));
  for (const std::string& cron : crons) app.crons.push_back(Cron(cron));
  return ReleaseOf(number, {std::move(app)});
}

struct Call {
  RunStart start;
  size_t worker;  // Which of the scripted ones.
};

// A server: it ends with this, and another one may have its folder.
struct Setting {
  Setting(const std::string& folder, int64_t now, std::shared_ptr<const Release> served,
          size_t count = 2)
      : sink(-1),
        log(sink, LogFormat::kJson),
        workers(count, served),
        release(std::move(served)),
        clock(now),
        scheduler(std::make_unique<CronScheduler>(
            &workers.loop, workers, marks, log, folder, [this] { return release; },
            [this] { return clock; })) {}
  ~Setting() { scheduler.reset(); }

  void Turn() {
    for (int i = 0; i < 5; ++i) workers.Deliver();
  }
  // The clock is set, and looked at: what the workers were told of since.
  std::vector<Call> At(int64_t now) {
    clock = now;
    // By another release of the same: a timer would come in its time.
    const std::shared_ptr<const Release> same = release;
    release = ReleaseOf(release->number() + 1, same->apps());
    scheduler->OnRelease();
    Turn();
    return Heard();
  }
  std::vector<Call> Heard() {
    std::vector<Call> calls;
    for (size_t i = 0; i < workers.all.size(); ++i) {
      for (const Packet& packet : std::exchange(workers.all[i]->heard, {})) {
        if (packet.kind != static_cast<uint8_t>(MessageKind::kRun)) continue;
        calls.push_back({Decode<RunStart>(packet.body).value(), i});
      }
    }
    return calls;
  }
  bool Begin(const Call& call) { return marks.Begin(call.start.mark, call.start.token); }
  void End(const Call& call, const std::string& outcome = "ok") {
    scheduler->OnMessage(
        workers.all[call.worker]->link,
        {.token = call.start.token, .outcome = outcome, .why = {}, .ms = 5, .request = "r1"});
  }
  void Kill(size_t worker) {
    const std::unique_ptr<ScriptedWorker> gone = std::move(workers.all[worker]);
    workers.all.erase(workers.all.begin() + static_cast<ptrdiff_t>(worker));
    scheduler->OnEnded(gone->link);
  }

  LogSink sink;
  Log log;
  ScriptedWorkers workers;
  RunMarks marks;
  std::shared_ptr<const Release> release;
  int64_t clock;
  std::unique_ptr<CronScheduler> scheduler;
};

std::vector<int64_t> TimesOf(const std::vector<Call>& calls) {
  std::vector<int64_t> times;
  for (const Call& call : calls) times.push_back(static_cast<int64_t>(call.start.time));
  std::ranges::sort(times);
  return times;
}

using Moments = std::vector<int64_t>;

TEST_CASE("What is due is what was not handed out, of the last minute", "[server][cron]") {
  const config::CronExpression every = Cron("* * * * *");
  const int64_t noon = At("12:00:00");
  CHECK(DueOf(every, noon, At("12:00:59")).times.empty());
  CHECK(DueOf(every, noon, At("12:01:00")).times == Moments{At("12:01:00")});
  // Once only.
  CHECK(DueOf(every, At("12:01:00"), At("12:01:00")).times.empty());
  // A quarter of an hour's sleep: the last one alone, the others are told.
  const DueTimes slept = DueOf(every, noon, At("12:15:30"));
  CHECK(slept.times == Moments{At("12:15:00")});
  CHECK(slept.missed == 14);
  CHECK(slept.handed == At("12:15:00"));
  // Set back by minutes: nothing until the clock is where it was.
  const DueTimes back = DueOf(every, noon, At("11:50:00"));
  CHECK(back.times.empty());
  CHECK(back.handed == noon);
  CHECK(DueOf(every, noon, At("12:01:00")).times.size() == 1);
  // Set back by hours: it goes on from there.
  CHECK(DueOf(every, noon, At("09:00:10")).handed == At("09:00:10"));
  // Seconds that a busy server came too late for are all made up for.
  CHECK(DueOf(Cron("* * * * * *"), noon, noon + 3'400).times ==
        Moments{noon + 1000, noon + 2000, noon + 3000});
  // A year of seconds is not gone through.
  CHECK(DueOf(Cron("* * * * * *"), 0, noon).times.size() == 60);
}

TEST_CASE("Each time is handed out once, to one worker", "[server][cron]") {
  const test::TemporaryDirectory folder;
  Setting server(folder.path(), At("12:00:30"), ReleaseWith(1, {"* * * * *"}));
  server.scheduler->Start();
  server.Turn();
  CHECK(server.Heard().empty());  // It begins now.
  std::map<size_t, int> by_worker;
  for (int minute = 1; minute <= 10; ++minute) {
    const int64_t time = At("12:00:00") + minute * 60'000;
    const std::vector<Call> calls = server.At(time + 40);
    REQUIRE(TimesOf(calls) == Moments{time});
    CHECK(calls[0].start.app == "shop");
    CHECK(calls[0].start.cron == "* * * * *");
    ++by_worker[calls[0].worker];
    REQUIRE(server.Begin(calls[0]));
    CHECK_FALSE(server.Begin(calls[0]));
    server.End(calls[0]);
    CHECK(server.At(time + 50).empty());
  }
  CHECK(by_worker == std::map<size_t, int>{{0, 5}, {1, 5}});
  const std::vector<CronView> views = server.scheduler->crons();
  REQUIRE(views.size() == 1);
  CHECK(views[0].outcomes == std::map<std::string, uint64_t>{{"ok", 10}});
  CHECK(views[0].next == At("12:11:00"));
  CHECK(views[0].last->time == At("12:10:00"));
}

TEST_CASE("A call that was not begun goes to another worker, one that was does not",
          "[server][cron]") {
  const test::TemporaryDirectory folder;
  Setting server(folder.path(), At("12:00:30"), ReleaseWith(1, {"* * * * *"}));
  server.scheduler->Start();
  server.Turn();

  SECTION("its worker ends before it begins") {
    const std::vector<Call> calls = server.At(At("12:01:00"));
    REQUIRE(calls.size() == 1);
    server.Kill(calls[0].worker);
    server.Turn();
    const std::vector<Call> again = server.Heard();
    REQUIRE(TimesOf(again) == Moments{At("12:01:00")});
    CHECK_FALSE(server.Begin(calls[0]));
    REQUIRE(server.Begin(again[0]));
    server.End(again[0]);
    CHECK(server.scheduler->crons()[0].outcomes == std::map<std::string, uint64_t>{{"ok", 1}});
  }
  SECTION("its worker ends when it has begun") {
    const std::vector<Call> calls = server.At(At("12:01:00"));
    REQUIRE(server.Begin(calls.at(0)));
    server.Kill(calls[0].worker);
    server.Turn();
    CHECK(server.Heard().empty());
    CHECK(server.scheduler->crons()[0].last->outcome == "worker-ended");
  }
  SECTION("no worker is left: it waits for one") {
    server.Kill(0);
    server.Kill(0);
    CHECK(server.At(At("12:01:00")).empty());
    server.workers.Start(false);
    CHECK(server.workers.Until([&] { return server.workers.all[0]->Heard(MessageKind::kRun); }));
  }
  SECTION("its worker is busy: another one has it after a while, and the first finds that out") {
    const std::vector<Call> calls = server.At(At("12:01:00"));
    REQUIRE(calls.size() == 1);
    const size_t other = 1 - calls[0].worker;
    CHECK(
        server.workers.Until([&] { return server.workers.all[other]->Heard(MessageKind::kRun); }));
    const std::vector<Call> again = server.Heard();
    REQUIRE(again.size() == 1);
    CHECK_FALSE(server.Begin(calls[0]));
    REQUIRE(server.Begin(again[0]));
    server.End({calls[0].start, calls[0].worker});  // Not from that one.
    CHECK_FALSE(server.scheduler->crons()[0].last.has_value());
    server.End(again[0]);
    CHECK(server.scheduler->crons()[0].last->outcome == "ok");
  }
  SECTION("the app goes meanwhile") {
    server.Kill(0);
    server.Kill(0);
    CHECK(server.At(At("12:01:00")).empty());
    server.release = ReleaseOf(9, {});
    std::vector<CronRun> ended;
    server.scheduler->RunNow({.app = "shop", .cron = "* * * * *", .time = 1},
                             [&](const CronRun& run) { ended.push_back(run); });
    CHECK(server.workers.Until([&] { return !ended.empty(); }));
    CHECK(ended.at(0).outcome == "not-run");
  }
}

TEST_CASE("What was handed out before a server ended is not handed out by the next",
          "[server][cron]") {
  const test::TemporaryDirectory folder;
  const auto release = ReleaseWith(1, {"* * * * *"});
  {
    Setting server(folder.path(), At("12:00:30"), release);
    server.scheduler->Start();
    server.Turn();
    CHECK(server.At(At("12:01:00")).size() == 1);
  }
  SECTION("started at once") {
    Setting server(folder.path(), At("12:01:10"), release);
    server.scheduler->Start();
    server.Turn();
    CHECK(server.Heard().empty());
    CHECK(server.At(At("12:02:00")).size() == 1);
  }
  SECTION("started within a minute of what it missed") {
    Setting server(folder.path(), At("12:02:50"), release);
    server.scheduler->Start();
    server.Turn();
    CHECK(TimesOf(server.Heard()) == Moments{At("12:02:00")});
  }
  SECTION("started later") {
    Setting server(folder.path(), At("13:00:20"), ReleaseWith(1, {"30 12 * * *", "* * * * *"}));
    server.scheduler->Start();
    server.Turn();
    CHECK(TimesOf(server.Heard()) == Moments{At("13:00:00")});
  }
}

TEST_CASE("One server of a state calls what is scheduled", "[server][cron]") {
  const test::TemporaryDirectory folder;
  const auto release = ReleaseWith(1, {"* * * * *"});
  Setting old(folder.path(), At("12:00:30"), release);
  old.scheduler->Start();
  old.Turn();
  CHECK(old.At(At("12:01:00")).size() == 1);
  old.scheduler->OnStopping(true);
  CHECK(old.At(At("12:02:00")).empty());
  Setting next(folder.path(), At("12:02:00"), release);
  CHECK(next.At(At("12:02:00")).empty());  // It is not in charge.
  next.scheduler->Start();
  next.Turn();
  CHECK(TimesOf(next.Heard()) == Moments{At("12:02:00")});
}

TEST_CASE("A server without cron triggers has no record", "[server][cron]") {
  const test::TemporaryDirectory folder;
  const std::string state = folder.path() + "/state";
  Setting server(state, At("12:00:30"), ReleaseWith(1, {}));
  server.scheduler->Start();
  server.Turn();
  CHECK(server.At(At("12:05:00")).empty());
  CHECK_FALSE(Folder::Open(state).value().has_value());
  CHECK(server.scheduler->crons().empty());
}

TEST_CASE("Nothing is made where a dist is just being replaced", "[server][cron]") {
  const test::TemporaryDirectory folder;
  const std::string dist = folder.path() + "/dist";
  const std::string state = dist + "/.state";
  Setting server(state, At("12:00:30"), ReleaseWith(1, {"* * * * *"}));
  server.scheduler->Start();
  server.Turn();
  CHECK(std::filesystem::exists(state + "/cron.json"));
  std::filesystem::rename(dist, folder.path() + "/old");
  CHECK(server.At(At("12:01:00")).size() == 1);
  CHECK_FALSE(std::filesystem::exists(dist));
  std::filesystem::create_directory(dist);
  CHECK(server.At(At("12:02:00")).size() == 1);
  CHECK(std::filesystem::exists(state + "/cron.json"));
}

TEST_CASE("A damaged record keeps nothing from being called", "[server][cron]") {
  const test::TemporaryDirectory folder;
  REQUIRE(WriteFileAtomically(folder.path() + "/cron.json", "{\"format\": 9}").ok());
  Setting server(folder.path(), At("12:00:30"), ReleaseWith(1, {"* * * * *"}));
  server.scheduler->Start();
  server.Turn();
  CHECK(server.At(At("12:01:00")).size() == 1);
}

}  // namespace
}  // namespace nano::server
