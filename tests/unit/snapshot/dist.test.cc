// Dists as they are loaded: whole, damaged, replaced meanwhile.
#include "snapshot/dist.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "tests/unit/snapshot/dist_fixture.h"

using namespace nano;
using namespace nano::snapshot;
using namespace nano::snapshot::test;
using Catch::Contains;
namespace fs = std::filesystem;

TEST_CASE("a loaded dist outlives its replacement") {
  TemporaryDirectory root;
  Written(root, {1});
  const Dist old = Loaded(root);
  Written(root, {2});
  CHECK_FALSE(fs::exists(root / ("dist/" + SnapshotOf(1))));
  const Container& container = **old.apps[0].snapshot;
  CHECK(std::string(container.sections().source).starts_with("(async"));
}

TEST_CASE("one refused snapshot does not keep the others from being served") {
  TemporaryDirectory root;
  Written(root, {1, 2, 3});
  std::string bytes = root.Read("dist/" + SnapshotOf(1));
  bytes[4500] ^= 0x10;
  root.Write("dist/" + SnapshotOf(1), bytes);
  fs::remove(root / ("dist/" + SnapshotOf(3)));
  {
    const Dist dist = Loaded(root);
    REQUIRE(dist.apps.size() == 3);
    REQUIRE_FALSE(dist.apps[0].snapshot.ok());
    CHECK_THAT(dist.apps[0].snapshot.error().message, Contains("SHA-256 does not match"));
    CHECK_THAT(dist.apps[0].snapshot.error().where, Contains(SnapshotOf(1)));
    CHECK(dist.apps[1].snapshot.ok());
    REQUIRE_FALSE(dist.apps[2].snapshot.ok());
    CHECK_THAT(dist.apps[2].snapshot.error().message, Contains("is missing"));
  }
  // Whole, but not the one that the manifest means.
  root.Write("dist/" + SnapshotOf(3), TestContainer(2));
  const Dist swapped = Loaded(root);
  REQUIRE_FALSE(swapped.apps[2].snapshot.ok());
  CHECK_THAT(swapped.apps[2].snapshot.error().message, Contains("another snapshot"));
  // Of another engine: all of them.
  runtime::Identity other = TestIdentity();
  other.references_hash = "other";
  const Result<Dist> foreign = LoadDist(root / "dist", other);
  REQUIRE(foreign.ok());
  CHECK_THAT(foreign->apps[1].snapshot.error().message, Contains("native functions"));
}

TEST_CASE("a snapshot that is too large is refused before it is read") {
  TemporaryDirectory root;
  Written(root, {1, 2});
  const std::string file = root / ("dist/" + SnapshotOf(1));
  // More than fits on the disk, or into memory.
  REQUIRE(truncate(file.c_str(), off_t{1} << 40) == 0);
  const Dist dist = Loaded(root);
  CHECK(dist.apps[1].snapshot.ok());
  REQUIRE_FALSE(dist.apps[0].snapshot.ok());
  CHECK_THAT(dist.apps[0].snapshot.error().message,
             Contains("another snapshot than the manifest names: it has 1099511627776 bytes"));
  CHECK(dist.apps[0].snapshot.error().where == file);

  REQUIRE(truncate((root / "dist/manifest.json").c_str(), off_t{1} << 40) == 0);
  CHECK_THAT(LoadDist(root / "dist", TestIdentity()).error().message, Contains("larger than"));
}

TEST_CASE("what is no dist is refused when it is loaded") {
  TemporaryDirectory root;
  const auto load = [&](const std::string& name) {
    const Result<Dist> dist = LoadDist(root / name, TestIdentity());
    REQUIRE_FALSE(dist.ok());
    return dist.error();
  };
  CHECK_THAT(load("absent").message, Contains("no such directory"));
  fs::create_directory(root / "empty");
  CHECK_THAT(load("empty").message, Contains("no manifest.json"));
  root.Write("bad/manifest.json", "{");
  CHECK_THAT(load("bad").message, Contains("not JSON"));
}

TEST_CASE("a snapshot that is known is neither copied nor checked again") {
  TemporaryDirectory root;
  Written(root, {1, 2, 1});
  const Dist first = Loaded(root);
  Written(root, {1, 3, 1});
  // Nobody would look at it.
  root.Write("dist/" + SnapshotOf(1), "damaged");
  const std::shared_ptr<const Container>& kept = *first.apps[0].snapshot;
  std::map<std::string, Descriptor> opened;
  const LoadOptions options{
      .known = [&](const std::string& digest) -> std::shared_ptr<const Container> {
        return digest == kept->digest() ? kept : nullptr;
      },
      .opened = [&](const std::string& digest,
                    Descriptor copy) { opened[digest] = std::move(copy); }};
  const Result<Dist> second = LoadDist(root / "dist", TestIdentity(), options);
  REQUIRE(second.ok());
  CHECK(*second->apps[0].snapshot == kept);
  CHECK(*second->apps[2].snapshot == kept);
  // Of the new one there is a descriptor for who cannot inherit the mapping.
  const Container& fresh = **second->apps[1].snapshot;
  REQUIRE(opened.size() == 1);
  const auto& [digest, copy] = *opened.begin();
  CHECK(digest == fresh.digest());
  const Result<Container> adopted = Container::Adopt(copy, fresh.size(), digest, TestIdentity());
  if (!adopted.ok()) FAIL(adopted.error().ToString());
  CHECK(adopted->sections().blob == fresh.sections().blob);

  // One whose size is not what the manifest says is not the manifest's.
  const Result<std::shared_ptr<const Container>> other = LoadSnapshot(
      root / ("dist/" + SnapshotOf(1)), kept->digest(), kept->size() + 1, TestIdentity(), options);
  CHECK_FALSE(other.ok());
}

TEST_CASE("of a snapshot that is refused nothing is handed out") {
  TemporaryDirectory root;
  Written(root, {1});
  std::string bytes = root.Read("dist/" + SnapshotOf(1));
  bytes[4500] ^= 0x10;
  root.Write("dist/" + SnapshotOf(1), bytes);
  int opened = 0;
  const LoadOptions options{.opened = [&](const std::string&, const Descriptor&) { ++opened; }};
  const Result<Dist> dist = LoadDist(root / "dist", TestIdentity(), options);
  REQUIRE(dist.ok());
  CHECK_FALSE(dist->apps[0].snapshot.ok());
  CHECK(opened == 0);
}
