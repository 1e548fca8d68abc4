// Tests of isolates that are given up, or stopped, because of how many there are: slots whose
// isolates are real, in a system and with a memory that the tests make up.
#include "server/worker/residents.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/server/worker/slot_fixture.h"

namespace nano::server {
namespace {

using Catch::Matchers::Contains;
using std::chrono::milliseconds;
using namespace testing;

// Says which of an isolate's requests it answers; holds some until /release.
constexpr char kApp[] = R"js(
  let served = 0, release;
  const waits = new Promise((resolve) => { release = resolve; });
  async function fetch(request, env, context) {
    const { pathname } = new URL(request.url);
    if (pathname === "/release") release();
    if (pathname === "/waits") await waits;
    if (pathname === "/later") context.waitUntil(waits);
    if (pathname === "/ticks") setInterval(() => {}, 1);
    if (pathname === "/stream") return new Response(new ReadableStream({
      async pull(c) { await waits; c.close(); }
    }));
    return new Response(String(++served));
  })js";

const BuiltApp& App() {
  static const BuiltApp app(kApp);
  return app;
}

std::string Answer(AppSlot& slot, std::string_view path = "/") {
  AskedByTest exchange;
  SlotFixture::Ask(slot, exchange, path);
  return exchange.body;
}

struct Crowd {
  std::unique_ptr<AppSlot> Slot(int idle_ms = 0) {
    return fixture.Slot(App(), {.idle = milliseconds(idle_ms)}, [&](AppVersion& version) {
      version.name = "app" + std::to_string(version.id);
    });
  }
  uint64_t Evicted(const AppSlot& slot, Eviction reason) {
    return fixture.metrics.Sum(slot.version().name, [reason](const AppCounters& counters) {
      return counters.evictions[static_cast<size_t>(reason)].value();
    });
  }
  // So that slots are asked at different times of the loop's clock.
  void Later() {
    const uint64_t now = uv_now(&fixture.loop);
    REQUIRE(fixture.Until([&] { return uv_now(&fixture.loop) > now; }));
  }

