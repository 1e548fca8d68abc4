// Generations: which builds a dist keeps, which versions of apps those have, and that a build that
// is killed leaves them whole.
#include "snapshot/generations.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/killed_process.h"
#include "tests/unit/snapshot/dist_fixture.h"

using namespace nano;
using namespace nano::snapshot;
using namespace nano::snapshot::test;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

Generations Read(const TemporaryDirectory& root) {
  Result<Generations> read = ReadGenerations(root / "dist", Loaded(root).manifest);
  if (!read.ok()) FAIL(read.error().ToString());
  return std::move(read).value();
}

std::vector<uint64_t> Numbers(const TemporaryDirectory& root) {
  std::vector<uint64_t> numbers;
  for (const Generation& generation : Read(root).kept) numbers.push_back(generation.number);
  return numbers;
}

std::string DigestOf(unsigned seed) { return ClaimedDigest(TestContainer(seed)); }

std::set<std::string> Snapshots(const TemporaryDirectory& root) {
  std::set<std::string> files;
  for (const auto& entry : fs::directory_iterator(root / "dist/snapshots")) {
    files.insert("snapshots/" + entry.path().filename().string());
  }
  return files;
}

}  // namespace

TEST_CASE("a dist keeps the manifests before and the snapshots that they name") {
  const TemporaryDirectory root;
  Written(root, {1}, 3);
  CHECK(Numbers(root).empty());
  CHECK_FALSE(fs::exists(root / "dist/generations"));
  const std::string first = root.Read("dist/manifest.json");
  Written(root, {2}, 3);
  CHECK(root.Read("dist/generations/1.json") == first);
  Written(root, {3}, 3);
  CHECK(Numbers(root) == std::vector<uint64_t>{2, 1});
  CHECK(Snapshots(root) == std::set{SnapshotOf(1), SnapshotOf(2), SnapshotOf(3)});
  // The oldest goes, and with it what nothing else names.
  Written(root, {4}, 3);
  CHECK(Numbers(root) == std::vector<uint64_t>{3, 2});
  CHECK(Snapshots(root) == std::set{SnapshotOf(2), SnapshotOf(3), SnapshotOf(4)});
  // What comes back stays, though its generation goes.
  Written(root, {2}, 3);
  Written(root, {5}, 3);
  CHECK(Numbers(root) == std::vector<uint64_t>{5, 4});
  CHECK(Snapshots(root) == std::set{SnapshotOf(2), SnapshotOf(4), SnapshotOf(5)});
  // All of them are still good.
  for (const Generation& generation : Read(root).kept) {
    for (const ManifestApp& app : generation.manifest.apps) {
      CHECK(LoadSnapshot(root / ("dist/" + SnapshotPath(app.digest)), app.digest, app.bytes,
                         TestIdentity())
                .ok());
    }
  }
  // Numbers are never given twice while any is kept.
  Written(root, {5}, 2);
  CHECK(Numbers(root) == std::vector<uint64_t>{5});
  Written(root, {6}, 1);
  CHECK(Numbers(root).empty());
  CHECK(Snapshots(root) == std::set{SnapshotOf(6)});
}

TEST_CASE("a build that changes nothing makes no generation") {
  const TemporaryDirectory root;
  Written(root, {1}, 5);
  Written(root, {1}, 5);
  CHECK(Listing(root / "dist") == std::vector<std::string>{"manifest.json", SnapshotOf(1)});
  Written(root, {2}, 5);
  const std::vector<std::string> before = Listing(root / "dist");
  Written(root, {2}, 5);
  CHECK(Listing(root / "dist") == before);
}

