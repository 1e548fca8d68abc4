// The build cache: what is found again, and what is not.
#include "compiler/cache/build_cache.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "runtime/identity.h"
#include "snapshot/container.h"
#include "tests/unit/temporary_directory.h"

using namespace nano;
using namespace nano::compiler;
namespace fs = std::filesystem;

namespace {

struct Fixture {
  test::TemporaryDirectory root;
  config::AppSettings app;
  EntryPoint entry;
  BuildCache::Variables variables;

  Fixture() {
    app.name = "shop";
    app.hosts = {"shop.example"};
    root.Write("app/index.ts", "1");
    entry = {.directory = root / "app", .file = root / "app/index.ts", .shown = "index.ts"};
  }

  BuildCache Cache(const std::string& program = "program") const {
    Result<BuildCache> cache = BuildCache::Open(root / "cache", program);
    if (!cache.ok()) FAIL(cache.error().ToString());
    return std::move(*cache);
  }
  BuildCache::Shelf Shelf() const { return Cache().ShelfOf(app, entry, "", variables, false); }

  // As if the bundler had read the entry.
  Inputs Read() const {
    const auto inputs = RecordInputs({{.path = entry.file, .opened = true}}, {}, entry, "/none",
                                     std::chrono::system_clock::now() + std::chrono::hours(1));
    REQUIRE(inputs.has_value());
    return *inputs;
  }

  // A result that is worth keeping.
  AppResult Built(const std::string& blob = "blob") const {
    AppResult result{.name = "shop", .entry = "index.ts"};
    result.warnings.push_back({"a warning", "index.ts:1", "a hint"});
    result.container = root / "made.snap";
    const auto digest =
        snapshot::WriteContainer(result.container, {.blob = blob, .source = "1", .source_map = {}},
                                 runtime::CurrentIdentity());
    REQUIRE(digest.ok());
    result.digest = *digest;
    return result;
  }

  AppResult Stored() const {
    AppResult result = Built();
    const Result<void> stored = Shelf().Store(Read(), result);
    if (!stored.ok()) FAIL(stored.error().ToString());
    return result;
  }

  std::optional<AppResult> Found() const { return Shelf().Find(entry.directory); }
};

}  // namespace

TEST_CASE("what was built is found again, with all that was told of it") {
  const Fixture fixture;
  CHECK_FALSE(fixture.Found());
  const AppResult stored = fixture.Stored();
  const auto found = fixture.Found();
  REQUIRE(found);
  CHECK(found->cached);
  CHECK(found->container.starts_with(fixture.root / "cache/"));
  CHECK(found->digest == stored.digest);
  REQUIRE(found->warnings.size() == 1);
  CHECK(found->warnings[0].hint == "a hint");
}

TEST_CASE("other inputs, settings or programs are something else") {
  Fixture fixture;
  fixture.Stored();
  SECTION("a source") { fixture.root.Write("app/index.ts", "2"); }
  SECTION("a host, which requests are made for") { fixture.app.hosts = {"other.example"}; }
  SECTION("a warm-up request") { fixture.app.warmup.push_back({.path = "/"}); }
  SECTION("a variable that is public") { fixture.variables = {{"A", "1"}}; }
  SECTION("the memory limit") { fixture.app.limits.memory *= 2; }
  SECTION("the name") { fixture.app.name = "blog"; }
  SECTION("the entry") { fixture.entry.shown = "main.ts"; }
  CHECK_FALSE(fixture.Found());
}

TEST_CASE("another program finds nothing of this one's, and earlier versions of an app are kept") {
  const Fixture fixture;
  fixture.Stored();
  CHECK_FALSE(fixture.Cache("other")
                  .ShelfOf(fixture.app, fixture.entry, "", {}, false)
                  .Find(fixture.entry.directory));
  fixture.root.Write("app/index.ts", "2");
  fixture.Stored();
  fixture.root.Write("app/index.ts", "1");
  CHECK(fixture.Found());
}

