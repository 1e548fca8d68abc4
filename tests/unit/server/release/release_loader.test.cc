// What a dist and a configuration make together. Nothing is booted: the blobs are not V8's.
#include "server/release/release_loader.h"

#include <stdlib.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "tests/unit/server/test_dist.h"

namespace nano::server {
namespace {

config::Config ConfigFor(const std::string& app, const std::string& name,
                         const std::string& value) {
  config::Config config;
  config.path = "nano.yaml";
  config::AppSettings settings;
  settings.name = app;
  settings.directory = "/";
  settings.env.push_back({.name = name, .value = value, .place = {}});
  config.apps.push_back(settings);
  return config;
}

TEST_CASE("apps are found by their hosts and have their images and limits") {
  TestDist dist;
  dist.Add("a", {"a.test", "*.a.test"});
  dist.Add("b", {}, true);
  auto release = LoadTestRelease(dist.path(), {});
  REQUIRE(release.ok());
  REQUIRE((*release)->apps().size() == 2);
  const ServedApp& a = (*release)->apps()[*(*release)->hosts().Find("www.a.test:80")];
  CHECK(a.name() == "a");
  CHECK(a.version->image.blob == "blob of a");
  CHECK(a.terms.limits.memory == 1 << 26);
  CHECK(a.version->refusal.empty());
  CHECK(a.version->env.empty());
  CHECK((*release)->apps()[*(*release)->hosts().Find("other.test")].name() == "b");
  CHECK((*release)->warnings().empty());

  // Whoever has a share keeps all of it.
  const std::shared_ptr<const AppVersion> share = (*release)->apps()[0].version;
  release = Error{};
  CHECK(share->image.blob == "blob of a");
}

TEST_CASE("variables are expanded with the server's environment") {
  TestDist dist;
  dist.Add("a", {"a.test"});
  setenv("NANO_TEST_SECRET", "s3cret", 1);
  auto release = LoadTestRelease(dist.path(), ConfigFor("a", "KEY", "<${NANO_TEST_SECRET}>"));
  unsetenv("NANO_TEST_SECRET");
  REQUIRE(release.ok());
  REQUIRE((*release)->apps()[0].version->env.size() == 1);
  CHECK((*release)->apps()[0].version->env[0].first == "KEY");
  CHECK((*release)->apps()[0].version->env[0].second == "<s3cret>");
}

TEST_CASE("a variable that is not set keeps the server from starting") {
  TestDist dist;
  dist.Add("a", {"a.test"});
  const auto release = LoadTestRelease(dist.path(), ConfigFor("a", "KEY", "${NANO_TEST_UNSET}"));
  REQUIRE_FALSE(release.ok());
  CHECK(release.error().message.find("NANO_TEST_UNSET") != std::string::npos);
}

TEST_CASE("an app of nano.yaml that was not built is a warning, its variables are not looked up") {
  TestDist dist;
  dist.Add("a", {"a.test"});
  config::Config config = ConfigFor("a", "KEY", "value");
  config.apps.push_back(ConfigFor("missing", "KEY", "${NANO_TEST_UNSET}").apps[0]);
  const auto release = LoadTestRelease(dist.path(), config);
  REQUIRE(release.ok());
  REQUIRE((*release)->warnings().size() == 1);
  CHECK((*release)->warnings()[0].find("'missing'") != std::string::npos);
}

TEST_CASE("a configuration without apps serves what was built") {
  TestDist dist;
  dist.Add("a", {"a.test"});
  config::Config config = ConfigFor("folder", "KEY", "value");
  config.apps[0].implied = true;
  const auto release = LoadTestRelease(dist.path(), config);
  REQUIRE(release.ok());
  CHECK((*release)->apps().size() == 1);
  CHECK((*release)->warnings().empty());
}

TEST_CASE("hosts, default and limits are those of the configuration") {
  TestDist dist;
  dist.Add("a", {"old.test"}, true);
  dist.Add("b", {"b.test"});
  config::Config config = ConfigFor("a", "KEY", "value");
  config.apps[0].hosts = {"new.test"};
  config.apps[0].stated.Add("hosts", {});
  config.apps[0].limits.memory = 1 << 24;
  config.apps.push_back(ConfigFor("b", "KEY", "value").apps[0]);
  const auto release = LoadTestRelease(dist.path(), config);
  REQUIRE(release.ok());
  CHECK((*release)->hosts().Find("new.test") == 0);
  CHECK_FALSE((*release)->hosts().Find("old.test").has_value());
  CHECK((*release)->apps()[0].terms.limits.memory == 1 << 24);
  // Taken out of the configuration: as if it was built without.
  CHECK_FALSE((*release)->hosts().Find("b.test").has_value());
  CHECK((*release)->hosts().Find("b.localhost") == 1);
}

TEST_CASE("what a configuration cannot know of an app is as it was built") {
  TestDist dist;
  dist.Add("a", {"a.test", "moved.test"}, true);
  dist.Add("b", {"b.test"});
  config::Config config = ConfigFor("a", "KEY", "value");
  config.apps[0].directory = "/nonexistent/a";
  config.apps.push_back(ConfigFor("b", "KEY", "value").apps[0]);
  config.apps[1].hosts = {"moved.test"};
  config.apps[1].stated.Add("hosts", {});
  const auto release = LoadTestRelease(dist.path(), config);
  REQUIRE(release.ok());
  CHECK((*release)->hosts().Find("a.test") == 0);
  CHECK((*release)->hosts().Find("other.test") == 0);
  CHECK((*release)->hosts().Find("moved.test") == 1);
  CHECK((*release)->apps()[0].terms.limits.memory == 1 << 26);
}

TEST_CASE("an app that the configuration does not name is not served, and a warning says so") {
  TestDist dist;
  dist.Add("a", {"a.test"});
  dist.Add("b", {"b.test"});
  config::Config config = ConfigFor("a", "KEY", "value");
  const auto release = LoadTestRelease(dist.path(), config);
  REQUIRE(release.ok());
  CHECK((*release)->apps().size() == 1);
  REQUIRE((*release)->warnings().size() == 1);
  CHECK((*release)->warnings()[0].find("'b'") != std::string::npos);
  CHECK((*release)->warnings()[0].find("nano.yaml names no such app") != std::string::npos);
}

// An entry of nano.yaml that says nothing but `path`, whose directory is not there.
config::AppSettings AbsentEntry(const std::string& path) {
  config::AppSettings settings;
  settings.name = path.substr(path.rfind('/') + 1);
  settings.path = path;
  settings.directory = "/nonexistent/" + path;
  settings.path_only = true;
  return settings;
}

TEST_CASE("an entry that names nothing of the dist lets nothing in") {
  TestDist dist;
  dist.Add("a", {"a.test"}, false, {}, {"K"});
  dist.Add("b", {"b.test"});
  dist.Add("c", {"c.test"}, false, {"TOKEN"});
  config::Config config;
  config.path = "nano.yaml";
  config.apps = {AbsentEntry("gone")};
  const auto none = LoadTestRelease(dist.path(), config);
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().message.find("names no such app") != std::string::npos);
  // What nobody wants to serve lacks nothing.
  CHECK(none.error().message.find("TOKEN") == std::string::npos);

