// What a dist and a configuration make together. Nothing is booted: the blobs are not V8's.
#include "server/app_catalog.h"

#include <stdlib.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/file.h"
#include "runtime/identity.h"
#include "snapshot/container.h"
#include "snapshot/manifest.h"

namespace nano::server {
namespace {

// A dist in a folder of its own, removed at the end.
class TestDist {
 public:
  TestDist() {
    char name[] = "/tmp/nano-catalog-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    root_ = name;
    path_ = root_ + "/dist";
    REQUIRE(MakeDirectories(path_ + "/snapshots").ok());
  }
  ~TestDist() { (void)RemoveTree(root_); }

  const std::string& path() const { return path_; }
  const std::string& root() const { return root_; }  // The folder it lies in.

  std::string Add(const std::string& name, std::vector<std::string> hosts, bool is_default = false,
                  std::vector<std::string> required_env = {},
                  std::vector<std::string> optional_env = {}, std::vector<std::string> lists = {}) {
    const std::string bytes =
        snapshot::EncodeContainer({.blob = "blob of " + name, .source = "source", .source_map = {}},
                                  runtime::CurrentIdentity());
    const std::string digest = snapshot::ClaimedDigest(bytes);
    const std::string file = path_ + "/" + snapshot::SnapshotPath(digest);
    REQUIRE(WriteFileAtomically(file, bytes).ok());
    manifest_.apps.push_back({.name = name,
                              .hosts = std::move(hosts),
                              .is_default = is_default,
                              .digest = digest,
                              .bytes = bytes.size(),
                              .limits = {.memory = 1 << 26},
                              .required_env = std::move(required_env),
                              .optional_env = std::move(optional_env),
                              .lists = std::move(lists)});
    manifest_.engine_release = runtime::CurrentIdentity().engine_release;
    manifest_.v8_version = runtime::CurrentIdentity().v8_version;
    REQUIRE(
        WriteFileAtomically(path_ + "/manifest.json", snapshot::EncodeManifest(manifest_)).ok());
    return file;
  }

 private:
  std::string root_, path_;
  snapshot::Manifest manifest_;
};

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
  auto catalog = AppCatalog::Load(dist.path(), {});
  REQUIRE(catalog.ok());
  REQUIRE(catalog->apps().size() == 2);
  const ServedApp& a = catalog->apps()[*catalog->hosts().Find("www.a.test:80")];
  CHECK(a.name == "a");
  CHECK(a.image.blob == "blob of a");
  CHECK(a.limits.memory == 1 << 26);
  CHECK(a.refusal.empty());
  CHECK(a.env.empty());
  CHECK(catalog->apps()[*catalog->hosts().Find("other.test")].name == "b");
  CHECK(catalog->warnings().empty());