TEST_CASE("of many versions the last ones are kept") {
  const Fixture fixture;
  for (int i = 0; i < 12; ++i) {
    fixture.root.Write("app/index.ts", std::to_string(i));
    fixture.Stored();
    CHECK(fixture.Found());
  }
  const auto files = fs::recursive_directory_iterator(fixture.root / "cache");
  CHECK(std::count_if(begin(files), end(files),
                      [](const auto& file) { return file.is_regular_file(); }) == 2 * 8);
}

TEST_CASE("what is damaged in the cache is not found") {
  const Fixture fixture;
  AppResult stored = fixture.Stored();
  stored.container = fixture.Found()->container;
  const std::string record = fs::path(stored.container).replace_extension(".json").string();
  SECTION("a container that is cut off") { fs::resize_file(stored.container, 100); }
  SECTION("no container") { fs::remove(stored.container); }
  SECTION("another container") {
    fs::copy_file(fixture.Built("other blob").container, stored.container,
                  fs::copy_options::overwrite_existing);
  }
  SECTION("a record that is cut off") { fs::resize_file(record, fs::file_size(record) - 3); }
  SECTION("an empty record") { fs::resize_file(record, 0); }
  SECTION("a record of something else") {
    CHECK(fs::exists(record));
    fs::remove(record);
    fixture.root.Write(record.substr(fixture.root.path().size() + 1), "[[0, 1]]\n{}");
  }
  CHECK_FALSE(fixture.Found());
}

TEST_CASE("what was not used for long is removed, and nothing that is somebody else's") {
  const Fixture fixture;
  fixture.Stored();
  const std::string digest(64, 'a');
  fixture.root.Write("cache/thesis.txt", "mine");
  fixture.root.Write("cache/sub/" + digest + ".json", "mine");
  fixture.root.Write("cache/" + digest + "/thesis.txt", "mine");
  fixture.Cache().Trim();
  CHECK(fixture.Found());
  for (const auto& file : fs::recursive_directory_iterator(fixture.root / "cache")) {
    if (file.is_regular_file()) {
      fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(24 * 31));
    }
  }
  fixture.Cache().Trim();
  CHECK_FALSE(fixture.Found());
  const auto files = fs::recursive_directory_iterator(fixture.root / "cache");
  CHECK(std::count_if(begin(files), end(files),
                      [](const auto& file) { return file.is_regular_file(); }) == 3);
}

TEST_CASE("what a killed build has left is removed") {
  const Fixture fixture;
  fixture.Stored();
  const std::string container = fixture.Found()->container;
  // No process has the number 2^22 or more.
  const fs::path left = container + ".9999999-1.tmp";
  const fs::path written = container + "." + std::to_string(getpid()) + "-1.tmp";
  for (const fs::path& file : {left, written}) fs::copy_file(container, file);
  fixture.Cache().Trim();
  CHECK_FALSE(fs::exists(left));
  CHECK(fs::exists(written));
}

TEST_CASE("a cache that others may write to is not used") {
  const test::TemporaryDirectory root;
  fs::create_directory(root / "open");
  for (const mode_t mode : {0777, 0770}) {
    REQUIRE(chmod((root / "open").c_str(), mode) == 0);
    const Result<BuildCache> cache = BuildCache::Open(root / "open", "program");
    REQUIRE_FALSE(cache.ok());
    CHECK(cache.error().message == "others may write to it");
  }
  CHECK_FALSE(BuildCache::Open(root.Write("file", ""), "program").ok());
}

TEST_CASE("without a directory nothing is kept") {
  const Fixture fixture;
  Result<BuildCache> cache = BuildCache::Open("", "program");
  REQUIRE(cache.ok());
  const BuildCache::Shelf shelf = cache->ShelfOf(fixture.app, fixture.entry, "", {}, false);
  AppResult result = fixture.Built();
  CHECK(shelf.Store(fixture.Read(), result).ok());
  CHECK(result.container == fixture.root / "made.snap");
  CHECK_FALSE(shelf.Find(fixture.entry.directory));
}
