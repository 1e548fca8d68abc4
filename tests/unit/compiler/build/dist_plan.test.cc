// What becomes of the apps of a dist that others are built into.
#include "compiler/build/dist_plan.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace nano::compiler {
namespace {

using Names = std::vector<std::string>;

config::AppSettings Built(const std::string& name, std::vector<std::string> hosts = {}) {
  config::AppSettings app;
  app.name = name;
  app.hosts = std::move(hosts);
  return app;
}

ManifestApp Present(const std::string& name, std::vector<std::string> hosts,
                    bool is_default = false) {
  ManifestApp app;
  app.name = name;
  app.hosts = std::move(hosts);
  app.is_default = is_default;
  app.digest = "old " + name;
  app.bytes = 1;
  return app;
}

AppResult ResultOf(const std::string& name, bool ok) {
  AppResult result;
  result.name = name;
  if (!ok) result.errors.push_back({"it failed", "", ""});
  return result;
}

// Of what was built now.
ManifestApp Stored(const std::string& digest) {
  ManifestApp app;
  app.digest = digest;
  app.bytes = 2;
  return app;
}

Names NamesOf(const std::vector<ManifestApp>& apps) {
  Names names;
  for (const ManifestApp& app : apps) names.push_back(app.name + ": " + app.digest);
  return names;
}

}  // namespace

TEST_CASE("an app may not claim what one has that stays; it may if that goes") {
  std::vector<config::AppSettings> apps{Built("a", {"shop.test"})};
  const std::vector<ManifestApp> present{Present("b", {"shop.test"})};
  const auto refused = AssignHosts(apps, present, /*whole=*/false);
  REQUIRE_FALSE(refused.ok());
  CHECK_THAT(refused.error().message, Catch::Contains("app 'a' and app 'b'") &&
                                          Catch::Contains("both claim host 'shop.test'"));
  CHECK(AssignHosts(apps, present, /*whole=*/true).ok());
  // One that is built again is not beside itself.
  CHECK(AssignHosts(apps, {Present("a", {"shop.test"})}, /*whole=*/false).ok());
}

TEST_CASE("an app that answered for every host goes on to when another one joins it") {
  std::vector<config::AppSettings> apps{Built("first"), Built("second")};
  REQUIRE(AssignHosts(apps, {Present("first", {}, true)}, /*whole=*/false).ok());
  CHECK(apps[0].is_default);
  CHECK_FALSE(apps[1].is_default);
  CHECK_FALSE(apps[1].hosts.empty());
}

TEST_CASE("what was built replaces, what failed stays as it was, the rest is kept or taken out") {
  const std::vector<config::AppSettings> built{Built("good"), Built("bad"), Built("new")};
  const std::vector<AppResult> results{ResultOf("good", true), ResultOf("bad", false),
                                       ResultOf("new", false)};
  const std::vector<ManifestApp> stored{Stored("fresh good"), {}, {}};
  const std::vector<ManifestApp> present{Present("good", {}), Present("bad", {}),
                                         Present("other", {})};

  const DistPlan joined = PlanDist(built, results, stored, present, /*whole=*/false);
  CHECK(NamesOf(joined.apps) == Names{"good: fresh good", "bad: old bad", "other: old other"});
  CHECK(joined.changes.kept == Names{"other"});
  CHECK(joined.changes.stale == Names{"bad"});
  CHECK(joined.changes.removed.empty());

  const DistPlan whole = PlanDist(built, results, stored, present, /*whole=*/true);
  CHECK(NamesOf(whole.apps) == Names{"good: fresh good", "bad: old bad"});
  CHECK(whole.changes.removed == Names{"other"});
  CHECK(whole.changes.kept.empty());
}

TEST_CASE("what a server has to give an app is recorded, its values are not") {
  std::vector<config::AppSettings> built{Built("none"), Built("denies"), Built("calls")};
  built[0].outbound.none = true;
  built[1].outbound.deny = {*HostRule::Parse("a.example", HostRule::Bare::kExact)};
  built[2].outbound.connections = 3;
  built[2].services = {{"ORDERS", "orders", {}}};
  const std::vector<AppResult> results{ResultOf("none", true), ResultOf("denies", true),
                                       ResultOf("calls", true)};
  const DistPlan plan =
      PlanDist(built, results, {Stored("1"), Stored("2"), Stored("3")}, {}, /*whole=*/true);
  REQUIRE(plan.apps.size() == 3);
  CHECK(plan.apps[0].restricted);
  CHECK(plan.apps[1].restricted);
  CHECK_FALSE(plan.apps[2].restricted);
  CHECK(plan.apps[0].services.empty());
  CHECK(plan.apps[2].services == Names{"ORDERS"});
}

}  // namespace nano::compiler
