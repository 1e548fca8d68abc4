// Tests of the router: hosts lead to the slots of their apps. Nothing is booted.
#include "server/worker/router.h"

#include <catch2/catch.hpp>
#include <memory>
#include <utility>

#include "tests/unit/server/test_dist.h"

namespace nano::server {
namespace {

TEST_CASE("the slot of a host is found, whichever was asked for before") {
  TestDist dist;
  dist.Add("a", {"a.test", "*.a.test"});
  dist.Add("b", {"b.test"});
  SlotContext context;
  Router router(std::move(*Release::Load(dist.path(), {})), context);
  REQUIRE(router.slots().size() == 2);
  AppSlot* const a = router.slots()[0].get();
  AppSlot* const b = router.slots()[1].get();
  for (int again = 0; again < 2; ++again) {
    CHECK(router.Find("a.test:8080") == a);
    CHECK(router.Find("a.test:8080") == a);
    CHECK(router.Find("b.test") == b);
    CHECK(router.Find("none.test") == nullptr);
    CHECK(router.Find("none.test") == nullptr);
    CHECK(router.Find("WWW.A.test") == a);
  }
}

TEST_CASE("a slot's share keeps the release that it was made from") {
  TestDist dist;
  dist.Add("a", {"a.test"});
  SlotContext context;
  std::shared_ptr<const Release> release = std::move(*Release::Load(dist.path(), {}));
  const std::weak_ptr<const Release> watched = release;
  std::shared_ptr<const ServedApp> app(release, &release->apps()[0]);
  {
    Router router(std::move(release), context);
    app.reset();
    CHECK_FALSE(watched.expired());
  }
  CHECK(watched.expired());
}

}  // namespace
}  // namespace nano::server
