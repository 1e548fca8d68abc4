// `limits.memory` where it is enforced: of apps that reach it, and of snapshots too large for it.
#include <catch2/catch.hpp>
#include <string>

#include "tests/unit/runtime/runtime_fixture.h"

namespace nano::runtime {

using Catch::Matchers::Contains;
using testing::Get;
using testing::TestApp;
using testing::TestEmbedder;
using testing::WatchOnce;

TEST_CASE("a reason for which an app was stopped names the limit") {
  CHECK(Describe({.reason = StopReason::kMemory, .limit = 64u << 20}) ==
        "it reached its memory limit, 64 MiB of V8 heap (`limits.memory`)");
  CHECK(Describe({.reason = StopReason::kMemory}) ==
        "it reached the engine's own bound on its heap");
}

TEST_CASE("an app over its memory limit is stopped; its neighbour is not") {
  TestApp greedy(
      "const fetch = () => { const hoard = []; for (let i = 0;; ++i) hoard.push({ i, s: 'x' + i "
      "}); };");
  TestApp modest("const fetch = () => new Response('fine');");
  TestEmbedder embedder;
  auto neighbour = modest.Boot(embedder);
  auto app = greedy.Boot(embedder, {.memory = 64u << 20});
  const auto exchange = Get(*app);
  CHECK(exchange->failed);
  CHECK(app->stopped());
  REQUIRE(embedder.stops.size() == 1);
  CHECK(embedder.stops[0].reason == StopReason::kMemory);
  CHECK(embedder.stops[0].limit == 64u << 20);
  CHECK(Get(*app)->failed);
  app->FireTimers();
  CHECK(embedder.stops.size() == 1);
  app.reset();
  CHECK(Get(*neighbour)->body == "fine");
}

TEST_CASE("one allocation that the heap has no room for stops the app, and no more") {
  WatchOnce();
  const auto [what, code] = GENERATE(table<std::string, std::string>({
      {"a list that grows", "for (;;) keep.push(1.5);"},
      {"lists of one length", "for (;;) keep.push(new Array(1000));"},
      {"filled lists of one length", "for (;;) keep.push(new Array(100).fill(0));"},
      {"a filled list", "keep.push(new Array(2 ** 22).fill(1.5)); for (;;) keep.push({});"},
      {"a list made at once", "for (;;) keep.push(new Array(2 ** 22).fill({}));"},
      {"a text in parts", "for (;;) keep.push('x'.repeat(2 ** 23).split(''));"},
      {"a joined list", "for (;;) keep.push(new Array(2 ** 22).fill('xxxxxxxx').join());"},
      {"a table", "const map = new Map(); for (let i = 0; ; ++i) map.set(i, i);"},
      // Not so large that one of them takes as long as a stop waits to be told where it was.
      {"clones",
       "const list = Array.from({ length: 1e5 }, () => ({}));"
       "for (;;) keep.push(structuredClone(list));"},
      {"a spread list", "let list = [1, 2]; for (;;) list = [...list, ...list];"},
      {"numbers", "let n = 2n ** (2n ** 20n); for (;;) keep.push(n += 1n);"},
  }));
  CAPTURE(what);
  TestApp greedy("const keep = []; const fetch = () => { " + code + " };");
  TestApp modest("const fetch = () => new Response('fine');");
  TestEmbedder embedder;
  auto neighbour = modest.Boot(embedder);
  auto app = greedy.Boot(embedder, {.memory = 32u << 20});
  CHECK(Get(*app)->failed);
  CHECK(app->stopped());
  REQUIRE(embedder.stops.size() == 1);
  const Stop& stop = embedder.stops[0];
  CHECK(stop.reason == StopReason::kMemory);
  CHECK(stop.limit == 32u << 20);
  // What there was and what was asked for.
  CHECK(stop.used >= stop.limit);
  CHECK_THAT(stop.stack, Contains("at fetch"));
  app.reset();
  CHECK(Get(*neighbour)->body == "fine");
}

TEST_CASE("an app goes on that asks for too much and has let go of the rest") {
  // The bound is raised for the time of the allocation, and is in force again after it.
  TestApp app(
      "let keep = []; const fetch = () => {"
      "for (let i = 0; i < 40; ++i) keep = new Array(25e5).fill(i + 0.5);"
      "return new Response('fine'); };");
  TestEmbedder embedder;
  auto booted = app.Boot(embedder, {.memory = 64u << 20});
  for (int i = 0; i < 3; ++i) CHECK(Get(*booted)->body == "fine");
  CHECK(embedder.stops.empty());
}

TEST_CASE("an app whose heap comes near its limit is told of, once for each time") {
  TestApp app(
      "let keep = []; const churn = () => { for (let i = 0; i < 3e6; ++i) keep[-1] = { i }; };"
      "const fetch = ({ url }) => { if (url.endsWith('/drop')) keep = [];"
      "else while (keep.length < 4e5) keep.push({ a: 1, b: 2, c: [keep.length] });"
      "for (let i = 0; i < 6; i++) { churn(); keep.big = new Array(8e5).fill(i); }"
      "keep.big = undefined; return new Response('fine'); };");
  TestEmbedder embedder;
  auto booted = app.Boot(embedder, {.memory = 64u << 20, .warn_at = 40});
  for (size_t crossing = 1; crossing <= 2; ++crossing) {
    CHECK(Get(*booted)->body == "fine");
    booted->ReleaseMemory();
    CHECK(Get(*booted)->body == "fine");
    booted->ReleaseMemory();
    CHECK(embedder.near.size() == crossing);
    CHECK(Get(*booted, "/drop")->body == "fine");
    // What was being marked when it was dropped goes with the collection after that.
    booted->ReleaseMemory();
    booted->ReleaseMemory();
  }
  for (const Stop& near : embedder.near) {
    CHECK(near.reason == StopReason::kMemory);
    CHECK(near.used >= (64u << 20) / 100 * 40);
  }
  CHECK(embedder.stops.empty());
}

TEST_CASE("an app may keep as much as its limit says, however small that is") {
  const size_t limit = GENERATE(size_t{4} << 20, size_t{16} << 20, size_t{128} << 20);
  TestApp app("const keep = []; const fetch = () => { for (;;) keep.push({ list: [1, 2, 3] }); };");
  TestEmbedder embedder;
  auto booted = app.Boot(embedder, {.memory = limit});
  Get(*booted);
  REQUIRE(embedder.stops.size() == 1);
  CHECK(embedder.stops[0].limit == limit);
  CHECK(embedder.stops[0].used >= limit / 10 * 8);
}

TEST_CASE("a snapshot that is larger than the memory limit fails to boot, and says what it needs") {
  TestApp large(
      "const table = []; for (let i = 0; i < 200000; ++i) table.push({ i, list: [i, i + 1] });"
      "const fetch = () => new Response(String(table.length));");
  // Takes heap that its blob does not show.
  TestApp holes(
      "const table = new Array(5e6).fill(undefined);"
      "const fetch = () => new Response(String(table.length));");
  TestApp modest("const fetch = () => new Response('fine');");
  TestEmbedder embedder;
  auto neighbour = modest.Boot(embedder, {.memory = 4u << 20});
  for (TestApp* app : {&large, &holes}) {
    for (const size_t limit : {4u << 20, 10u << 20, 18u << 20}) {
      CAPTURE(limit, app == &holes);
      const auto booted = app->TryBoot(embedder, {.memory = limit});
      REQUIRE_FALSE(booted.ok());
      CHECK_THAT(booted.error().message,
                 Contains("snapshot alone takes") && Contains("MiB of V8 heap") &&
                     Contains("`limits.memory` of " + std::to_string(limit >> 20) + " MiB"));
      // What it says is enough is enough.
      const std::string& hint = booted.error().hint;
      REQUIRE_THAT(hint, Catch::StartsWith("Set `limits.memory` to "));
      const size_t enough = std::stoul(hint.substr(hint.find(" to ") + 4));
      auto served = app->TryBoot(embedder, {.memory = enough << 20});
      REQUIRE(served.ok());
      CHECK(Get(**served)->body == (app == &holes ? "5000000" : "200000"));
      CHECK_FALSE((*served)->stopped());
    }
  }
  CHECK(Get(*neighbour)->body == "fine");
  CHECK(embedder.log.empty());
}

TEST_CASE("the memory limit is in force after a snapshot that needed room while it was restored") {
  TestApp app(
      "const table = []; for (let i = 0; i < 200000; ++i) table.push({ i, list: [i, i + 1] });"
      "const fetch = () => { const hoard = []; "
      "for (let i = 0; i < 2e6; ++i) hoard.push({ i, s: 'x' + i }); "
      "return new Response(String(table.length + hoard.length)); };");
  TestEmbedder embedder;
  auto tight = app.Boot(embedder, {.memory = 48u << 20});
  CHECK(Get(*tight)->failed);
  CHECK(tight->stopped());
  REQUIRE(embedder.stops.size() == 1);
  CHECK(embedder.stops[0].limit == 48u << 20);
  auto roomy = app.Boot(embedder, {.memory = 512u << 20});
  CHECK(Get(*roomy)->body == "2200000");
}

}  // namespace nano::runtime