  // Views stay valid when the catalog moves.
  const AppCatalog moved = std::move(catalog).value();
  CHECK(moved.apps()[0].image.blob == "blob of a");
}

TEST_CASE("variables are expanded with the server's environment") {
  TestDist dist;
  dist.Add("a", {"a.test"});
  setenv("NANO_TEST_SECRET", "s3cret", 1);
  auto catalog = AppCatalog::Load(dist.path(), ConfigFor("a", "KEY", "<${NANO_TEST_SECRET}>"));
  unsetenv("NANO_TEST_SECRET");
  REQUIRE(catalog.ok());
  REQUIRE(catalog->apps()[0].env.size() == 1);
  CHECK(catalog->apps()[0].env[0].first == "KEY");
  CHECK(catalog->apps()[0].env[0].second == "<s3cret>");
}

TEST_CASE("a variable that is not set keeps the server from starting") {
  TestDist dist;
  dist.Add("a", {"a.test"});
  const auto catalog = AppCatalog::Load(dist.path(), ConfigFor("a", "KEY", "${NANO_TEST_UNSET}"));
  REQUIRE_FALSE(catalog.ok());
  CHECK(catalog.error().message.find("NANO_TEST_UNSET") != std::string::npos);
}

TEST_CASE("an app of nano.yaml that was not built is a warning, its variables are not looked up") {
  TestDist dist;
  dist.Add("a", {"a.test"});
  config::Config config = ConfigFor("a", "KEY", "value");
  config.apps.push_back(ConfigFor("missing", "KEY", "${NANO_TEST_UNSET}").apps[0]);
  const auto catalog = AppCatalog::Load(dist.path(), config);
  REQUIRE(catalog.ok());
  REQUIRE(catalog->warnings().size() == 1);
  CHECK(catalog->warnings()[0].find("'missing'") != std::string::npos);
}

TEST_CASE("a configuration without apps serves what was built") {
  TestDist dist;
  dist.Add("a", {"a.test"});
  config::Config config = ConfigFor("folder", "KEY", "value");
  config.apps[0].implied = true;
  const auto catalog = AppCatalog::Load(dist.path(), config);
  REQUIRE(catalog.ok());
  CHECK(catalog->apps().size() == 1);
  CHECK(catalog->warnings().empty());
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
  const auto catalog = AppCatalog::Load(dist.path(), config);
  REQUIRE(catalog.ok());
  CHECK(catalog->hosts().Find("new.test") == 0);
  CHECK_FALSE(catalog->hosts().Find("old.test").has_value());
  CHECK(catalog->apps()[0].limits.memory == 1 << 24);
  // Taken out of the configuration: as if it was built without.
  CHECK_FALSE(catalog->hosts().Find("b.test").has_value());
  CHECK(catalog->hosts().Find("b.localhost") == 1);
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
  const auto catalog = AppCatalog::Load(dist.path(), config);
  REQUIRE(catalog.ok());
  CHECK(catalog->hosts().Find("a.test") == 0);
  CHECK(catalog->hosts().Find("other.test") == 0);
  CHECK(catalog->hosts().Find("moved.test") == 1);
  CHECK(catalog->apps()[0].limits.memory == 1 << 26);
}

TEST_CASE("an app that the configuration does not name is not served, and a warning says so") {
  TestDist dist;
  dist.Add("a", {"a.test"});
  dist.Add("b", {"b.test"});
  config::Config config = ConfigFor("a", "KEY", "value");
  const auto catalog = AppCatalog::Load(dist.path(), config);
  REQUIRE(catalog.ok());
  CHECK(catalog->apps().size() == 1);
  REQUIRE(catalog->warnings().size() == 1);
  CHECK(catalog->warnings()[0].find("'b'") != std::string::npos);
  CHECK(catalog->warnings()[0].find("nano.yaml names no such app") != std::string::npos);
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
  const auto none = AppCatalog::Load(dist.path(), config);
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().message.find("names no such app") != std::string::npos);
  // What nobody wants to serve lacks nothing.
  CHECK(none.error().message.find("TOKEN") == std::string::npos);

  config.apps.push_back(ConfigFor("a", "K", "v").apps[0]);
  const auto one = AppCatalog::Load(dist.path(), config);
  REQUIRE(one.ok());
  REQUIRE(one->apps().size() == 1);
  CHECK(one->apps()[0].name == "a");
  CHECK(one->warnings().size() == 3);
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
  const auto catalog = AppCatalog::Load(dist.path(), config);
  REQUIRE(catalog.ok());
  REQUIRE(catalog->apps().size() == 2);
  const ServedApp& one = catalog->apps()[*catalog->hosts().Find("one.test")];
  CHECK(one.name == "one");
  CHECK(one.env == std::vector<std::pair<std::string, std::string>>{{"GREETING", "hi"}});
  CHECK(one.limits.memory == 1 << 26);
  CHECK(catalog->apps()[*catalog->hosts().Find("multi.test")].name == "two");

  // An entry of an app's own goes before the list's.
  config.apps.push_back(ConfigFor("one", "GREETING", "own").apps[0]);
  const auto own = AppCatalog::Load(dist.path(), config);
  REQUIRE(own.ok());
  CHECK(own->apps().size() == 2);
  CHECK(own->apps()[0].env[0].second == "own");

  config.apps = {AbsentEntry("folder/multi/inner")};
  CHECK(AppCatalog::Load(dist.path(), config)->apps().size() == 1);
}

TEST_CASE("what a configuration without apps gives all of them is theirs") {
  TestDist dist;
  dist.Add("a", {"a.test"}, false, {"TOKEN"});
  config::Config config = ConfigFor("folder", "TOKEN", "value");
  config.apps[0].implied = true;
  config.apps[0].stated.Add("limits.memory", {});
  config.apps[0].limits.memory = 1 << 24;
  const auto catalog = AppCatalog::Load(dist.path(), config);
  REQUIRE(catalog.ok());
  CHECK(catalog->apps()[0].env.size() == 1);
  CHECK(catalog->apps()[0].limits.memory == 1 << 24);
}

