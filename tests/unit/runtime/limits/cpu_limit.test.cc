// `limits.cpu` where it is enforced: of apps that compute without end, at once or bit by bit.
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <thread>

#include "runtime/limits/forgiveness.h"
#include "runtime/watchdog.h"
#include "tests/unit/runtime/engine/charges.h"
#include "tests/unit/runtime/runtime_fixture.h"

namespace nano::runtime {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using testing::Get;
using testing::TestApp;
using testing::TestEmbedder;
using testing::TestExchange;
using testing::WatchOnce;

// Keeps this thread busy for so long, by its own clock.
void Compute(std::chrono::milliseconds time) {
  const auto now = [] {
    timespec at{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return std::chrono::seconds(at.tv_sec) + std::chrono::nanoseconds(at.tv_nsec);
  };
  for (const auto until = now() + time; now() < until;) continue;
}

// Charges a request with what it logs, in the next RunTasks().
class ChargingEmbedder final : private LogPort, private StopPort {
 public:
  operator Embedder() { return {.log = this, .stops = this}; }  // NOLINT: implicit by design

  std::vector<Stop> stops;
  std::vector<Stop> near;

 private:
  void Log(LogLevel, std::string_view text, const LogOrigin&) override {
    testing::ChargeLater(text);
  }
  void OnStopped(const Stop& stop, http::Exchange*) override { stops.push_back(stop); }
  void OnNear(const Stop& stop) override { near.push_back(stop); }
};

constexpr char kCharged[] =
    "const fetch = ({ url }) => { console.log(url.split('?')[1].replaceAll(',', ' '));"
    "return new Response('fine'); };";

TEST_CASE("each request over its limit is waited for, so that it is told where it was") {
  TestApp charged(kCharged);
  ChargingEmbedder embedder;
  const auto app = charged.Boot(embedder, {.cpu = 100 * kTickMs});
  // Which do not add up.
  for (int i = 0; i < 4; ++i) {
    CHECK(Get(*app, "/?100,1,1")->body == "fine");
    app->RunTasks();
    CHECK(embedder.stops.empty());
  }
  // It is not waited for in vain.
  CHECK(Get(*app, "/?100,1,1,1,1,1")->body == "fine");
  app->RunTasks();
  REQUIRE(embedder.stops.size() == 1);
  CHECK(embedder.stops[0].used >= 105 * kTickMs);
}

TEST_CASE("who comes near its limit where it cannot be told is told of when the turn ends") {
  TestApp charged(kCharged);
  ChargingEmbedder embedder;
  const auto app = charged.Boot(embedder, {.cpu = 100 * kTickMs, .warn_at = 50});
  CHECK(Get(*app, "/?60")->body == "fine");
  app->RunTasks();
  REQUIRE(embedder.near.size() == 1);
  CHECK(embedder.near[0].used >= 60 * kTickMs);
  CHECK(Get(*app, "/?10")->body == "fine");
  app->RunTasks();
  CHECK(embedder.near.size() == 1);
  CHECK(embedder.stops.empty());
}

TEST_CASE("a request that computes without end is stopped; its neighbour is not") {
  WatchOnce();
  const auto [what, code] = GENERATE(table<std::string, std::string>({
      {"a loop", "for (;;);"},
      {"an optimised loop", "let sum = 0; for (let i = 0; ; i = (i + 1) | 0) sum += i;"},
      {"a loop around one of V8's own", "globalThis.x = []; for (;;) x[0] = new Array(100);"},
      {"microtasks", "const again = () => Promise.resolve().then(again); return again();"},
      {"awaits", "for (;;) await null;"},
      {"a regular expression", "/^(a+)+$/.test('a'.repeat(40) + 'b'); "},
      {"a getter", "const o = { get a() { return this.a2; }, get a2() { for (;;); } }; o.a;"},
      {"a proxy", "const p = new Proxy({}, { get: () => { for (;;); } }); p.x;"},
      {"a comparison", "[3, 2, 1].sort(() => { for (;;); });"},
      {"an iterator", "for (const _ of { *[Symbol.iterator]() { for (;;) yield 1; } }) ;"},
      {"a replacer", "JSON.stringify({ a: 1 }, () => { for (;;); });"},
      {"after an await", "await 1; for (;;);"},
      {"after a catch", "for (;;) { try { for (;;); } catch {} finally {} }"},
  }));
  CAPTURE(what);
  TestApp busy("const fetch = async () => { " + code + " };");
  TestApp modest("const fetch = () => new Response('fine');");
  TestEmbedder embedder;
  auto neighbour = modest.Boot(embedder, {.cpu = 60});
  auto app = busy.Boot(embedder, {.cpu = 60, .warn_at = 50});
  const auto exchange = Get(*app);
  CHECK(exchange->failed);
  CHECK(app->stopped());
  REQUIRE(embedder.stops.size() == 1);
  const Stop& stop = embedder.stops[0];
  CHECK(stop.reason == StopReason::kCpu);
  CHECK(stop.limit == 60);
  CHECK(stop.used >= 60);
  CHECK_THAT(Describe(stop), Contains("of CPU time, and may take 60 ms (`limits.cpu`)"));
  CHECK(Get(*app)->failed);
  CHECK(embedder.stops.size() == 1);
  app.reset();
  CHECK(Get(*neighbour)->body == "fine");
}

TEST_CASE(
    "who is stopped for its CPU time is told where it was, and before that, that it is near") {
  WatchOnce();
  TestApp busy(
      "function spin() { for (;;); }\n"
      "const fetch = async () => { await 0; spin(); };");
  TestEmbedder embedder;
  auto app = busy.Boot(embedder, {.cpu = 200, .warn_at = 50});
  const auto exchange = Get(*app);
  REQUIRE(embedder.near.size() == 1);
  CHECK(embedder.near[0].used >= 100);
  CHECK(embedder.near[0].used < 200);
  CHECK_THAT(embedder.near[0].stack, Contains("at spin (app.js:"));
  REQUIRE(embedder.stops.size() == 1);
  CHECK_THAT(embedder.stops[0].stack, Contains("at spin (app.js:"));
  CHECK(embedder.stops[0].exchange == exchange->handle);
}

TEST_CASE("CPU time is a request's over all its turns, and no other's") {
  WatchOnce();
  // Each turn takes some 30 ms.
  TestEmbedder embedder;
  TestApp busy(
      "function work() { const end = performance.now() + 30; while (performance.now() < end); }\n"
      "const fetch = async (request) => {\n"
      "  if (request.url.endsWith('/light')) return new Response('light');\n"
      "  for (;;) { work(); await new Promise((done) => setTimeout(done, 1)); }\n"
      "};");
  auto app = busy.Boot(embedder, {.cpu = 150, .warn_at = 0});
  const auto exchange = Get(*app);
  CHECK_FALSE(app->stopped());
  for (int turn = 0; turn < 100 && !app->stopped(); ++turn) {
    CHECK(Get(*app, "/light")->body == "light");
    Compute(std::chrono::milliseconds(2));
    app->FireTimers();
  }
  CHECK(app->stopped());
  REQUIRE(embedder.stops.size() == 1);
  CHECK(embedder.stops[0].exchange == exchange->handle);
  CHECK(embedder.near.empty());
}

TEST_CASE("many requests may take together what one of them may not") {
  WatchOnce();
  TestApp busy(
      "const fetch = () => {\n"
      "  const end = performance.now() + 30; while (performance.now() < end);\n"
      "  return new Response('done');\n"
      "};");
  TestEmbedder embedder;
  auto app = busy.Boot(embedder, {.cpu = 200});
  for (int i = 0; i < 20; ++i) CHECK(Get(*app)->body == "done");
  CHECK_FALSE(app->stopped());
}

TEST_CASE("what one promise wakes has a bound of its own") {
  WatchOnce();
  TestApp busy(
      "let go; const gate = new Promise((resolve) => { go = resolve; });\n"
      "function spin() {\n"
      "  for (let i = 0; i < 3e7; i++) Math.sqrt(i);\n"
      "}\n"
      "const fetch = async (request) => {\n"
      "  if (request.url.endsWith('/go')) { go(); return new Response('going'); }\n"
      "  await gate; spin(); return new Response('done');\n"
      "};");
  TestEmbedder embedder;
  auto app = busy.Boot(embedder, {.cpu = 200});
  // Of which none takes 200 ms; without a bound on all, they take their time one after the other.
  std::vector<std::unique_ptr<TestExchange>> waiting;
  for (int i = 0; i < 1000; ++i) waiting.push_back(Get(*app, "/wait"));
  Get(*app, "/go");
  REQUIRE(embedder.stops.size() == 1);
  const Stop& stop = embedder.stops[0];
  CHECK(stop.reason == StopReason::kCpu);
  CHECK(stop.cpu_of == CpuOf::kTurn);
  CHECK(stop.limit == 1000);
  CHECK(stop.used >= 1000);
  CHECK(stop.used < 2000);
  CHECK_THAT(Describe(stop), Contains("in one go, and may take 1000 ms, five times `limits.cpu`"));
  CHECK_THAT(stop.stack, Contains("at spin (app.js:"));
}

TEST_CASE("what no request led to has an account of its own") {
  WatchOnce();
  TestApp busy(
      "let asked = false;\n"
      "setInterval(() => { while (asked); }, 1);\n"
      "const fetch = () => { asked = true; return new Response('fine'); };");
  TestEmbedder embedder;
  auto app = busy.Boot(embedder, {.cpu = 50});
  CHECK(Get(*app)->body == "fine");
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  app->FireTimers();
  REQUIRE(embedder.stops.size() == 1);
  CHECK(embedder.stops[0].exchange == 0);
  CHECK(embedder.stops[0].cpu_of == CpuOf::kNobody);
  CHECK_THAT(Describe(embedder.stops[0]),
             StartsWith("work that no request has led to took ") &&
                 EndsWith(" of CPU time, and may take 50 ms a minute (`limits.cpu`)"));
}

TEST_CASE("so has what a request has left behind") {
  WatchOnce();
  TestApp busy(
      "const registry = new FinalizationRegistry(() => { for (;;); });\n"
      "const fetch = () => { registry.register({}, 1); return new Response('fine'); };");
  TestEmbedder embedder;
  auto app = busy.Boot(embedder, {.cpu = 50});
  CHECK(Get(*app)->body == "fine");
  for (int i = 0; i < 10 && !app->stopped(); ++i) app->ReleaseMemory();
  REQUIRE(embedder.stops.size() == 1);
  CHECK(embedder.stops[0].exchange == 0);
  CHECK(embedder.stops[0].cpu_of == CpuOf::kAfterRequest);
}

TEST_CASE("what is forgiven of a limit each minute is so however often one looks") {
  constexpr uint64_t kMinute = 60'000'000'000;
  constexpr uint64_t kLimitMs = 60 * kTickMs;  // A tick each second.
  uint64_t since = 5 * kMinute;
  uint64_t ticks = 100;
  uint64_t now = since;
  for (int i = 0; i < 1000; ++i) ticks = Forgive(ticks, since, now += kMinute / 1000, kLimitMs);
  CHECK(ticks == 40);
  CHECK(Forgive(100, since = 0, kMinute / 60 - 1, kLimitMs) == 100);
  CHECK(Forgive(100, since = 0, kMinute / 60, kLimitMs) == 99);
  // Time in which there was nothing to forgive is not saved.
  CHECK(Forgive(3, since = 0, now, kLimitMs) == 0);
  CHECK(since == now);
  CHECK(Forgive(3, since = 0, now, 0) == 3);
  CHECK(Forgive(3, since = 0, now, UINT64_MAX) == 0);
}

TEST_CASE("what a request leaves behind is forgiven with time, and told as what it is") {
  constexpr uint64_t kMinuteTicks = 6000;  // One each 10 ms.
  TestApp charged(
      "const fetch = ({ url }, env, context) => {"
      "  const [first, then] = url.split('?')[1].split(',');"
      "  if (url.includes('/kept')) context.waitUntil(new Promise(() => {}));"
      "  console.log(first); setTimeout(() => console.log(then), 1);"
      "  return new Response('fine'); };");
  ChargingEmbedder embedder;
  const auto app = charged.Boot(embedder, {.cpu = kMinuteTicks * kTickMs});
  const auto charge = [&](const char* target, std::chrono::milliseconds between) {
    CHECK(Get(*app, target)->body == "fine");
    app->RunTasks();
    CHECK(embedder.stops.empty());
    std::this_thread::sleep_for(between);
    app->FireTimers();
    app->RunTasks();
  };
  // In which forty are forgiven, or more.
  constexpr std::chrono::milliseconds kAWhile(400);
  SECTION("within its limit") {
    charge("/left?5980,50", kAWhile);
    CHECK(embedder.stops.empty());
  }
  SECTION("beyond it") {
    charge("/left?5980,5980", kAWhile);
    REQUIRE(embedder.stops.size() == 1);
    CHECK(embedder.stops[0].cpu_of == CpuOf::kAfterRequest);
    CHECK_THAT(Describe(embedder.stops[0]),
               StartsWith("work that a request has begun, and that went on after its response, "
                          "took ") &&
                   EndsWith(" of CPU time, and may take 60000 ms a minute (`limits.cpu`)"));
  }
  SECTION("or not, where the app has said that it goes on") {
    charge("/kept?5980,50", kAWhile);
    REQUIRE(embedder.stops.size() == 1);
    CHECK(embedder.stops[0].cpu_of == CpuOf::kRequest);
  }
}

TEST_CASE("without a limit, nothing is stopped") {
  WatchOnce();
  TestApp busy(
      "const fetch = () => {\n"
      "  const end = performance.now() + 100; while (performance.now() < end);\n"
      "  return new Response('done');\n"
      "};");
  TestEmbedder embedder;
  auto app = busy.Boot(embedder, {.warn_at = 50});
  CHECK(Get(*app)->body == "done");
  CHECK(embedder.stops.empty());
  CHECK(embedder.near.empty());
}

TEST_CASE("the time that a boot takes is not the app's") {
  WatchOnce();
  TestApp app(
      "const kept = []; for (let i = 0; i < 3e6; i++) kept.push({ i });"
      "const fetch = () => new Response('fine');");
  TestEmbedder embedder;
  for (int i = 0; i < 5; ++i) {
    auto booted = app.TryBoot(embedder, {.cpu = 10});
    REQUIRE(booted.ok());
    CHECK(embedder.stops.empty());
  }
}

TEST_CASE("timers that are due at once leave the thread in between when they take time") {
  TestApp app(
      "let ran = 0;"
      "const fetch = (request) => {"
      "  if (request.url.endsWith('/ran')) return new Response(String(ran));"
      "  const end = performance.now() + 5;"
      "  for (let i = 0; i < 4; i++) setTimeout(() => {"
      "    ran++; for (const end = performance.now() + 5; performance.now() < end;);"
      "  }, 1);"
      "  while (performance.now() < end);"
      "  return new Response('set'); };");
  TestEmbedder embedder;
  auto booted = app.Boot(embedder);
  CHECK(Get(*booted)->body == "set");
  for (int turn = 1; turn <= 4; ++turn) {
    CHECK(embedder.timer_delay >= 0);
    embedder.timer_delay = -1;
    booted->FireTimers();
    CHECK(Get(*booted, "/ran")->body == std::to_string(turn));
  }
  CHECK(embedder.timer_delay == -1);
}

}  // namespace
}  // namespace nano::runtime
