// Tests of where requests go that wait when another release takes over: slots whose isolates are
// real.
#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/worker/router.h"
#include "tests/unit/server/worker/slot_fixture.h"

namespace nano::server {
namespace {

using testing::AskedByTest;
using testing::BuiltApp;
using testing::SlotFixture;

// An app whose versions say which one they are, and answer one request at a time; /hold never.
struct Versions {
  Versions() {
    for (uint32_t id = 1; id <= 3; ++id) {
      apps[id - 1].emplace(
          "const fetch = ({ url }) => url.endsWith('/hold') ? new Promise(() => {})"
          " : new Response('version " +
          std::to_string(id) + "');");
      auto version = std::make_shared<AppVersion>();
      version->id = id;
      version->name = "app";
      version->image = apps[id - 1]->image();
      versions[id - 1] = std::move(version);
    }
  }

  // What is served of it; `canary`: 0 is none.
  std::shared_ptr<const Release> Serving(uint32_t of, uint32_t canary = 0) {
    ServedApp app{
        .version = versions[of - 1],
        .terms = {
            .limits = {.first_byte = std::chrono::milliseconds(0), .concurrency = 1, .queue = 5}}};
    if (canary != 0) app.canary = Canary{.version = versions[canary - 1]};
    std::vector<ServedApp> served;
    served.push_back(std::move(app));
    return *Release::Make(++releases, std::move(served));
  }

  std::optional<BuiltApp> apps[3];
  std::shared_ptr<const AppVersion> versions[3];
  uint64_t releases = 0;
};

TEST_CASE("who waits when a release takes over goes where its like goes from then on") {
  struct Case {
    const char* what;
    uint32_t before, canary_before, after, canary_after;
    bool asks_canary;
    const char* answer;
  };
  const Case each = GENERATE(Case{"another version", 1, 0, 2, 0, false, "version 2"},
                             Case{"the canary is promoted", 1, 2, 2, 0, false, "version 2"},
                             Case{"the canary ends", 1, 2, 1, 0, true, "version 1"},
                             Case{"another canary", 1, 2, 1, 3, true, "version 3"},
                             Case{"both are others", 1, 2, 3, 0, true, "version 3"});
  CAPTURE(each.what);
  Versions versions;
  SlotFixture fixture;
  AskedByTest held;
  AskedByTest waiting;
  {
    Router router(versions.Serving(each.before, each.canary_before), fixture.context);
    const Route& route = *router.FindApp("app");
    AppSlot& asked = each.asks_canary ? *route.canary : *route.slot;
    SlotFixture::Ask(asked, held, "/hold");
    SlotFixture::Ask(asked, waiting, "/");
    CHECK(asked.pending() == 2);
    router.Prepare(versions.Serving(each.after, each.canary_after));
    const Router::Slots unused = router.Commit();
    CHECK(asked.pending() == 1);
    CHECK(fixture.Until([&] { return waiting.status != 0; }));
    CHECK(waiting.body == each.answer);
    held.responder->OnAborted(held);
  }
}

}  // namespace
}  // namespace nano::server
