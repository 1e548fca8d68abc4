// Dists as builds write them: what they hold, what is replaced and removed, what is refused.
#include "snapshot/dist_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "tests/unit/snapshot/dist_fixture.h"

using namespace nano;
using namespace nano::snapshot;
using namespace nano::snapshot::test;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

void CheckRefused(const std::string& directory, const std::string& message) {
  const std::vector<std::string> before = Listing(directory);
  const auto writer = DistWriter::Open(directory, TestIdentity());
  REQUIRE_FALSE(writer.ok());
  CHECK(writer.error().where == directory);
  CHECK_THAT(writer.error().message, Contains(message));
  CHECK_FALSE(writer.error().hint.empty());
  CHECK(Listing(directory) == before);
}

}  // namespace

TEST_CASE("a dist holds its manifest and snapshots, nothing else") {
  TemporaryDirectory root;
  Written(root, {1, 2});
  std::vector<std::string> expected = {"manifest.json", SnapshotOf(1), SnapshotOf(2)};
  std::sort(expected.begin(), expected.end());
  CHECK(Listing(root / "dist") == expected);
  struct stat status {};
  REQUIRE(stat((root / "dist/manifest.json").c_str(), &status) == 0);
  CHECK((status.st_mode & 0444) != 0);

  const Dist dist = Loaded(root);
  CHECK(dist.manifest.engine_release == "26.10.0");
  REQUIRE(dist.apps.size() == 2);
  CHECK(dist.apps[0].entry.name == "app0");
  REQUIRE(dist.apps[0].snapshot.ok());
  CHECK((*dist.apps[0].snapshot)->digest() == dist.apps[0].entry.digest);
  CHECK((*dist.apps[1].snapshot)->sections().source_map == "map");
}

TEST_CASE("the same build gives the same bytes and touches nothing") {
  TemporaryDirectory root;
  Written(root, {1, 2});
  const std::string manifest = root.Read("dist/manifest.json");
  struct stat before {
  }, after{};
  REQUIRE(stat((root / "dist/manifest.json").c_str(), &before) == 0);
  Written(root, {1, 2});
  REQUIRE(stat((root / "dist/manifest.json").c_str(), &after) == 0);
  CHECK(root.Read("dist/manifest.json") == manifest);
  CHECK(before.st_ino == after.st_ino);
}

TEST_CASE("apps can share a snapshot") {
  TemporaryDirectory root;
  Written(root, {1, 1});
  CHECK(Listing(root / "dist").size() == 2);
  const Dist dist = Loaded(root);
  CHECK(dist.apps[0].snapshot.value() == dist.apps[1].snapshot.value());
}

TEST_CASE("what no app uses any more is removed, and only that") {
  TemporaryDirectory root;
  Written(root, {1, 2});
  root.Write("dist/snapshots/notes.txt", "mine");
  root.Write("dist/README", "mine");
  Written(root, {2, 3});
  std::vector<std::string> expected = {"README", "manifest.json", SnapshotOf(2), SnapshotOf(3),
                                       "snapshots/notes.txt"};
  std::sort(expected.begin(), expected.end());
  CHECK(Listing(root / "dist") == expected);
}

TEST_CASE("a build that fails leaves the dist as it was") {
  TemporaryDirectory root;
  {
    const auto writer = Opened(root / "dist");
    Added(*writer, root, 1);
  }
  CHECK_FALSE(fs::exists(root / "dist"));

  Written(root, {1});
  const std::vector<std::string> before = Listing(root / "dist");
  {
    const auto writer = Opened(root / "dist");
    Added(*writer, root, 1);
    Added(*writer, root, 2);
    CHECK(Listing(root / "dist").size() == 4);  // With the lock.
  }
  CHECK(Listing(root / "dist") == before);
  REQUIRE(Loaded(root).apps[0].snapshot.ok());

  {
    // Two apps of one name: refused before anything is replaced.
    const auto writer = Opened(root / "dist");
    const StoredSnapshot snapshot = Added(*writer, root, 2);
    CHECK_FALSE(writer->Commit({App("a", snapshot), App("a", snapshot)}, 1).ok());
  }
  CHECK(Listing(root / "dist") == before);
}