  config.apps.push_back(ConfigFor("a", "K", "v").apps[0]);
  const auto one = LoadTestRelease(dist.path(), config);
  REQUIRE(one.ok());
  REQUIRE((*one)->apps().size() == 1);
  CHECK((*one)->apps()[0].name() == "a");
  CHECK((*one)->warnings().size() == 3);
}

TEST_CASE("an entry whose list is not there stands for the apps that were built from it") {
  TestDist dist;
  dist.Add("one", {"one.test"}, false, {}, {"GREETING"}, {"folder/multi"});
  dist.Add("two", {}, true, {}, {}, {"folder/multi", "folder/multi/inner"});
  dist.Add("multi", {"multi.test"}, false, {}, {}, {"other/multi"});
  dist.Add("plain", {"plain.test"});
  config::Config config;
  config.path = "nano.yaml";
  config.apps = {AbsentEntry("folder/multi")};
  // Of `defaults`.
  config.apps[0].env.push_back({.name = "GREETING", .value = "hi", .place = {}});
  const auto release = LoadTestRelease(dist.path(), config);
  REQUIRE(release.ok());
  REQUIRE((*release)->apps().size() == 2);
  const ServedApp& one = (*release)->apps()[*(*release)->hosts().Find("one.test")];
  CHECK(one.name() == "one");
  CHECK(one.version->env == std::vector<std::pair<std::string, std::string>>{{"GREETING", "hi"}});
  CHECK(one.terms.limits.memory == 1 << 26);
  CHECK((*release)->apps()[*(*release)->hosts().Find("multi.test")].name() == "two");

  // An entry of an app's own goes before the list's.
  config.apps.push_back(ConfigFor("one", "GREETING", "own").apps[0]);
  const auto own = LoadTestRelease(dist.path(), config);
  REQUIRE(own.ok());
  CHECK((*own)->apps().size() == 2);
  CHECK((*own)->apps()[0].version->env[0].second == "own");

  config.apps = {AbsentEntry("folder/multi/inner")};
  CHECK((*LoadTestRelease(dist.path(), config))->apps().size() == 1);
}

TEST_CASE("what a configuration without apps gives all of them is theirs") {
  TestDist dist;
  dist.Add("a", {"a.test"}, false, {"TOKEN"});
  config::Config config = ConfigFor("folder", "TOKEN", "value");
  config.apps[0].implied = true;
  config.apps[0].stated.Add("limits.memory", {});
  config.apps[0].limits.memory = 1 << 24;
  const auto release = LoadTestRelease(dist.path(), config);
  REQUIRE(release.ok());
  CHECK((*release)->apps()[0].version->env.size() == 1);
  CHECK((*release)->apps()[0].terms.limits.memory == 1 << 24);
}

TEST_CASE("an app without the variables that its own nano.yaml, which is not there, may give") {
  TestDist dist;
  dist.Add("a", {"a.test"}, false, {}, {"KEY", "GREETING"});
  config::Config config = ConfigFor("a", "KEY", "value");
  config.apps[0].directory = "/nonexistent/a";
  const auto absent = LoadTestRelease(dist.path(), config);
  REQUIRE(absent.ok());
  REQUIRE((*absent)->warnings().size() == 1);
  CHECK((*absent)->warnings()[0].find("(GREETING)") != std::string::npos);
  CHECK((*absent)->warnings()[0].find("/nonexistent/a/nano.yaml") != std::string::npos);
  // Who has taken one out need not be told.
  config.apps[0].directory = dist.path();
  REQUIRE(WriteFileAtomically(dist.path() + "/nano.yaml", "name: a\n").ok());
  CHECK((*LoadTestRelease(dist.path(), config))->warnings().empty());
}

TEST_CASE("a server that can serve nothing does not start") {
  TestDist dist;
  const std::string file = dist.Add("a", {"a.test"});
  const auto other = LoadTestRelease(dist.path(), ConfigFor("other", "KEY", "value"));
  REQUIRE_FALSE(other.ok());
  CHECK(other.error().message.find("'a'") != std::string::npos);
  CHECK(other.error().hint.find("--config") != std::string::npos);
  REQUIRE(truncate(file.c_str(), 100) == 0);
  const auto damaged = LoadTestRelease(dist.path(), {});
  REQUIRE_FALSE(damaged.ok());
  CHECK(damaged.error().message.find("truncated") != std::string::npos);
}

TEST_CASE("a required variable that nobody gives is an error that names it and its app") {
  TestDist dist;
  dist.Add("a", {"a.test"}, false, {"TOKEN"}, {"GREETING"});
  const auto none = LoadTestRelease(dist.path(), {});
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().message.find("app 'a' needs env.TOKEN") != std::string::npos);
  CHECK_FALSE(LoadTestRelease(dist.path(), ConfigFor("a", "GREETING", "x")).ok());
  CHECK(LoadTestRelease(dist.path(), ConfigFor("a", "TOKEN", "x")).ok());
}