TEST_CASE("an app without the variables that its own nano.yaml, which is not there, may give") {
  TestDist dist;
  dist.Add("a", {"a.test"}, false, {}, {"KEY", "GREETING"});
  config::Config config = ConfigFor("a", "KEY", "value");
  config.apps[0].directory = "/nonexistent/a";
  const auto absent = AppCatalog::Load(dist.path(), config);
  REQUIRE(absent.ok());
  REQUIRE(absent->warnings().size() == 1);
  CHECK(absent->warnings()[0].find("(GREETING)") != std::string::npos);
  CHECK(absent->warnings()[0].find("/nonexistent/a/nano.yaml") != std::string::npos);
  // Who has taken one out need not be told.
  config.apps[0].directory = dist.path();
  REQUIRE(WriteFileAtomically(dist.path() + "/nano.yaml", "name: a\n").ok());
  CHECK(AppCatalog::Load(dist.path(), config)->warnings().empty());
}

TEST_CASE("a server that can serve nothing does not start") {
  TestDist dist;
  const std::string file = dist.Add("a", {"a.test"});
  const auto other = AppCatalog::Load(dist.path(), ConfigFor("other", "KEY", "value"));
  REQUIRE_FALSE(other.ok());
  CHECK(other.error().message.find("'a'") != std::string::npos);
  CHECK(other.error().hint.find("--config") != std::string::npos);
  REQUIRE(truncate(file.c_str(), 100) == 0);
  const auto damaged = AppCatalog::Load(dist.path(), {});
  REQUIRE_FALSE(damaged.ok());
  CHECK(damaged.error().message.find("truncated") != std::string::npos);
}

TEST_CASE("a required variable that nobody gives is an error that names it and its app") {
  TestDist dist;
  dist.Add("a", {"a.test"}, false, {"TOKEN"}, {"GREETING"});
  const auto none = AppCatalog::Load(dist.path(), {});
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().message.find("app 'a' needs env.TOKEN") != std::string::npos);
  CHECK_FALSE(AppCatalog::Load(dist.path(), ConfigFor("a", "GREETING", "x")).ok());
  CHECK(AppCatalog::Load(dist.path(), ConfigFor("a", "TOKEN", "x")).ok());
}

TEST_CASE("a configuration beside the dist that is not read is told") {
  TestDist dist;
  dist.Add("a", {"a.test"});
  const std::string beside = dist.root() + "/nano.yaml";
  REQUIRE(WriteFileAtomically(beside, "server: {}\n").ok());
  for (const char* slash : {"", "/"}) {
    const auto catalog = AppCatalog::Load(dist.path() + slash, {});
    REQUIRE(catalog.ok());
    REQUIRE(catalog->warnings().size() == 1);
    CHECK(catalog->warnings()[0].starts_with(beside + " is not read"));
  }
  CHECK(AppCatalog::Load(dist.path(), ConfigFor("a", "KEY", "value"))->warnings().empty());
}

TEST_CASE("without a configuration, apps that lack their variables are named") {
  TestDist dist;
  dist.Add("a", {"a.test"}, false, {}, {"GREETING"});
  const auto catalog = AppCatalog::Load(dist.path(), {});
  REQUIRE(catalog.ok());
  REQUIRE(catalog->warnings().size() == 1);
  CHECK(catalog->warnings()[0].find("GREETING") != std::string::npos);
}

TEST_CASE("a damaged snapshot is refused, its hosts known, the others served") {
  TestDist dist;
  dist.Add("a", {"a.test"});
  const std::string file = dist.Add("b", {"b.test"});
  REQUIRE(truncate(file.c_str(), 100) == 0);
  const auto catalog = AppCatalog::Load(dist.path(), {});
  REQUIRE(catalog.ok());
  const ServedApp& b = catalog->apps()[*catalog->hosts().Find("b.test")];
  CHECK(b.refusal.find(file) != std::string::npos);
  CHECK(b.image.blob.empty());
  CHECK(catalog->apps()[*catalog->hosts().Find("a.test")].refusal.empty());
}

TEST_CASE("without a dist the error says how to get one") {
  const auto catalog = AppCatalog::Load("/nonexistent/dist", {});
  REQUIRE_FALSE(catalog.ok());
  CHECK(catalog.error().ToString().find("nanoc build") != std::string::npos);
}

}  // namespace
}  // namespace nano::server