TEST_CASE("the versions of an app are its digests, the newest first") {
  const TemporaryDirectory root;
  const auto before = std::chrono::system_clock::now() - std::chrono::seconds(1);
  Written(root, {1, 9}, 9);
  Written(root, {2, 9}, 9);
  Written(root, {2, 8}, 9);
  Written(root, {1, 8}, 9);
  Written(root, {3}, 9);
  const Manifest present = Loaded(root).manifest;
  const std::vector<Generation> kept = Read(root).kept;
  REQUIRE(kept.size() == 4);
  const auto versions = VersionsOf("app0", present, kept);
  REQUIRE(versions.size() == 3);
  CHECK(versions[0].app.digest == DigestOf(3));
  CHECK_FALSE(versions[0].generation);
  CHECK_FALSE(versions[0].replaced);
  CHECK(versions[1].app.digest == DigestOf(1));
  CHECK(versions[1].generation == 4u);
  CHECK(versions[2].app.digest == DigestOf(2));
  CHECK(versions[2].generation == 3u);
  REQUIRE(versions[1].replaced);
  CHECK(*versions[1].replaced >= before);
  CHECK(*versions[1].replaced <= std::chrono::system_clock::now());
  // One that was taken out, and one that never was.
  const auto gone = VersionsOf("app1", present, kept);
  REQUIRE(gone.size() == 2);
  CHECK(gone[0].app.digest == DigestOf(8));
  CHECK(gone[0].generation == 4u);
  CHECK(VersionsOf("app2", present, kept).empty());
}

TEST_CASE("only what is written as a generation is one") {
  CHECK(GenerationNumber("7.json") == 7u);
  CHECK(GenerationNumber("123456789012345678.json") == 123456789012345678u);
  for (const char* name : {"", ".json", "7", "07.json", "-7.json", "7.json.tmp", "7 .json",
                           "a.json", "1234567890123456789.json", "7.JSON", "../7.json"}) {
    CAPTURE(name);
    CHECK_FALSE(GenerationNumber(name));
  }
  CHECK(GenerationNumber(GenerationName(0)) == 0u);
}

TEST_CASE("a damaged generation is told, and costs neither the others nor their snapshots") {
  const TemporaryDirectory root;
  Written(root, {1}, 5);
  Written(root, {2}, 5);
  Written(root, {3}, 5);
  root.Write("dist/generations/2.json", "{");
  root.Write("dist/generations/notes.txt", "mine");
  const Generations read = Read(root);
  REQUIRE(read.unreadable.size() == 1);
  CHECK_THAT(read.unreadable[0].where, Contains("generations/2.json"));
  REQUIRE(read.kept.size() == 1);
  CHECK(read.kept[0].number == 1);

  const auto writer = Opened(root / "dist");
  const Result<CommitOutcome> outcome = writer->Commit({App("a", Added(*writer, root, 4))}, 5);
  REQUIRE(outcome.ok());
  REQUIRE(outcome->warnings.size() == 1);
  CHECK_THAT(outcome->warnings[0].message, Contains("cannot be gone back to, and is removed"));
  CHECK_FALSE(fs::exists(root / "dist/generations/2.json"));
  CHECK(fs::exists(root / "dist/generations/notes.txt"));
  CHECK(Snapshots(root) == std::set{SnapshotOf(1), SnapshotOf(3), SnapshotOf(4)});
}

TEST_CASE("no snapshot is removed while nobody can tell which are kept") {
  const TemporaryDirectory root;
  Written(root, {1}, 5);
  Written(root, {2}, 5);
  fs::remove(root / "dist/generations/1.json");
  fs::create_directory(root / "dist/generations/1.json");
  const auto writer = Opened(root / "dist");
  const Result<CommitOutcome> outcome = writer->Commit({App("a", Added(*writer, root, 3))}, 5);
  REQUIRE(outcome.ok());
  CHECK(outcome->warnings.size() == 1);
  CHECK(Snapshots(root).contains(SnapshotOf(1)));
}

TEST_CASE("what a server keeps in a dist is none of nanoc's") {
  const TemporaryDirectory root;
  root.Write("dist/.state/state.json", "{}");
  root.Write("dist/.state/snapshots/x.snap", "x");
  CHECK(DistWriter::Check(root / "dist").ok());
  Written(root, {1}, 2);
  Written(root, {2}, 2);
  Written(root, {3}, 1);
  CHECK(root.Read("dist/.state/state.json") == "{}");
  CHECK(root.Read("dist/.state/snapshots/x.snap") == "x");
}

