// Hosts of apps that have none.
#include "config/default_hosts.h"

#include <catch2/catch.hpp>

namespace nano::config {
namespace {

AppSettings App(const std::string& name, std::vector<std::string> hosts = {},
                bool is_default = false) {
  AppSettings app;
  app.name = name;
  app.hosts = std::move(hosts);
  app.is_default = is_default;
  return app;
}

TEST_CASE("a sole app answers for every host") {
  std::vector apps{App("a")};
  REQUIRE(AssignDefaultHosts(apps).ok());
  CHECK(apps[0].is_default);
  CHECK(apps[0].hosts.empty());
}

TEST_CASE("hosts that were given stay") {
  std::vector apps{App("a", {"a.example"})};
  REQUIRE(AssignDefaultHosts(apps).ok());
  CHECK(!apps[0].is_default);
  CHECK(apps[0].hosts == std::vector<std::string>{"a.example"});
}

TEST_CASE("of several, those without hosts are found under their names") {
  std::vector apps{App("Shop"), App("b", {"b.example"}), App("c", {}, true)};
  REQUIRE(AssignDefaultHosts(apps).ok());
  CHECK(apps[0].hosts == std::vector<std::string>{"shop.localhost"});
  CHECK(apps[1].hosts == std::vector<std::string>{"b.example"});
  CHECK(apps[2].hosts.empty());
}

TEST_CASE("names that give no host, or another app's") {
  std::vector bad{App("a..b"), App("c")};
  CHECK(!AssignDefaultHosts(bad).ok());
  std::vector taken{App("a"), App("b", {"a.localhost"})};
  CHECK(!AssignDefaultHosts(taken).ok());
}

}  // namespace
}  // namespace nano::config
