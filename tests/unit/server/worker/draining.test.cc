// Tests of draining: slots end when they have nothing to do, or when their time is up.
#include "server/worker/draining.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "server/log/request_id.h"
#include "tests/unit/server/worker/slot_fixture.h"

namespace nano::server {
namespace {

using namespace testing;
using Catch::Matchers::Contains;

constexpr char kApp[] = R"js(
  let release;
  const waits = new Promise((resolve) => { release = resolve; });
  async function fetch(request, env, context) {
    const { pathname } = new URL(request.url);
    if (pathname === "/release") release();
    if (pathname === "/waits") await waits;
    if (pathname === "/later") context.waitUntil(waits);
    if (pathname === "/stream") return new Response(new ReadableStream({ pull: () => waits }));
    return new Response("done");
  })js";

const BuiltApp& App() {
  static const BuiltApp app(kApp);
  return app;
}

// Old versions of an app in a worker.
struct Drain {
  std::unique_ptr<AppSlot> Slot(int timeout_ms = 60'000) {
    return fixture.Slot(App(), {.drain_timeout = std::chrono::milliseconds(timeout_ms)});
  }
  void Turn() { uv_run(&fixture.loop, UV_RUN_NOWAIT); }

  SlotFixture fixture;
  int changes = 0;
  Draining draining{&fixture.loop, [this] { ++changes; }};
};

TEST_CASE("a slot that has nothing to do ends with the loop's next turn", "[draining]") {
  Drain drain;
  auto slot = drain.Slot();
  const uint32_t version = slot->version().id;
  AskedByTest exchange;
  SECTION("never having booted") {}
  SECTION("having answered") {
    SlotFixture::Ask(*slot, exchange, "/");
    CHECK(exchange.body == "done");
    CHECK(drain.fixture.context.residents->size() == 1);
  }
  drain.draining.Add(std::move(slot));
  CHECK(drain.draining.Has(version));  // It may be in the middle of a call.
  CHECK(drain.changes == 0);
  REQUIRE(drain.fixture.Until([&] { return drain.changes == 1; }));
  CHECK_FALSE(drain.draining.Has(version));
  CHECK(drain.draining.entries().empty());
  CHECK(drain.fixture.context.residents->size() == 0);
}

TEST_CASE("a slot ends when what it has under way does", "[draining]") {
  for (const char* path : {"/waits", "/later"}) {
    CAPTURE(path);
    Drain drain;
    auto slot = drain.Slot();
    AppSlot& old = *slot;
    AskedByTest exchange, last;
    SlotFixture::Ask(old, exchange, path);
    CHECK(old.pending() == 1);
    drain.draining.Add(std::move(slot));
    for (int i = 0; i < 5; ++i) drain.Turn();
    CHECK(drain.changes == 0);
    CHECK(drain.draining.entries().size() == 1);

    SlotFixture::Ask(old, last, "/release");
    REQUIRE(drain.fixture.Until([&] { return drain.changes == 1; }));
    CHECK(exchange.body == "done");
    CHECK(drain.draining.entries().empty());
    CHECK(drain.fixture.LogText().empty());
  }
}

TEST_CASE("a slot whose time is up is cut, and the log says of what", "[draining]") {
  Drain drain;
  auto slot = drain.Slot(10);
  AskedByTest exchange, later, stream;
  SlotFixture::Ask(*slot, exchange, "/waits");
  SlotFixture::Ask(*slot, later, "/later");
  stream.streams = true;  // As the server's exchanges say of themselves.
  SlotFixture::Ask(*slot, stream, "/stream");
  drain.draining.Add(std::move(slot));
  REQUIRE(drain.fixture.Until([&] { return drain.changes == 1; }));
  CHECK(drain.draining.entries().empty());
  CHECK(exchange.status == 503);
  CHECK_THAT(exchange.body, Contains("urn:nano:problem:drain-timeout") && Contains("\"limit\":10"));
  CHECK(stream.failed);
  for (const AskedByTest* each : {&exchange, &stream}) {
    CHECK(std::string_view(each->refusal) == "drain-timeout");
  }
  CHECK_FALSE(later.failed);
  CHECK(later.refusal == nullptr);
  const std::string log = drain.fixture.LogText();
  CHECK_THAT(log, Contains("\"reason\":\"drain-timeout\",\"limit\":10,\"used\":"));
  CHECK_THAT(log, Contains("\"requests\":1,\"streams\":1,\"wait_until\":1"));
  AskedByTest* const named[] = {&exchange, &stream};
  for (AskedByTest* each : named) CHECK_THAT(log, Contains(RequestIdOf(*each)));
  const auto& stops = drain.fixture.metrics.At(0, "app").stops;
  CHECK(stops[static_cast<size_t>(Reason::kDrainTimeout)].value() == 1);
}

TEST_CASE("each slot has its own time", "[draining]") {
  Drain drain;
  auto patient = drain.Slot();
  auto hasty = drain.Slot(10);
  const uint32_t version = patient->version().id;
  AppSlot& old = *patient;
  AskedByTest one, two, last;
  SlotFixture::Ask(*patient, one, "/waits");
  SlotFixture::Ask(*hasty, two, "/waits");
  drain.draining.Add(std::move(patient));
  drain.draining.Add(std::move(hasty));
  REQUIRE(drain.fixture.Until([&] { return drain.changes == 1; }));
  CHECK(two.status == 503);
  CHECK(drain.draining.Has(version));
  SlotFixture::Ask(old, last, "/release");
  REQUIRE(drain.fixture.Until([&] { return drain.changes == 2; }));
  CHECK(one.body == "done");
  CHECK_FALSE(one.failed);
}

}  // namespace
}  // namespace nano::server
