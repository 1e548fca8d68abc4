// Tests of whose turn it is, on a loop of the test's own.
#include "server/worker/app_turns.h"

#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "tests/unit/server/worker/slot_fixture.h"

namespace nano::server {
namespace {

using testing::AskedByTest;
using testing::SlotFixture;

// An app whose requests take as many ticks as is said.
struct App {
  explicit App(uint64_t ticks_each) : ticks_each(ticks_each) {}

  const uint64_t ticks_each;
  bool alone = false;
  Counter ticks;
  std::vector<const http::ServerExchange*> answered;
  SlotFixture fixture;
  AppTurns turns{&fixture.loop,
                 ticks,
                 {.alone = [this] { return alone; },
                  .take =
                      [this](http::ServerExchange& exchange, const http::RequestHead&) {
                        answered.push_back(&exchange);
                        ticks.Add(ticks_each);
                      }}};

  // Turns of the loop until so many are answered.
  int TurnsUntil(size_t number) {
    int count = 0;
    for (; answered.size() < number; ++count) {
      REQUIRE(count < 100);
      uv_run(&fixture.loop, UV_RUN_NOWAIT);
    }
    return count;
  }
};

TEST_CASE("an app that was found computing gets its next requests when the loop has looked") {
  App app(1);
  CHECK(app.turns.Has());
  app.ticks.Add(1);
  CHECK_FALSE(app.turns.Has());
  AskedByTest exchanges[4];
  for (AskedByTest& exchange : exchanges) app.turns.Wait(exchange, {});
  CHECK(app.turns.waiting() == 4);
  // One that leaves meanwhile is not answered, and nobody waits longer for it.
  exchanges[0].responder->OnAborted(exchanges[0]);
  CHECK(app.answered.empty());
  // Each takes a tick, and so each has a turn of its own.
  for (size_t number = 1; number < 4; ++number) {
    CHECK(app.TurnsUntil(number) == 1);
    CHECK(app.answered.size() == number);
    CHECK(app.answered.back() == &exchanges[number]);
    CHECK_FALSE(app.turns.Has());
  }
  app.turns.Wait(exchanges[0], {});
  app.TurnsUntil(4);
  CHECK(app.turns.waiting() == 0);
}

TEST_CASE("news for requests that an app has comes for a tick in each turn of the loop") {
  App app(1);
  net::Timer alive(&app.fixture.loop, [] {});
  alive.Start(60'000);
  uv_run(&app.fixture.loop, UV_RUN_NOWAIT);
  for (int turn = 0; turn < 3; ++turn) {
    // Also while requests wait for their turn, and make it compute.
    app.ticks.Add(1);
    CHECK(app.turns.HasMore());
    CHECK(app.turns.HasMore());
    app.ticks.Add(1);
    CHECK_FALSE(app.turns.HasMore());
    uv_run(&app.fixture.loop, UV_RUN_NOWAIT);
  }
  app.alone = true;
  CHECK(app.turns.HasMore());
  app.ticks.Add(1);
  CHECK(app.turns.HasMore());
}

TEST_CASE("those that wait go together as long as they take no tick") {
  App app(0);
  app.ticks.Add(1);
  AskedByTest exchanges[3];
  for (AskedByTest& exchange : exchanges) app.turns.Wait(exchange, {});
  // One that comes does not overtake them.
  CHECK_FALSE(app.turns.Has());
  CHECK(app.TurnsUntil(1) == 1);
  CHECK(app.answered.size() == 3);
  CHECK(app.turns.Has());
}

TEST_CASE("one whose body makes the app compute has a turn of its own") {
  App app(0);
  AskedByTest exchanges[3];
  app.turns.Wait(exchanges[0], {});
  app.turns.Wait(exchanges[1], {.has_body = true});
  app.turns.Wait(exchanges[2], {});
  app.TurnsUntil(1);
  CHECK(app.answered.size() == 2);
  app.TurnsUntil(3);
}

TEST_CASE("an app that has the worker for itself waits for nobody") {
  App app(1);
  app.alone = true;
  app.ticks.Add(1);
  CHECK(app.turns.Has());
  app.alone = false;
  CHECK(app.turns.Has());
  app.ticks.Add(1);
  CHECK_FALSE(app.turns.Has());
}

TEST_CASE("those that wait fail when the app is given up") {
  App app(1);
  AskedByTest last;
  app.turns.Wait(last, {});
  app.turns.EndAll([](http::ServerExchange& exchange) { exchange.Fail(); });
  CHECK(last.failed);
  CHECK(app.turns.waiting() == 0);
  uv_run(&app.fixture.loop, UV_RUN_NOWAIT);
  CHECK(app.answered.empty());
}

// Two apps, one of which was found computing.
struct Busy {
  Busy() : slot(fixture.Slot(app)), other(fixture.Slot(app)) {
    fixture.context.takes_turns = true;
    AskedByTest first[2];
    SlotFixture::Ask(*slot, first[0], "/");
    SlotFixture::Ask(*other, first[1], "/");
    fixture.metrics.At(0, "app").cpu_ticks.Add(1);
    for (AskedByTest& one : waiting) SlotFixture::Ask(*slot, one, "/");
  }

  const testing::BuiltApp app{"const fetch = () => new Response('done');"};
  SlotFixture fixture;
  std::unique_ptr<AppSlot> slot;
  std::unique_ptr<AppSlot> other;
  AskedByTest waiting[2];
};

TEST_CASE("a slot has what waits for its turn under way") {
  Busy busy;
  CHECK(busy.waiting[0].status == 0);
  CHECK(busy.slot->pending() == 2);
  CHECK(busy.slot->held());
  CHECK(busy.slot->Status().held.queued == 2);
  CHECK(busy.fixture.Until([&] { return busy.waiting[1].status == 200; }));
  CHECK(busy.waiting[0].status == 200);
  CHECK(busy.slot->pending() == 0);
}

TEST_CASE("a slot that is cut gives up what waits for its turn") {
  Busy busy;
  SECTION("cut") { busy.slot->Cut(1); }
  SECTION("destroyed") { busy.slot.reset(); }
  for (const AskedByTest& each : busy.waiting) CHECK((each.failed || each.status == 503));
}

TEST_CASE("what waits for its turn goes over to a version that takes the app's place") {
  Busy busy;
  const auto next = busy.fixture.Slot(busy.app);
  next->TakeWaiting(*busy.slot);
  CHECK(busy.slot->pending() == 0);
  busy.slot.reset();
  CHECK(busy.fixture.Until([&] { return busy.waiting[1].status == 200; }));
  CHECK(busy.waiting[0].status == 200);
}

TEST_CASE("what has waited for its turn for too long is not given to the app") {
  Busy busy;
  busy.waiting[0].began -= 120'000'000'000;
  CHECK(busy.fixture.Until([&] { return busy.waiting[1].status == 200; }));
  CHECK(busy.waiting[0].status == 504);
}

}  // namespace
}  // namespace nano::server