TEST_CASE("a configuration beside the dist that is not read is told") {
  TestDist dist;
  dist.Add("a", {"a.test"});
  const std::string beside = dist.root() + "/nano.yaml";
  REQUIRE(WriteFileAtomically(beside, "server: {}\n").ok());
  for (const char* slash : {"", "/"}) {
    const auto release = LoadTestRelease(dist.path() + slash, {});
    REQUIRE(release.ok());
    REQUIRE((*release)->warnings().size() == 1);
    CHECK((*release)->warnings()[0].starts_with(beside + " is not read"));
  }
  CHECK((*LoadTestRelease(dist.path(), ConfigFor("a", "KEY", "value")))->warnings().empty());
}

TEST_CASE("without a configuration, apps that lack their variables are named") {
  TestDist dist;
  dist.Add("a", {"a.test"}, false, {}, {"GREETING"});
  const auto release = LoadTestRelease(dist.path(), {});
  REQUIRE(release.ok());
  REQUIRE((*release)->warnings().size() == 1);
  CHECK((*release)->warnings()[0].find("GREETING") != std::string::npos);
}

TEST_CASE("a damaged snapshot is refused, its hosts known, the others served") {
  TestDist dist;
  dist.Add("a", {"a.test"});
  const std::string file = dist.Add("b", {"b.test"});
  REQUIRE(truncate(file.c_str(), 100) == 0);
  const auto release = LoadTestRelease(dist.path(), {});
  REQUIRE(release.ok());
  const ServedApp& b = (*release)->apps()[*(*release)->hosts().Find("b.test")];
  CHECK(b.version->refusal.find(file) != std::string::npos);
  CHECK(b.version->image.blob.empty());
  CHECK((*release)->apps()[*(*release)->hosts().Find("a.test")].version->refusal.empty());
}

