// Tests of the router: hosts lead to the slots of their apps. Nothing is booted.
#include "server/worker/router.h"

#include <catch2/catch.hpp>
#include <memory>
#include <utility>

#include "tests/unit/server/test_dist.h"

namespace nano::server {
namespace {

std::shared_ptr<const Release> ReleaseOf(const TestDist& dist) {
  return (*LoadTestRelease(dist.path(), {}))->release;
}

// What slots ask for as they are made.
struct TestContext : SlotContext {
  TestContext() { metrics = &counted; }
  AppMetrics counted{1};
};

AppSlot* SlotAt(Router& router, std::string_view authority) {
  const Route* route = router.Find(authority);
  return route == nullptr ? nullptr : route->slot;
}

TEST_CASE("the slot of a host is found, whichever was asked for before") {
  TestDist dist;
  dist.Add("a", {"a.test", "*.a.test"});
  dist.Add("b", {"b.test"});
  TestContext context;
  Router router(ReleaseOf(dist), context);
  REQUIRE(router.routes().size() == 2);
  AppSlot* const a = router.FindApp("a")->slot;
  AppSlot* const b = router.FindApp("b")->slot;
  CHECK(router.FindApp("c") == nullptr);
  for (int again = 0; again < 2; ++again) {
    CHECK(SlotAt(router, "a.test:8080") == a);
    CHECK(SlotAt(router, "a.test:8080") == a);
    CHECK(SlotAt(router, "b.test") == b);
    CHECK(router.Find("none.test") == nullptr);
    CHECK(router.Find("none.test") == nullptr);
    CHECK(SlotAt(router, "WWW.A.test") == a);
  }
}

TEST_CASE("a slot's share keeps the version that it was made from") {
  TestDist dist;
  dist.Add("a", {"a.test"});
  TestContext context;
  std::shared_ptr<const Release> release = ReleaseOf(dist);
  const std::weak_ptr<const AppVersion> watched = release->apps()[0].version;
  {
    Router router(std::move(release), context);
    CHECK_FALSE(watched.expired());
  }
  CHECK(watched.expired());
}

TEST_CASE("a release takes another one's place with the slots that both have") {
  TestDist dist;
  dist.Add("a", {"a.test"});
  dist.Add("b", {"b.test"});
  dist.Add("c", {"c.test"});
  TestContext context;
  const std::shared_ptr<const Release> first = ReleaseOf(dist);
  Router router(first, context);
  AppSlot* const a = SlotAt(router, "a.test");
  AppSlot* const b = SlotAt(router, "b.test");

  // a moves to another host and has other limits, b has another version, c leaves.
  std::vector<ServedApp> apps = first->apps();
  apps[0].hosts = {"moved.test"};
  apps[0].terms.limits.timers = 7;
  auto changed = std::make_shared<AppVersion>(*apps[1].version);
  changed->id = 99;
  apps[1].version = changed;
  apps[2].leaving = true;
  const std::shared_ptr<const Release> second = *Release::Make(2, apps);

  const std::vector<AppSlot*> added = router.Prepare(second);
  REQUIRE(added.size() == 1);
  CHECK(added[0]->version().id == 99);
  CHECK(SlotAt(router, "a.test") == a);
  CHECK(SlotAt(router, "b.test") == b);
  router.Abort();
  CHECK(router.prepared() == nullptr);
  CHECK(SlotAt(router, "b.test") == b);
  CHECK(a->terms() == first->Find("a")->terms);

  router.Prepare(second);
  const Router::Slots unused = router.Commit();
  CHECK(router.release() == second);
  CHECK(router.Find("a.test") == nullptr);
  CHECK(SlotAt(router, "moved.test") == a);
  CHECK(a->terms().limits.timers == 7);
  CHECK(SlotAt(router, "b.test")->version().id == 99);
  REQUIRE(router.Find("c.test") != nullptr);
  CHECK(router.Find("c.test")->slot == nullptr);
  CHECK(router.Find("c.test")->app->leaving);
  REQUIRE(unused.size() == 2);
}

}  // namespace
}  // namespace nano::server
