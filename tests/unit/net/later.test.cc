// Work for the loop's next turn, of which there may be more than one turn has time for.
#include "net/later.h"

#include <uv.h>

#include <catch2/catch.hpp>
#include <string>

#include "net/tick.h"
#include "net/timeouts.h"

namespace nano::net {
namespace {

void WaitForTick() {
  for (const int64_t begin = Tick(); Tick() == begin;) {
  }
}

struct Loop {
  Loop() { uv_loop_init(&loop); }
  ~Loop() {
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop) == 0);
  }
  void Turn() { uv_run(&loop, UV_RUN_NOWAIT); }
  uv_loop_t loop;
};

TEST_CASE("later: what takes time leaves the loop after a tick, and goes on where it was") {
  Loop loop;
  std::string log;
  {
    Later later(&loop.loop);
    for (const char name : {'a', 'b', 'c'}) {
      later.Post([&log, name] {
        log += name;
        WaitForTick();
      });
    }
    for (const char* done : {"a", "ab", "abc"}) {
      loop.Turn();
      CHECK(log == done);
    }
  }
}

TEST_CASE("later: what is posted meanwhile is for the turn after") {
  Loop loop;
  std::string log;
  int turn = 0;
  int posted = 0;
  int done = 0;
  {
    Later later(&loop.loop);
    later.Post([&] {
      log += "a";
      posted = turn;
      later.Post([&] {
        log += "c";
        done = turn;
      });
    });
    later.Post([&] { log += "b"; });
    // When the clock ticks between the two, that is in the second one's turn.
    for (; done == 0; ++turn) loop.Turn();
    CHECK(log == "abc");
    CHECK(done > posted);
  }
}

TEST_CASE("timeouts: of many that are due at once, those that take time leave the loop between") {
  Loop loop;
  int fired = 0;
  {
    Timer alive(&loop.loop, [] {});  // Timeouts do not keep the loop.
    alive.Start(60'000);
    Timeouts timeouts(&loop.loop, {1});
    Timeout due[3];
    for (Timeout& timeout : due) {
      timeout.owner = &fired;
      timeout.fire = [](Timeout& each) {
        ++*static_cast<int*>(each.owner);
        WaitForTick();
      };
      timeouts.Start(timeout, 0);
    }
    const uint64_t begin = uv_hrtime();
    while (uv_hrtime() - begin < 5'000'000) {
    }
    for (int turns = 1; turns <= 3; ++turns) {
      loop.Turn();
      CHECK(fired == turns);
    }
  }
}

TEST_CASE("timeouts: those of one kind that are always due leave time for the other kinds") {
  struct Counted {
    Timeouts* timeouts;
    int fired = 0;
  };
  Loop loop;
  {
    Timer alive(&loop.loop, [] {});
    alive.Start(60'000);
    Timeouts timeouts(&loop.loop, {1, 1, 1});
    Counted often{&timeouts}, late{&timeouts}, last{&timeouts};
    Timeout busy[3];
    for (Timeout& timeout : busy) {
      timeout.owner = &often;
      timeout.fire = [](Timeout& each) {
        auto& counted = *static_cast<Counted*>(each.owner);
        ++counted.fired;
        for (const uint64_t begin = uv_hrtime(); uv_hrtime() - begin < 2'000'000;) {
        }
        WaitForTick();
        counted.timeouts->Start(each, 0);
      };
      timeouts.Start(timeout, 0);
    }
    Timeout others[2];
    others[0].owner = &late;
    others[1].owner = &last;
    for (uint8_t i = 0; i < 2; ++i) {
      others[i].fire = [](Timeout& each) { ++static_cast<Counted*>(each.owner)->fired; };
      timeouts.Start(others[i], static_cast<uint8_t>(i + 1));
    }
    while (often.fired < 9) loop.Turn();
    CHECK(late.fired == 1);
    CHECK(last.fired == 1);
    for (Timeout& timeout : busy) timeouts.Clear(timeout);
  }
}

}  // namespace
}  // namespace nano::net