TEST_CASE("a snapshot that would be refused does not get in") {
  TemporaryDirectory root;
  const auto writer = Opened(root / "dist");
  const std::string digest = ClaimedDigest(TestContainer(1));
  CHECK_FALSE(writer->AddSnapshot(root.Write("other.snap", TestContainer(2)), digest).ok());
  CHECK_FALSE(writer->AddSnapshot(root.Write("short.snap", "1"), digest).ok());
  CHECK_FALSE(writer->AddSnapshot(root / "absent.snap", digest).ok());
}

TEST_CASE("a snapshot that is kept is looked at") {
  TemporaryDirectory root;
  Written(root, {1, 2, 3});
  const std::vector<ManifestApp> apps = Loaded(root).manifest.apps;
  root.Write("dist/" + SnapshotOf(2), "damaged");
  fs::remove(root / ("dist/" + SnapshotOf(3)));
  const auto writer = Opened(root / "dist");
  CHECK(writer->KeepSnapshot(apps[0]).ok());
  CHECK_FALSE(writer->KeepSnapshot(apps[1]).ok());
  CHECK_FALSE(writer->KeepSnapshot(apps[2]).ok());
  CHECK(writer->Commit(apps, 1).ok());
  CHECK(Loaded(root).apps[0].snapshot.ok());
}

TEST_CASE("a damaged snapshot of the same name is replaced") {
  TemporaryDirectory root;
  Written(root, {1});
  root.Write("dist/" + SnapshotOf(1), "damaged");
  CHECK_FALSE(Loaded(root).apps[0].snapshot.ok());
  Written(root, {1});
  CHECK(Loaded(root).apps[0].snapshot.ok());
}

TEST_CASE("an interrupted build leaves the previous dist whole, and the next one tidies up") {
  TemporaryDirectory root;
  Written(root, {1});
  const std::string leftover = "dist/" + SnapshotOf(2) + ".123-0.tmp";
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // Killed with a snapshot in place, another half-written, and the lock held.
    auto writer = DistWriter::Open(root / "dist", TestIdentity());
    const std::string path = root / "child.snap";
    if (!writer.ok()) _exit(1);
    const auto digest = WriteContainer(path, {"blob", "source", ""}, TestIdentity());
    if (!digest.ok()) _exit(2);
    if (!(*writer)->AddSnapshot(path, *digest).ok()) _exit(3);
    for (const std::string& name : {leftover, std::string("dist/manifest.json.123-1.tmp")}) {
      const int fd = open((root / name).c_str(), O_CREAT | O_WRONLY, 0644);
      if (fd < 0 || write(fd, "half", 4) != 4) _exit(4);
    }
    raise(SIGKILL);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  CHECK(fs::exists(root / leftover));
  CHECK(fs::exists(root / "dist/.nanoc.lock"));

  const Dist previous = Loaded(root);
  REQUIRE(previous.apps.size() == 1);
  CHECK(previous.apps[0].snapshot.ok());

  Written(root, {1});
  CHECK(Listing(root / "dist") == std::vector<std::string>{"manifest.json", SnapshotOf(1)});
}

TEST_CASE("a first build that was interrupted is taken over") {
  TemporaryDirectory root;
  root.Write("dist/" + SnapshotOf(7), TestContainer(7));
  root.Write("dist/" + SnapshotOf(8) + ".9-0.tmp", "half");
  root.Write("dist/manifest.json.9-1.tmp", "half");
  root.Write("dist/.nanoc.lock", "");
  Written(root, {1});
  CHECK(Listing(root / "dist") == std::vector<std::string>{"manifest.json", SnapshotOf(1)});
}