  SlotFixture fixture;
};

TEST_CASE("an isolate that gets no request is given up, and the next request boots another",
          "[residents]") {
  Crowd crowd;
  const auto other = crowd.Slot();
  const auto slot = crowd.Slot(60);
  CHECK(Answer(*other) == "1");
  CHECK(Answer(*slot) == "1");
  CHECK(Answer(*slot) == "2");
  SECTION("") {}
  SECTION("a timer does not keep it") { CHECK(Answer(*slot, "/ticks") == "3"); }
  CHECK(crowd.fixture.Until([&] { return !slot->booted(); }));
  CHECK(crowd.Evicted(*slot, Eviction::kIdle) == 1);
  CHECK(slot->Status().evictions == 1);
  CHECK(other->booted());
  CHECK(Answer(*slot) == "1");
  CHECK(crowd.fixture.Until([&] { return !slot->booted(); }));
  CHECK(slot->Status().evictions == 2);
}

TEST_CASE("the isolate that is left last is kept", "[residents]") {
  Crowd crowd;
  const auto first = crowd.Slot(60);
  const auto second = crowd.Slot(60);
  CHECK(Answer(*first) == "1");
  CHECK(Answer(*second) == "1");
  CHECK(crowd.fixture.Until([&] { return crowd.fixture.context.residents->size() == 1; }));
  crowd.Later();
  CHECK(crowd.fixture.context.residents->size() == 1);
  // Another one makes it like all.
  const auto third = crowd.Slot();
  CHECK(Answer(*third) == "1");
  CHECK(crowd.fixture.Until([&] { return !first->booted() && !second->booted(); }));
}

TEST_CASE("an isolate that has something under way is not given up", "[residents]") {
  Crowd crowd;
  const auto other = crowd.Slot();
  const auto slot = crowd.Slot(60);
  CHECK(Answer(*other) == "1");
  AskedByTest exchange;
  const std::string path = GENERATE("/waits", "/later", "/stream");
  SlotFixture::Ask(*slot, exchange, path);
  CHECK(slot->held());
  const uint64_t began = uv_now(&crowd.fixture.loop);
  REQUIRE(crowd.fixture.Until([&] { return uv_now(&crowd.fixture.loop) > began + 200; }));
  CHECK(slot->booted());
  CHECK(!exchange.failed);
  Answer(*slot, "/release");
  CHECK(crowd.fixture.Until([&] { return !slot->booted(); }));
  CHECK(exchange.status == 200);
  CHECK(!exchange.failed);
}

TEST_CASE("beyond the worker's memory the least recently used isolates are given up",
          "[residents]") {
  Crowd crowd;
  Residents* residents = nullptr;
  residents = &crowd.fixture.UseResidents(
      {.memory = 100, .used = [&residents] { return residents->size() * 40; }});
  const auto first = crowd.Slot();
  const auto second = crowd.Slot();
  const auto third = crowd.Slot();
  CHECK(Answer(*first) == "1");
  crowd.Later();
  CHECK(Answer(*second) == "1");
  crowd.Later();
  CHECK(Answer(*first) == "2");
  crowd.Later();
  CHECK(Answer(*third) == "1");  // Makes 120.
  CHECK(crowd.fixture.Until([&] { return residents->size() == 2; }));
  CHECK(!second->booted());
  CHECK(Answer(*first) == "3");
  CHECK(Answer(*third) == "2");
  CHECK(crowd.Evicted(*second, Eviction::kMemory) == 1);
  CHECK_THAT(crowd.fixture.LogText(), Contains("isolates that nobody needed were given up"));
}

TEST_CASE("far beyond it, when all are needed, the largest is stopped with a reason",
          "[residents]") {
  Crowd crowd;
  uint64_t used = 0;
  std::vector<uint32_t> blamed;
  crowd.fixture.UseResidents({.memory = 1000,
                              .used = [&used] { return used; },
                              .exhausted =
                                  [&](uint32_t version, uint64_t) {
                                    blamed.push_back(version);
                                    used = 0;
                                  }});
  const auto small = crowd.Slot();
  const BuiltApp hoarder(
      "let kept = [];\n"
      "const fetch = async () => {\n"
      "  for (let i = 0; i < 16; i++) kept.push(new Uint8Array(1e6).fill(1));\n"
      "  await new Promise(() => {});\n"
      "};");
  const auto large = crowd.fixture.Slot(hoarder, {}, [](AppVersion& v) { v.name = "hoarder"; });
  AskedByTest of_small;
  AskedByTest of_large;
  SlotFixture::Ask(*small, of_small, "/waits");
  SlotFixture::Ask(*large, of_large, "/");
  used = 1200;
  const uint64_t began = uv_now(&crowd.fixture.loop);
  REQUIRE(crowd.fixture.Until([&] { return uv_now(&crowd.fixture.loop) > began + 200; }));
  CHECK(of_large.status == 0);  // Within what is tolerated.

  used = 1300;
  SECTION("its end helps") {
    REQUIRE(crowd.fixture.Until([&] { return of_large.status != 0; }));
    used = 100;
    CHECK(of_large.status == 503);
    CHECK_THAT(of_large.body, Contains("server-memory") && Contains("\"limit\":1000"));
    CHECK_THAT(crowd.fixture.LogText(), Contains("\"reason\":\"server-memory\""));
    CHECK(!large->booted());
    CHECK(of_small.status == 0);
    Answer(*small, "/release");
    CHECK(crowd.fixture.Until([&] { return of_small.status == 200; }));
    CHECK(blamed.empty());
  }
  SECTION("it does not, nor does that of any other") {
    REQUIRE(crowd.fixture.Until([&] { return !blamed.empty(); }));
    CHECK(of_large.status == 503);
    CHECK(of_small.status == 503);
    CHECK(blamed == std::vector<uint32_t>{small->version().id});
  }
}

TEST_CASE("the system's ceiling has the least recently used make room", "[residents]") {
  Crowd crowd;
  uint64_t mappings = 0;
  // Seven eighths of it are for isolates of 32 each: two of them.
  Residents& residents = crowd.fixture.UseResidents(
      {.system = {.mappings = 80, .count = [&] {
                    return mappings = 32 * crowd.fixture.context.residents->size();
                  }}});
  AskedByTest holding[2];
  std::vector<std::unique_ptr<AppSlot>> slots;
  for (int i = 0; i < 3; ++i) slots.push_back(crowd.Slot());
  for (const auto& slot : slots) {
    CHECK(Answer(*slot) == "1");
    crowd.Later();
  }
  CHECK(slots[2]->booted());
  CHECK(residents.size() <= 2);
  CHECK(crowd.Evicted(*slots[0], Eviction::kCeiling) == 1);

  // If all are needed, who comes is refused, and served when there is room again.
  SlotFixture::Ask(*slots[0], holding[0], "/waits");
  SlotFixture::Ask(*slots[1], holding[1], "/waits");
  AskedByTest refused;
  SlotFixture::Ask(*slots[2], refused, "/");
  CHECK(refused.status == 503);
  CHECK_THAT(refused.body, Contains("isolate-ceiling"));
  CHECK_THAT(crowd.fixture.LogText(), Contains("\"reason\":\"isolate-ceiling\""));
  CHECK(!slots[2]->Boot().ok());
  Answer(*slots[0], "/release");
  REQUIRE(crowd.fixture.Until([&] { return holding[0].status == 200; }));
  CHECK(Answer(*slots[2]) == "1");
  CHECK(holding[1].status == 0);
}

}  // namespace
}  // namespace nano::server
