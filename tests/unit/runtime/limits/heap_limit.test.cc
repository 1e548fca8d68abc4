// `limits.memory` where it is enforced: of apps that reach it, and of snapshots too large for it.
#include <catch2/catch.hpp>
#include <string>

#include "tests/unit/runtime/runtime_fixture.h"

namespace nano::runtime {

using Catch::Matchers::Contains;
using testing::Get;
using testing::TestApp;
using testing::TestEmbedder;

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
    for (const size_t limit : {4u << 20, 10u << 20, 24u << 20}) {
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
