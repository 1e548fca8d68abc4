// Tests of limits that are changed while the app runs: they hold at once, for what is under way and
// what waits as well, and the isolate stays the one that it is.
#include <catch2/catch.hpp>
#include <string>

#include "tests/unit/server/worker/slot_fixture.h"

namespace nano::server {
namespace {

using Catch::Matchers::Contains;
using std::chrono::milliseconds;
using testing::AskedByTest;
using testing::BuiltApp;
using testing::SlotFixture;

// Says which of the isolate's requests it answers.
constexpr char kApp[] = R"js(
  let served = 0, kept = [];
  async function fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/never") await new Promise(() => {});
    if (pathname === "/spin") for (;;);
    if (pathname === "/line") console.log("x".repeat(1000));
    if (pathname === "/timers") {
      try {
        for (let i = 0; i < 30; i++) kept.push(setTimeout(() => {}, 1e6));
      } catch (error) {
        return new Response(error.name + " " + error.quota);
      } finally {
        while (typeof kept.at(-1) === "number") clearTimeout(kept.pop());
      }
    }
    if (pathname === "/stream") return new Response(new ReadableStream({
      async pull(c) { c.enqueue(new Uint8Array(1)); await new Promise((r) => setTimeout(r, 1)); }
    }));
    return new Response(String(++served));
  })js";

struct Changed {
  explicit Changed(const config::AppLimits& limits = {})
      : slot(fixture.Slot(app, {.limits = limits})) {}

  std::string Answer(std::string_view path = "/") {
    AskedByTest exchange;
    SlotFixture::Ask(*slot, exchange, path);
    return exchange.body;
  }
  void Set(const config::AppLimits& limits) { slot->SetTerms({.limits = limits}); }

  const BuiltApp app{kApp};
  SlotFixture fixture;
  std::unique_ptr<AppSlot> slot;
};

TEST_CASE("limits of an app that never ran are those it will have", "[terms]") {
  Changed changed;
  changed.Set({.timers = 20});
  CHECK(changed.Answer("/timers") == "QuotaExceededError 20");
}

TEST_CASE("what an isolate asks for is bounded anew", "[terms]") {
  Changed changed;
  CHECK(changed.Answer() == "1");
  CHECK(changed.Answer("/timers") == "2");
  changed.Set({.timers = 20});
  CHECK(changed.Answer("/timers") == "QuotaExceededError 20");
  changed.Set({.timers = 0});
  CHECK(changed.Answer("/timers") == "3");
  changed.Set({.log_line = 300});
  changed.Answer("/line");
  CHECK_THAT(changed.fixture.LogText(), !Contains(std::string(400, 'x')) && Contains("xxx"));
}

TEST_CASE("CPU time is bounded anew", "[terms]") {
  runtime::testing::WatchOnce();
  Changed changed({.cpu = milliseconds(0)});
  CHECK(changed.Answer() == "1");
  changed.Set({.cpu = milliseconds(30)});
  CHECK(changed.Answer() == "2");
  CHECK_THAT(changed.Answer("/spin"), Contains("cpu-limit") && Contains("\"limit\":30"));
}

TEST_CASE("an app that has its own built-ins has the same limits", "[terms]") {
  const BuiltApp app(R"js(
    let timers = [];
    Array.prototype.fill = Array.prototype.map = function () { for (;;); };
    function fetch() {
      try {
        for (let i = 0; i < 30; i++) timers.push(setTimeout(() => {}, 1e6));
      } catch (error) {
        return new Response(String(error.quota));
      }
      return new Response("all");
    })js");
  SlotFixture fixture;
  const auto slot = fixture.Slot(app);
  AskedByTest first;
  SlotFixture::Ask(*slot, first, "/");
  CHECK(first.body == "all");
  slot->SetTerms({.limits = {.timers = 40}});
  AskedByTest second;
  SlotFixture::Ask(*slot, second, "/");
  CHECK(second.body == "40");
}