TEST_CASE("a folder of something else that is called generations is not written to") {
  const TemporaryDirectory root;
  root.Write("tree/generations/smith.ged", "mine");
  const Result<void> refused = DistWriter::Check(root / "tree");
  REQUIRE_FALSE(refused.ok());
  CHECK_THAT(refused.error().message, Contains("it holds 'generations/smith.ged'"));
  // Nor is one elsewhere.
  Written(root, {1}, 2);
  fs::create_directory(root / "elsewhere");
  fs::create_directory_symlink(root / "elsewhere", root / "dist/generations");
  CHECK_THAT(DistWriter::Check(root / "dist").error().message, Contains("symbolic link"));
  CHECK(fs::is_empty(root / "elsewhere"));
}

TEST_CASE("what a killed build left in generations is removed by the next") {
  const TemporaryDirectory root;
  Written(root, {1}, 5);
  Written(root, {2}, 5);
  root.Write("dist/generations/2.json.99-0.tmp", "half");
  Written(root, {2}, 5);
  CHECK_FALSE(fs::exists(root / "dist/generations/2.json.99-0.tmp"));
}

TEST_CASE("a generation that a killed build made of the present one counts for nothing") {
  const TemporaryDirectory root;
  Written(root, {1}, 2);
  Written(root, {2}, 2);
  root.Write("dist/generations/2.json", root.Read("dist/manifest.json"));
  CHECK(Numbers(root) == std::vector<uint64_t>{1});
  Written(root, {2}, 2);
  CHECK(Listing(root / "dist/generations") == std::vector<std::string>{"1.json"});
  CHECK(Snapshots(root) == std::set{SnapshotOf(1), SnapshotOf(2)});
}

TEST_CASE("a build that is killed at any system call leaves all that is kept whole") {
  const TemporaryDirectory root(nano::test::MemoryDirectory());
  std::map<unsigned, std::string> manifests;
  for (const unsigned seed : {1, 2, 3}) {
    if (seed == 3) fs::copy(root / "dist", root / "before", fs::copy_options::recursive);
    Written(root, {seed}, 2);
    manifests[seed] = root.Read("dist/manifest.json");
  }
  const std::string container = root.Write("next.snap", TestContainer(3));
  bool as_before = false;
  bool as_after = false;
  const int calls = nano::test::KilledAtEachCall(
      [&] {
        fs::remove_all(root / "dist");
        fs::copy(root / "before", root / "dist", fs::copy_options::recursive);
      },
      [&] {
        auto writer = DistWriter::Open(root / "dist", TestIdentity());
        if (!writer.ok()) _exit(1);
        const auto added = (*writer)->AddSnapshot(container, DigestOf(3));
        if (!added.ok() || !(*writer)->Commit({App("app0", *added)}, 2).ok()) _exit(2);
      },
      [&](bool killed) {
        const Dist dist = Loaded(root);
        REQUIRE(dist.apps.size() == 1);
        REQUIRE(dist.apps[0].snapshot.ok());
        const bool replaced = root.Read("dist/manifest.json") == manifests[3];
        if (!replaced) REQUIRE(root.Read("dist/manifest.json") == manifests[2]);
        as_before = as_before || !replaced;
        as_after = as_after || (replaced && killed);
        const Generations read = Read(root);
        REQUIRE(read.unreadable.empty());
        // The one before can be gone back to at any moment.
        REQUIRE_FALSE(read.kept.empty());
        const ManifestApp& previous = read.kept[0].manifest.apps[0];
        REQUIRE(previous.digest == DigestOf(replaced ? 2 : 1));
        REQUIRE(LoadSnapshot(root / ("dist/" + SnapshotPath(previous.digest)), previous.digest,
                             previous.bytes, TestIdentity())
                    .ok());
        // The next build tidies up, and goes on as if nothing had been.
        Written(root, {3}, 2);
        REQUIRE(Snapshots(root) == std::set{SnapshotOf(2), SnapshotOf(3)});
        REQUIRE(Numbers(root) == std::vector<uint64_t>{2});
        REQUIRE_FALSE(fs::exists(root / "dist/.nanoc.lock"));
      });
  CHECK(calls > 20);
  CHECK(as_before);
  CHECK(as_after);
}
