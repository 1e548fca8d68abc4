// Tests of what an app answers at once, what waits, and what takes too long: slots whose isolates
// are real.
#include "server/worker/admission.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/unit/server/worker/slot_fixture.h"

namespace nano::server {
namespace {

using Catch::Matchers::Contains;
using std::chrono::milliseconds;
using testing::AskedByTest;
using testing::BuiltApp;
using testing::SlotFixture;

// Answers /hold when /let comes, all others at once.
constexpr char kHolding[] =
    "let held = [];\n"
    "const fetch = async ({ url, signal }) => {\n"
    "  if (url.endsWith('/let')) { for (const go of held) go(); held = []; }\n"
    "  if (url.endsWith('/hold')) await new Promise((go) => held.push(go));\n"
    "  if (url.endsWith('/never')) await new Promise((go) => {\n"
    "    signal.addEventListener('abort', () => console.log(signal.reason.name));\n"
    "  });\n"
    "  if (url.endsWith('/stream')) return new Response(new ReadableStream({\n"
    "    async pull(c) { c.enqueue(new Uint8Array(1)); await new Promise((r) => setTimeout(r, 1)); "
    "}\n"
    "  }));\n"
    "  if (url.endsWith('/spin')) for (;;);\n"
    "  return new Response('done');\n"
    "};";

TEST_CASE("where the limit is lifted nobody is refused for a queue that is about to be empty") {
  const BuiltApp app(kHolding);
  SlotFixture fixture;
  AppTerms terms{.limits = {.first_byte = milliseconds(0), .concurrency = 1, .queue = 1}};
  const auto slot = fixture.Slot(app, terms);
  AskedByTest exchanges[3];
  SlotFixture::Ask(*slot, exchanges[0], "/hold");
  SlotFixture::Ask(*slot, exchanges[1], "/");
  terms.limits.concurrency = 0;
  slot->SetTerms(terms);
  // Before those that wait have had their turn.
  SlotFixture::Ask(*slot, exchanges[2], "/");
  CHECK(exchanges[2].status == 0);
  CHECK(fixture.Until([&] { return exchanges[2].body == "done"; }));
  CHECK(exchanges[1].body == "done");
  exchanges[0].responder->OnAborted(exchanges[0]);
}

TEST_CASE("requests beyond the limit wait for others to end, and more are refused") {
  const BuiltApp app(kHolding);
  SlotFixture fixture;
  const auto slot =
      fixture.Slot(app, {.limits = {.first_byte = milliseconds(0), .concurrency = 2, .queue = 2}});
  AskedByTest exchanges[5];
  for (AskedByTest& exchange : exchanges) SlotFixture::Ask(*slot, exchange, "/hold");
  CHECK(slot->pending() == 4);
  CHECK(exchanges[4].status == 503);
  CHECK_THAT(exchanges[4].body, Contains("queue-full") && Contains("\"limit\":2,\"used\":2"));
  CHECK_THAT(fixture.LogText(),
             Contains("\"reason\":\"queue-full\"") && Contains("(`limits.queue`)"));
  CHECK(slot->Status().held == Held{.requests = 2, .queued = 2});

  // The client of one that waits leaves.
  exchanges[2].responder->OnAborted(exchanges[2]);
  CHECK(slot->pending() == 3);
  CHECK(slot->Status().held.queued == 1);
  // One that is answered makes room for the next.
  exchanges[0].responder->OnAborted(exchanges[0]);
  CHECK(fixture.Until([&] { return slot->Status().held.requests == 2; }));
  CHECK(exchanges[3].status == 0);
  exchanges[1].responder->OnAborted(exchanges[1]);
  exchanges[3].responder->OnAborted(exchanges[3]);
  CHECK(slot->pending() == 0);
}

TEST_CASE("a request that comes does not overtake those that wait") {
  const BuiltApp app(kHolding);
  SlotFixture fixture;
  const auto slot =
      fixture.Slot(app, {.limits = {.first_byte = milliseconds(0), .concurrency = 1, .queue = 2}});
  AskedByTest held;
  AskedByTest waiting;
  AskedByTest late;
  SlotFixture::Ask(*slot, held, "/hold");
  SlotFixture::Ask(*slot, waiting, "/");
  held.responder->OnAborted(held);
  SlotFixture::Ask(*slot, late, "/");
  CHECK(late.status == 0);
  CHECK(fixture.Until([&] { return late.status == 200; }));
  CHECK(waiting.status == 200);
}

TEST_CASE("who waits for an isolate that is stopped is answered by the next one") {
  const BuiltApp app(kHolding);
  SlotFixture fixture;
  runtime::testing::WatchOnce();
  const auto slot = fixture.Slot(
      app,
      {.limits = {
           .cpu = milliseconds(30), .first_byte = milliseconds(0), .concurrency = 1, .queue = 5}});
  AskedByTest held;
  AskedByTest waiting;
  SlotFixture::Ask(*slot, held, "/hold");
  SlotFixture::Ask(*slot, waiting, "/");
  // Not by way of the queue: the isolate is stopped while it has a request, and another waits.
  held.responder->OnAborted(held);
  AskedByTest spinning;
  SlotFixture::Ask(*slot, spinning, "/spin");
  AskedByTest last;
  SlotFixture::Ask(*slot, last, "/");
  CHECK(fixture.Until([&] { return last.status != 0; }));
  CHECK(waiting.status == 200);
  CHECK(spinning.status == 503);
  CHECK_THAT(spinning.body, Contains("cpu-limit"));
  CHECK(last.status == 200);
}

TEST_CASE("a request that waits too long is refused") {
  const BuiltApp app(kHolding);
  SlotFixture fixture;
  const auto slot = fixture.Slot(app, {.limits = {.first_byte = milliseconds(0),
                                                  .concurrency = 1,
                                                  .queue = 10,
                                                  .queue_timeout = milliseconds(5)}});
  AskedByTest held;
  AskedByTest waiting;
  SlotFixture::Ask(*slot, held, "/hold");
  SlotFixture::Ask(*slot, waiting, "/");
  CHECK(fixture.Until([&] { return waiting.status != 0; }));
  CHECK(waiting.status == 503);
  CHECK_THAT(waiting.body, Contains("queue-timeout"));
  held.responder->OnAborted(held);
}

TEST_CASE("a slot that is cut gives up what waits as well") {
  const BuiltApp app(kHolding);
  SlotFixture fixture;
  const auto slot = fixture.Slot(app, {.limits = {.concurrency = 1, .queue = 10}});
  AskedByTest held;
  AskedByTest waiting;
  SlotFixture::Ask(*slot, held, "/hold");
  SlotFixture::Ask(*slot, waiting, "/");
  slot->Cut(30'000);
  for (const AskedByTest* each : {&held, &waiting}) {
    CHECK(each->status == 503);
    CHECK_THAT(each->body, Contains("drain-timeout"));
  }
  CHECK(slot->pending() == 0);
}

TEST_CASE("who waits when another version takes the app's place is answered by that one") {
  const BuiltApp app(kHolding);
  const BuiltApp other("const fetch = async () => new Response('other');");
  SlotFixture fixture;
  const AppTerms terms{.limits = {.first_byte = milliseconds(0), .concurrency = 1, .queue = 2}};
  const auto old = fixture.Slot(app, terms);
  AskedByTest held;
  AskedByTest waiting[2];
  SlotFixture::Ask(*old, held, "/hold");
  for (AskedByTest& each : waiting) SlotFixture::Ask(*old, each, "/");
  AskedByTest asked;
  auto next = fixture.Slot(other, terms);
  SECTION("booted before") {
    SlotFixture::Ask(*next, asked, "/");
    CHECK(asked.body == "other");
  }
  SECTION("not booted yet") {}
  const uint64_t under_way = fixture.metrics.At(0, "app").in_flight.value();
  next->TakeWaiting(*old);
  CHECK(fixture.metrics.At(0, "app").in_flight.value() == under_way);
  CHECK(old->pending() == 1);
  CHECK(next->pending() == 2);
  CHECK(fixture.Until([&] { return waiting[0].status != 0 && waiting[1].status != 0; }));
  for (const AskedByTest& each : waiting) CHECK(each.body == "other");
  CHECK(held.status == 0);
  held.responder->OnAborted(held);
  CHECK(old->pending() == 0);
}

TEST_CASE("who has gone over has waited since it came, and leaves nothing behind") {
  const BuiltApp app(kHolding);
  SlotFixture fixture;
  const AppTerms terms{.limits = {.first_byte = milliseconds(0),
                                  .concurrency = 1,
                                  .queue = 1,
                                  .queue_timeout = milliseconds(60)}};
  auto old = fixture.Slot(app, terms);
  const auto next = fixture.Slot(app, terms);
  AskedByTest held[2];
  AskedByTest waiting[2];
  SlotFixture::Ask(*next, held[0], "/hold");
  SlotFixture::Ask(*next, waiting[0], "/");
  SlotFixture::Ask(*old, held[1], "/hold");
  SlotFixture::Ask(*old, waiting[1], "/");
  // One is there already, and no more may wait: who does is not sent away.
  next->TakeWaiting(*old);
  held[1].responder->OnAborted(held[1]);
  old.reset();
  CHECK(next->Status().held.queued == 2);
  SECTION("for too long") {
    CHECK(fixture.Until([&] { return waiting[0].status != 0 && waiting[1].status != 0; }));
    for (const AskedByTest& each : waiting) CHECK_THAT(each.body, Contains("queue-timeout"));
  }
  SECTION("and its client leaves") {
    for (AskedByTest& each : waiting) each.responder->OnAborted(each);
    CHECK(next->Status().held.queued == 0);
  }
  held[0].responder->OnAborted(held[0]);
}

TEST_CASE("a response that does not begin in time is given in the app's place") {
  const BuiltApp app(kHolding);
  SlotFixture fixture;
  const auto slot = fixture.Slot(app, {.limits = {.first_byte = milliseconds(20)}});
  AskedByTest never;
  AskedByTest done;
  AskedByTest streams;
  SlotFixture::Ask(*slot, done, "/");
  SlotFixture::Ask(*slot, never, "/never");
  SlotFixture::Ask(*slot, streams, "/stream");
  CHECK(fixture.Until([&] { return never.status != 0; }));
  CHECK(never.status == 504);
  CHECK_THAT(never.body, Contains("first-byte-limit") && Contains("\"limit\":20"));
  CHECK_THAT(fixture.LogText(),
             Contains("TimeoutError") && Contains("\"reason\":\"first-byte-limit\""));
  CHECK(done.status == 200);
  CHECK(slot->pending() == 1);
  CHECK_FALSE(streams.failed);
  streams.responder->OnAborted(streams);
}

TEST_CASE("what another worker has read first has waited since then") {
  const BuiltApp app(kHolding);
  SlotFixture fixture;
  const auto slot = fixture.Slot(app, {.limits = {.first_byte = milliseconds(20'000)}});
  AskedByTest early;
  AskedByTest now;
  fixture.context.read_elsewhere = uv_now(&fixture.loop) - 30'000;
  SlotFixture::Ask(*slot, early, "/never");
  SlotFixture::Ask(*slot, now, "/never");
  CHECK(now.began - early.began >= 29'000'000'000);
  CHECK(fixture.Until([&] { return early.status != 0; }));
  CHECK_THAT(early.body, Contains("first-byte-limit"));
  CHECK(now.status == 0);
  now.responder->OnAborted(now);
}

TEST_CASE("a stream that does not end in time is cut") {
  const BuiltApp app(kHolding);
  SlotFixture fixture;
  const auto slot = fixture.Slot(app, {.limits = {.duration = milliseconds(20)}});
  AskedByTest streams;
  AskedByTest never;
  SlotFixture::Ask(*slot, streams, "/stream");
  SlotFixture::Ask(*slot, never, "/never");
  CHECK(fixture.Until([&] { return streams.failed && never.status != 0; }));
  CHECK(streams.status == 200);
  CHECK_FALSE(streams.body.empty());
  CHECK(never.status == 504);
  CHECK_THAT(never.body, Contains("duration-limit"));
  CHECK_THAT(fixture.LogText(), Contains("\"reason\":\"duration-limit\""));
  CHECK(fixture.Until([&] { return slot->pending() == 0; }));
}

}  // namespace
}  // namespace nano::server