TEST_CASE("services are apps of the same release, by their index") {
  TestDist dist;
  dist.Add("orders", {"orders.test"});
  dist.Add("shop", {"shop.test"});
  config::Config config = ConfigFor("shop", "KEY", "value");
  config.apps[0].services = {{"ORDERS", "orders", {}}, {"SELF", "shop", {}}};
  config.apps.push_back(ConfigFor("orders", "KEY", "value").apps[0]);
  const auto release = LoadTestRelease(dist.path(), config);
  REQUIRE(release.ok());
  const ServedApp& shop = (*release)->apps()[*(*release)->hosts().Find("shop.localhost")];
  CHECK(shop.version->services == std::vector<Service>{{"ORDERS", "orders"}, {"SELF", "shop"}});
}

TEST_CASE("a service that is no app keeps the server from starting") {
  TestDist dist;
  dist.Add("orders", {"orders.test"});
  dist.Add("shop", {"shop.test"});
  config::Config config = ConfigFor("shop", "KEY", "value");
  config.apps.push_back(ConfigFor("orders", "KEY", "value").apps[0]);
  const auto source =
      std::make_shared<config::Source>(config::Source{"nano.yaml", "services:\n  ORDERS: order\n"});
  config.apps[0].services = {{.name = "ORDERS", .app = "order", .place = {source, 2, 11}}};
  const auto release = LoadTestRelease(dist.path(), config);
  REQUIRE_FALSE(release.ok());
  CHECK(release.error().where == "nano.yaml:2:11");
  CHECK(release.error().message ==
        "app 'shop', services.ORDERS: there is no app 'order' in " + dist.path());
  CHECK(release.error().hint == "Did you mean 'orders'?");
}

TEST_CASE("an app that was built with services and a policy is not served without") {
  TestDist dist;
  dist.Add("a", {"a.test"}, false, {}, {}, {}, {"B"}, true);
  dist.Add("b", {"b.test"});
  config::Config config = ConfigFor("a", "KEY", "value");
  config.apps.push_back(ConfigFor("b", "KEY", "value").apps[0]);
  const auto lacking = LoadTestRelease(dist.path(), config);
  REQUIRE_FALSE(lacking.ok());
  CHECK(lacking.error().message ==
        "app 'a' needs services.B, outbound, and nano.yaml does not give it");
  CHECK_FALSE(LoadTestRelease(dist.path(), {}).ok());
  config.apps[0].services = {{"B", "b", {}}};
  CHECK_FALSE(LoadTestRelease(dist.path(), config).ok());
  config.apps[0].stated.Add("outbound", {});
  CHECK(LoadTestRelease(dist.path(), config).ok());
}

TEST_CASE("calls to others are as the configuration has them, also for all that was built") {
  TestDist dist;
  dist.Add("a", {"a.test"});
  config::Config config = ConfigFor("folder", "KEY", "value");
  config.apps[0].implied = true;
  config.apps[0].outbound.none = true;
  config.apps[0].services = {{"A", "a", {}}};
  const auto release = LoadTestRelease(dist.path(), config);
  REQUIRE(release.ok());
  const ServedApp& app = (*release)->apps()[0];
  CHECK(app.version->outbound.policy.RefuseHost("a.example", 80).has_value());
  CHECK(app.version->services.size() == 1);

  config.apps[0].outbound.proxy.http = {"${NANO_TEST_UNSET}", {}};
  const auto refused = LoadTestRelease(dist.path(), config);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.find("NANO_TEST_UNSET") != std::string::npos);
}

TEST_CASE("without a dist the error says how to get one") {
  const auto release = LoadTestRelease("/nonexistent/dist", {});
  REQUIRE_FALSE(release.ok());
  CHECK(release.error().ToString().find("nanoc build") != std::string::npos);
}

}  // namespace
}  // namespace nano::server
