// Files on disk: nesting, merging, what must be unique, and the documented example.
#include "config/load.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "config/environment.h"
#include "tests/unit/temporary_directory.h"

using namespace nano;
using namespace nano::config;
using namespace std::chrono_literals;
using Catch::Contains;
using test::TemporaryDirectory;

namespace {

Config Loaded(const std::string& path) {
  Result<Config> config = LoadConfig(path);
  if (!config.ok()) FAIL(config.error().ToString());
  return std::move(config).value();
}

Config LoadedDirectories(const std::vector<std::string>& directories) {
  Result<Config> config = LoadDirectories(directories);
  if (!config.ok()) FAIL(config.error().ToString());
  return std::move(config).value();
}

template <typename T>
void CheckError(const Result<T>& config, const std::string& where, const std::string& message,
                const std::string& hint = "") {
  REQUIRE_FALSE(config.ok());
  CHECK_THAT(config.error().where, Contains(where));
  CHECK_THAT(config.error().message, Contains(message));
  CHECK_THAT(config.error().hint, Contains(hint));
}

}  // namespace

TEST_CASE("the documented example is read with the values of its places") {
  const Config config = Loaded(std::string(NANO_SOURCE_DIR) + "/nano.yaml");
  CHECK(config.build.out == std::string(NANO_SOURCE_DIR) + "/dist");
  REQUIRE(config.apps.size() >= 6);
  CHECK(config.apps[0].name == "hello");
  CHECK(config.apps[0].is_default);
  CHECK(config.apps[0].limits.memory == 64u << 20);
  CHECK(config.apps[1].limits.memory == 128u << 20);
}

TEST_CASE("an app without a memory limit has one of 128 MiB") {
  TemporaryDirectory root;
  const Config config = Loaded(root.Write("nano.yaml", "apps: [{path: a, hosts: a.com}]\n"));
  REQUIRE(config.apps.size() == 1);
  CHECK(config.apps[0].limits.memory == 128u << 20);
}

