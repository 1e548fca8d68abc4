// Tests of groups: which an app is in, and how many there may be.
#include "server/release/groups.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>

namespace nano::server {
namespace {

config::AppSettings Said(std::string isolation, std::string group = "default") {
  config::AppSettings app;
  app.name = "shop";
  app.isolation = {.isolation = std::move(isolation), .group = std::move(group)};
  return app;
}

ServedApp AppIn(const std::string& name, std::string group, bool leaving = false) {
  auto version = std::make_shared<AppVersion>();
  version->name = name;
  return {.version = std::move(version), .leaving = leaving, .group = std::move(group)};
}

TEST_CASE("an app is in the group that it says, alone, or in none", "[groups]") {
  CHECK(GroupOf({}).empty());
  CHECK(GroupOf(Said("shared", "blue")).empty());
  CHECK(GroupOf(Said("worker")) == "default");
  CHECK(GroupOf(Said("worker", "blue")) == "blue");
  CHECK(GroupOf(Said("process", "blue")) == "app:shop");
}

TEST_CASE("a group is told in the words of nano.yaml", "[groups]") {
  CHECK(IsolationWords(GroupOf(Said("shared", "blue"))) == "shared");
  CHECK(IsolationWords(GroupOf(Said("worker", "blue"))) == "worker (group blue)");
  CHECK(IsolationWords(GroupOf(Said("worker"))) == "worker (group default)");
  CHECK(IsolationWords(GroupOf(Said("process"))) == "process");
}

TEST_CASE("groups are those of apps that stay, and no more than there may be", "[groups]") {
  CHECK(GroupsOf({AppIn("a", ""), AppIn("b", "x"), AppIn("c", "x"), AppIn("d", "y", true)}) ==
        std::set<std::string>{"x"});
  std::vector<ServedApp> apps;
  for (size_t i = 0; i < kMaxGroups; ++i) {
    apps.push_back(AppIn("a" + std::to_string(i), "g" + std::to_string(i)));
  }
  CHECK(CheckGroups(apps).ok());
  apps.push_back(AppIn("z", "g0"));
  CHECK(CheckGroups(apps).ok());
  apps.push_back(AppIn("zz", "one more"));
  const Result<void> checked = CheckGroups(apps);
  REQUIRE_FALSE(checked.ok());
  CHECK_THAT(checked.error().ToString(), Catch::Contains("65 processes"));
}

TEST_CASE("a worker runs the apps of its group, a probe all", "[groups]") {
  const ServedApp shared = AppIn("a", ""), blue = AppIn("b", "blue");
  CHECK(Membership::Of({}).Has(shared));
  CHECK_FALSE(Membership::Of({}).Has(blue));
  CHECK(Membership::Of("blue").Has(blue));
  CHECK_FALSE(Membership::Of("blue").Has(shared));
  CHECK(Membership::OfAll().Has(shared));
  CHECK(Membership::OfAll().Has(blue));
}

}  // namespace
}  // namespace nano::server