TEST_CASE("a directory that is not a dist is not written to") {
  TemporaryDirectory root;
  root.Write("site/index.html", "<p>mine</p>");
  CheckRefused(root / "site", "it holds 'index.html' and no manifest.json");
  root.Write("pwa/manifest.json", "{\"name\": \"My web app\"}");
  CheckRefused(root / "pwa", "manifest.json is not one of NANO's");
  root.Write("photos/snapshots/2024.jpg", "mine");
  CheckRefused(root / "photos", "it holds 'snapshots/2024.jpg'");
  CHECK_FALSE(DistWriter::Open(root.Write("file", ""), TestIdentity()).ok());
  // Another version's is one, and so is an empty directory.
  root.Write("later/manifest.json", "{\"format\": 9, \"engine\": {}, \"apps\": []}");
  CHECK(DistWriter::Open(root / "later", TestIdentity()).ok());
  fs::create_directory(root / "empty");
  CHECK(DistWriter::Open(root / "empty/", TestIdentity()).ok());
  CHECK(fs::exists(root / "empty"));
}

TEST_CASE("nothing is removed or written through a symbolic link") {
  TemporaryDirectory root;
  const std::string half = SnapshotOf(8).substr(sizeof("snapshots/") - 1) + ".9-0.tmp";
  root.Write("others/" + half, "somebody's");
  root.Write("others/" + SnapshotOf(7).substr(sizeof("snapshots/") - 1), "somebody's");
  const std::vector<std::string> before = Listing(root / "others");
  const auto check = [&] {
    fs::create_directory_symlink(root / "others", root / "dist/snapshots");
    const auto refused = DistWriter::Open(root / "dist", TestIdentity());
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().where == root / "dist/snapshots");
    CHECK_THAT(refused.error().message, Contains("symbolic link"));
    CHECK_FALSE(DistWriter::Check(root / "dist").ok());
    CHECK(Listing(root / "others") == before);
  };
  fs::create_directory(root / "dist");
  check();  // Of a first build.
  fs::remove(root / "dist/snapshots");
  Written(root, {1});
  fs::remove_all(root / "dist/snapshots");
  check();  // Of a dist.

  // One that is put there while a build writes.
  fs::remove(root / "dist/snapshots");
  Written(root, {1});
  const std::unique_ptr<DistWriter> writer = Opened(root / "dist");
  const StoredSnapshot added = Added(*writer, root, 2);
  fs::rename(root / "dist/snapshots", root / "moved");
  fs::create_directory_symlink(root / "others", root / "dist/snapshots");
  Result<CommitOutcome> outcome = writer->Commit({App("app", added)}, 1);
  REQUIRE(outcome.ok());
  CHECK(outcome->warnings.size() == 1);
  CHECK(Listing(root / "others") == before);
}

TEST_CASE("a dist may lie behind a symbolic link, which stays") {
  TemporaryDirectory root;
  fs::create_directory(root / "disk");
  fs::create_directory_symlink(root / "disk", root / "dist");
  Written(root, {1});
  CHECK(fs::is_symlink(root / "dist"));
  CHECK(Listing(root / "disk") == std::vector<std::string>{"manifest.json", SnapshotOf(1)});
}

TEST_CASE("two builds cannot write one dist at the same time") {
  TemporaryDirectory root;
  {
    const auto first = Opened(root / "dist");
    const auto second = DistWriter::Open(root / "dist", TestIdentity());
    REQUIRE_FALSE(second.ok());
    CHECK_THAT(second.error().message, Contains("another build is writing to it"));
    CHECK_FALSE(fs::exists(root / "dist/snapshots"));
  }
  Written(root, {1});
}

TEST_CASE("a dist that cannot be made is refused before anything is built") {
  TemporaryDirectory root;
  fs::create_symlink("nowhere", root / "dist");
  CHECK_THAT(DistWriter::Check(root / "dist").error().message,
             Contains("symbolic link to 'nowhere', which is not there"));
  CHECK_FALSE(DistWriter::Open(root / "dist", TestIdentity()).ok());
  root.Write("file", "");
  CHECK_FALSE(DistWriter::Check(root / "file/dist").ok());
  // Nor is what nobody may make.
  REQUIRE(chmod(root.path().c_str(), 0555) == 0);
  const pid_t child = fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    if (geteuid() == 0 && setuid(kNobody) != 0) _exit(2);
    _exit(DistWriter::Check(root / "none/dist").ok() ? 1 : 0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(chmod(root.path().c_str(), 0755) == 0);
  CHECK(status == 0);
  CHECK(DistWriter::Check(root / "none/dist").ok());
}