TEST_CASE("an entry's values win over its directory's, those over the defaults") {
  TemporaryDirectory root;
  root.Write("apps/shop/nano.yaml",
             "name: inner\nhosts: [inner.com]\nentry: a.ts\nenv: {B: inner, C: inner}\n"
             "limits: {memory: 32MiB}\nwarmup: [/inner]\n");
  const Config config = Loaded(root.Write("nano.yaml", R"(
defaults:
  env: { A: default, B: default, C: default }
  limits: { memory: 16MiB }
  warmup: [/default]
apps:
  - path: apps/shop
    name: outer
    env: { C: outer, D: outer }
  - path: apps/none
    hosts: none.com
)"));
  REQUIRE(config.apps.size() == 2);
  const AppSettings& shop = config.apps[0];
  CHECK(shop.name == "outer");
  CHECK(shop.directory == root / "apps/shop");
  CHECK(shop.entry == "a.ts");
  CHECK_THAT(shop.stated.PlaceOf("entry").ToString(), Contains("apps/shop/nano.yaml:3:8"));
  CHECK(shop.hosts == std::vector<std::string>{"inner.com"});
  CHECK(shop.limits.memory == 32u << 20);
  REQUIRE(shop.warmup.size() == 1);
  CHECK(shop.warmup[0].path == "/inner");
  CHECK_FALSE(shop.implied);
  const auto env = ExpandEnvironment(shop, ProcessEnvironment());
  REQUIRE(env.ok());
  CHECK(*env == std::vector<std::pair<std::string, std::string>>{
                    {"A", "default"}, {"B", "inner"}, {"C", "outer"}, {"D", "outer"}});
  // A directory that is not there does no harm: in production only dist/ and this file may be.
  const AppSettings& none = config.apps[1];
  CHECK(none.name == "none");
  CHECK(none.limits.memory == 16u << 20);
  CHECK(none.warmup[0].path == "/default");
  CHECK_THAT(none.place.ToString(), Contains("nano.yaml:10:5"));
}

TEST_CASE("an entry can stand for all apps of its directory's file") {
  TemporaryDirectory root;
  root.Write("multi/nano.yaml",
             "server: {workers: 9}\ndefaults: {env: {B: inner}}\n"
             "apps: [{path: one, hosts: one.com}, {path: two, hosts: two.com}]\n");
  const Config config =
      Loaded(root.Write("nano.yaml", "defaults: {env: {A: x, B: x}}\napps: [{path: multi}]\n"));
  REQUIRE(config.apps.size() == 2);
  CHECK(config.apps[0].name == "one");
  CHECK(config.apps[1].directory == root / "multi/two");
  REQUIRE(config.apps[1].env.size() == 2);
  CHECK(config.apps[1].env[1].value == "inner");
  // Settings of the server come from the file that was asked for only.
  CHECK(config.server.workers == 0);
  // How a server knows them again where there is no multi/.
  CHECK(config.apps[0].path == "multi/one");
  CHECK(config.apps[0].lists == std::vector<std::string>{"multi"});

  root.Write("bad.yaml", "apps:\n  - path: multi\n    name: x\n");
  CheckError(LoadConfig(root / "bad.yaml"), "bad.yaml:3:11", "only `path` is possible here");
}

TEST_CASE("files that list each other are refused, a file's own directory is not") {
  TemporaryDirectory root;
  root.Write("a/nano.yaml", "apps: [{path: ../b}]\n");
  root.Write("b/nano.yaml", "apps: [{path: ../a}]\n");
  CheckError(LoadConfig(root / "a/nano.yaml"), "nano.yaml:1:15", "lists this file's apps");
  const Config own = Loaded(root.Write("c/nano.yaml", "apps: [{path: .}]\n"));
  REQUIRE(own.apps.size() == 1);
  CHECK(own.apps[0].name == "c");
  CHECK(own.apps[0].directory == root / "c");
}

TEST_CASE("a file without apps describes its directory's") {
  TemporaryDirectory root;
  const Config named = Loaded(root.Write("a/nano.yaml", "hosts: [a.com]\n"));
  REQUIRE(named.apps.size() == 1);
  CHECK(named.apps[0].name == "a");
  CHECK_FALSE(named.apps[0].implied);
  const Config implied = Loaded(root.Write("b/nano.yaml", "server: {workers: 1}\n"));
  REQUIRE(implied.apps.size() == 1);
  CHECK(implied.apps[0].implied);
}

TEST_CASE("what must be unique is") {
  TemporaryDirectory root;
  const auto load = [&](const std::string& text) {
    return LoadConfig(root.Write("nano.yaml", text));
  };
  CheckError(load("apps:\n  - path: a/x\n  - path: b/x\n"), "nano.yaml:3:5",
             "two apps are named 'x'", "nano.yaml:2:5");
  CheckError(load("apps:\n  - {path: a, name: x}\n  - {path: b, name: x}\n"), "nano.yaml:3:21",
             "two apps are named 'x'", "nano.yaml:2:21");
  CheckError(load("apps:\n  - {path: a, hosts: [a.com]}\n  - {path: b, hosts: [b.com, A.COM]}\n"),
             "nano.yaml:3:30", "app 'b' and app 'a' both claim host 'a.com'", "nano.yaml:2:23");
  CheckError(load("apps:\n  - {path: a, hosts: '::1'}\n  - {path: b, hosts: '[0::1]'}\n"),
             "nano.yaml:3:22", "both claim host '[::1]'");
  CheckError(load("apps:\n  - {path: a, default: true}\n  - {path: b, default: true}\n"),
             "nano.yaml:3:24", "both claim to be the default", "nano.yaml:2:24");
  CHECK(load("apps:\n  - {path: a, hosts: a.com}\n  - {path: b, hosts: '*.a.com'}\n").ok());
}

TEST_CASE("directories are built by their files or their names") {
  TemporaryDirectory root;
  root.Write("plain/index.ts", "");
  root.Write("single/nano.yaml", "hosts: [s.com]\nbuild: {timeout: 5s, out: out}\n");

  const Config plain = LoadedDirectories({root / "plain/"});
  REQUIRE(plain.apps.size() == 1);
  CHECK(plain.apps[0].name == "plain");
  CHECK(plain.apps[0].directory == root / "plain");
  CHECK(plain.apps[0].is_default);
  CHECK(plain.build.out == "dist");

  const Config single = LoadedDirectories({root / "single"});
  CHECK(single.build.timeout == 5s);
  CHECK(single.build.out == root / "single/out");
  CHECK_FALSE(single.apps[0].is_default);

  CheckError(LoadDirectories({root / "single", root / "plain"}), "",
             "no request would reach app 'plain'", "plain.localhost");
  root.Write("other/nano.yaml", "default: true\n");
  const Config both = LoadedDirectories({root / "single", root / "other"});
  CHECK(both.apps.size() == 2);
  CHECK(both.build.timeout == 60s);

  CheckError(LoadDirectories({root / "absent"}), root / "absent", "no such directory");
  CheckError(LoadDirectories({root / "plain/index.ts"}), "index.ts", "not a directory");
  CheckError(LoadDirectories({root / "plain", root / "plain"}), "", "two apps are named 'plain'");
}

TEST_CASE("a directory's name that cannot be an app's asks for a name") {
  TemporaryDirectory root;
  root.Write("my app/index.ts", "");
  CheckError(LoadDirectories({root / "my app"}), "", "'my app', cannot be an app's", "Set `name`");
  root.Write("my app/nano.yaml", "name: my-app\n");
  CHECK(LoadDirectories({root / "my app"}).ok());
}

TEST_CASE("files that cannot be read are errors") {
  TemporaryDirectory root;
  CheckError(LoadConfig(root / "absent.yaml"), "absent.yaml", "No such file");
  CheckError(LoadConfig(root.path()), root.path(), "directory");
  CheckError(LoadConfig(root.Write("bad.yaml", "a: 'x")), "bad.yaml:1:6", "not YAML");
}

TEST_CASE("a configuration that cannot be looked at is no absent one") {
  TemporaryDirectory root;
  std::filesystem::create_symlink("/nonexistent/nano.yaml", root / "nano.yaml");
  CheckError(FindConfig(root.path()), root / "nano.yaml", "a symbolic link to '/nonexistent/");
  CheckError(LoadDirectories({root.path()}), root / "nano.yaml", "symbolic link");
  CheckError(LoadConfig(root.Write("list.yaml", "apps: [{path: .}]\n")), root / "nano.yaml",
             "symbolic link");
  std::filesystem::create_directories(root / "a");
  std::filesystem::create_symlink("nano.yaml", root / "a/nano.yaml");
  CheckError(FindConfig(root / "a"), root / "a/nano.yaml", "symbolic links");
  // An app's directory, which may have one.
  std::filesystem::create_symlink("/nonexistent/app", root / "b");
  CheckError(LoadConfig(root.Write("b.yaml", "apps: [{path: b/c}]\n")), root / "b",
             "'/nonexistent/app'");
  root.Write("c/nano.yml", "env: {A: b}\n");
  CheckError(FindConfig(root / "c"), root / "c/nano.yml", "named nano.yaml", "Rename");

  CHECK_FALSE(FindConfig(root / "none")->has_value());
  root.Write("real/nano.yaml", "");
  std::filesystem::create_symlink("real", root / "link");
  CHECK(FindConfig(root / "link")->value() == root / "link/nano.yaml");
  CHECK_FALSE(FindConfig(root / "real/nano.yaml")->has_value());
}

TEST_CASE("to build, paths that lead to nothing are told with the other mistakes") {
  TemporaryDirectory root;
  const std::string path =
      root.Write("nano.yaml", "apps:\n  - {path: nowhere}\n  - {path: b, hostz: x}\n");
  const Result<Config> built = LoadConfig(path, Purpose::kBuild);
  REQUIRE_FALSE(built.ok());
  std::vector<std::string> all{built.error().message};
  for (const Error& other : built.error().others) all.push_back(other.where + other.message);
  REQUIRE(all.size() == 3);
  CHECK_THAT(all[0], Contains("hostz"));
  CHECK_THAT(all[1], Contains("nano.yaml:2:12") && Contains("no such directory"));
  // To serve, they are none.
  CHECK(LoadConfig(path).error().others.empty());
  // Alone, one app's trouble does not keep the others from being built.
  CHECK(LoadConfig(root.Write("nano.yaml", "apps: [{path: nowhere}]\n"), Purpose::kBuild).ok());
}

TEST_CASE("a variable that is not set is an error that names it and the place") {
  TemporaryDirectory root;
  const Config config =
      Loaded(root.Write("nano.yaml", "name: shop\nenv:\n  A: a\n  B: x${NANO_UNSET}\n"));
  const auto env = ExpandEnvironment(
      config.apps[0], [](const std::string&) -> std::optional<std::string> { return {}; });
  REQUIRE_FALSE(env.ok());
  CHECK_THAT(env.error().where, Contains("nano.yaml:4:6"));
  CHECK_THAT(env.error().message,
             Contains("app 'shop', env.B: the environment variable NANO_UNSET is not set"));
  CHECK_THAT(env.error().excerpt, Contains("B: x${NANO_UNSET}"));
}

TEST_CASE("mistakes of several files, and between apps, are told together") {
  TemporaryDirectory root;
  root.Write("one/nano.yaml", "hosts: [x.com]\nlimit: 5\n");
  const Result<Config> config =
      LoadConfig(root.Write("nano.yaml",
                            "apps:\n  - path: one\n  - {path: two, hosts: x.com}\n"
                            "  - {path: three, name: two}\n  - {path: four, name: no good}\n"
                            "  - {path: four}\n  - {path: five, default: maybe}\n"));
  REQUIRE_FALSE(config.ok());
  std::vector<std::string> all{config.error().message};
  for (const Error& other : config.error().others) all.push_back(other.message);
  REQUIRE(all.size() == 5);
  CHECK_THAT(all[0], Contains("cannot be an app's name"));
  CHECK_THAT(all[1], Contains("expected true or false"));
  CHECK_THAT(all[2], Contains("unknown key 'limit'"));
  CHECK_THAT(all[3], Contains("both claim host 'x.com'"));
  CHECK_THAT(all[4], Contains("two apps are named 'two'"));
}

TEST_CASE("a configuration names the files that it depends on, absent ones and broken ones too") {
  TemporaryDirectory root;
  const std::string path = root.Write("nano.yaml", R"(
apps:
  - path: list
  - {path: shop, hosts: shop.com}
  - {path: gone/blog, hosts: blog.com}
)");
  root.Write("list/nano.yaml", "apps: [{path: a, hosts: a.com}]\n");
  root.Write("shop/nano.yaml", "limits: {memory: 64MB}\n");
  std::vector<std::string> expected;
  for (const char* folder : {"", "gone/blog/", "list/", "list/a/", "shop/"}) {
    expected.push_back(root / (std::string(folder) + "nano.yaml"));
    if (*folder != '\0') expected.push_back(root / (std::string(folder) + "nano.yml"));
  }
  std::sort(expected.begin(), expected.end());
  CHECK(Loaded(path).files == expected);
  // What is wrong may be mended in any of them.
  root.Write("shop/nano.yaml", "limits: {memory: lots}\n");
  std::vector<std::string> files;
  CHECK_FALSE(LoadConfig(path, Purpose::kServe, &files).ok());
  CHECK(files == expected);
  CHECK(LoadedDirectories({root / "list"}).files ==
        std::vector{root / "list/a/nano.yaml", root / "list/a/nano.yml", root / "list/nano.yaml",
                    root / "list/nano.yml"});
}