TEST_CASE("requests under way get other deadlines", "[terms]") {
  Changed changed({.first_byte = milliseconds(0)});
  AskedByTest never;
  AskedByTest streams;
  SlotFixture::Ask(*changed.slot, never, "/never");
  SlotFixture::Ask(*changed.slot, streams, "/stream");
  changed.Set({.first_byte = milliseconds(20)});
  CHECK(changed.fixture.Until([&] { return never.status == 504; }));
  CHECK_FALSE(streams.failed);
  changed.Set({.first_byte = milliseconds(0), .duration = milliseconds(20)});
  CHECK(changed.fixture.Until([&] { return streams.failed; }));
  CHECK(changed.Answer() == "1");
}

TEST_CASE("requests that wait are let in when there is room for more", "[terms]") {
  const size_t concurrency = GENERATE(size_t{0}, size_t{3});
  Changed changed({.first_byte = milliseconds(0), .concurrency = 1, .queue = 10});
  AskedByTest never;
  AskedByTest waiting[2];
  SlotFixture::Ask(*changed.slot, never, "/never");
  for (AskedByTest& one : waiting) SlotFixture::Ask(*changed.slot, one, "/");
  CHECK(waiting[0].status == 0);
  changed.Set({.first_byte = milliseconds(0), .concurrency = concurrency, .queue = 10});
  // One that comes before they are let in does not overtake them.
  AskedByTest late;
  SlotFixture::Ask(*changed.slot, late, "/");
  CHECK(changed.fixture.Until([&] { return late.status == 200; }));
  CHECK(waiting[0].body == "1");
  CHECK(waiting[1].body == "2");
  CHECK(late.body == "3");
  never.responder->OnAborted(never);
}

TEST_CASE("requests that wait get another deadline, and a shorter queue keeps them", "[terms]") {
  Changed changed({.first_byte = milliseconds(0), .concurrency = 1, .queue = 10});
  AskedByTest never;
  AskedByTest waiting[2];
  AskedByTest more;
  SlotFixture::Ask(*changed.slot, never, "/never");
  for (AskedByTest& one : waiting) SlotFixture::Ask(*changed.slot, one, "/");
  changed.Set({.first_byte = milliseconds(0),
               .concurrency = 1,
               .queue = 1,
               .queue_timeout = milliseconds(30)});
  CHECK(waiting[1].status == 0);
  SlotFixture::Ask(*changed.slot, more, "/");
  CHECK_THAT(more.body, Contains("queue-full"));
  CHECK(changed.fixture.Until([&] { return waiting[1].status == 503; }));
  CHECK_THAT(waiting[0].body, Contains("queue-timeout"));
  never.responder->OnAborted(never);
}

TEST_CASE("what waits for longer than its answer may take is not given to the app", "[terms]") {
  Changed changed({.first_byte = milliseconds(0), .concurrency = 1, .queue = 10});
  AskedByTest never;
  AskedByTest waiting;
  SlotFixture::Ask(*changed.slot, never, "/never");
  SlotFixture::Ask(*changed.slot, waiting, "/");
  waiting.began -= 1'000'000'000;
  changed.Set({.first_byte = milliseconds(500), .concurrency = 2, .queue = 10});
  CHECK(changed.fixture.Until([&] { return waiting.status != 0; }));
  CHECK(waiting.status == 504);
  CHECK_THAT(waiting.body, Contains("first-byte-limit"));
  CHECK(changed.Answer() == "1");
  never.responder->OnAborted(never);
}

TEST_CASE("an isolate that may be idle for less is given up earlier", "[terms]") {
  Changed changed;
  const auto other = changed.fixture.Slot(changed.app);
  CHECK(changed.Answer() == "1");
  AskedByTest exchange;
  SlotFixture::Ask(*other, exchange, "/");
  changed.slot->SetTerms({.idle = milliseconds(60)});
  CHECK(changed.fixture.Until([&] { return !changed.slot->booted(); }));
  CHECK(other->booted());
}

}  // namespace
}  // namespace nano::server
