// Watching files: whatever way they change in, one call when it has settled.
#include "server/deploy/watch.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "net/handles.h"
#include "tests/unit/temporary_directory.h"

namespace nano::server {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;
using test::TemporaryDirectory;

// Longer than any test takes that does not fail.
constexpr uint64_t kFailsafe = 20'000;

// A loop with a Watch, and how often it has called.
class Watching {
 public:
  explicit Watching(const std::vector<std::string>& files) {
    REQUIRE(uv_loop_init(&loop_) == 0);
    Result<std::unique_ptr<Watch>> started = Watch::Start(
        &loop_, files,
        {.changed = [this] { ++changes_; },
         .failed = [this](const Error& error) { errors_.push_back(error.ToString()); }});
    if (!started.ok()) FAIL(started.error().ToString());
    watch_ = std::move(started).value();
  }
  ~Watching() {
    watch_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop_) == 0);
  }

  // Runs the loop until the Watch has called, which it has to; the calls of a while longer.
  int Changes() {
    Run([this] { return changes_ > 0; }, kFailsafe);
    Quiet();
    return std::exchange(changes_, 0);
  }
  // The calls of a while in which nothing is done.
  int Quiet() {
    Run([] { return false; }, 3 * static_cast<uint64_t>(Watch::kQuiet.count()) / 2);
    return changes_;
  }
  void Run(const std::function<bool()>& until, uint64_t most) {
    bool over = false;
    net::Timer timer(&loop_, [&over] { over = true; });
    uv_update_time(&loop_);
    timer.Start(most);
    while (!over && !until()) uv_run(&loop_, UV_RUN_ONCE);
  }

  Watch& watch() { return *watch_; }
  uv_loop_t* loop() { return &loop_; }
  int changes() const { return changes_; }
  const std::vector<std::string>& errors() const { return errors_; }

 private:
  uv_loop_t loop_{};
  std::unique_ptr<Watch> watch_;
  int changes_ = 0;
  std::vector<std::string> errors_;
};

void Replace(const std::string& path, const std::string& contents) {
  REQUIRE(WriteFileAtomically(path, contents).ok());
}

TEST_CASE("a file that is replaced, rewritten, touched, removed or made again has changed",
          "[watch]") {
  const TemporaryDirectory root;
  const std::string file = root.Write("dist/manifest.json", "1");
  Watching watching({file});
  CHECK(watching.Quiet() == 0);
  Replace(file, "2");
  CHECK(watching.Changes() == 1);
  root.Write("dist/manifest.json", "3");
  CHECK(watching.Changes() == 1);
  REQUIRE(chmod(file.c_str(), 0600) == 0);
  CHECK(watching.Changes() == 1);
  fs::remove(file);
  CHECK(watching.Changes() == 1);
  root.Write("dist/manifest.json", "4");
  CHECK(watching.Changes() == 1);
  // As some editors do: the old one is moved away, the new one written.
  fs::rename(file, file + "~");
  root.Write("dist/manifest.json", "5");
  CHECK(watching.Changes() == 1);
  CHECK(watching.errors().empty());
}

TEST_CASE("what lies beside a file is not watched", "[watch]") {
  const TemporaryDirectory root;
  const std::string file = root.Write("dist/manifest.json", "1");
  Watching watching({file});
  root.Write("dist/manifest.json.1-1.tmp", "half");
  root.Write("dist/snapshots/a.snap", "1");
  root.Write("dist/.state/state.json", "1");
  root.Write("other", "1");
  fs::rename(root / "other", root / "another");
  CHECK(watching.Quiet() == 0);
}

TEST_CASE("a folder that is moved away, replaced or made again is followed", "[watch]") {
  const TemporaryDirectory root;
  const std::string file = root.Write("site/dist/manifest.json", "1");
  root.Write("site/next/manifest.json", "2");
  Watching watching({file});
  fs::rename(root / "site/dist", root / "site/old");
  fs::rename(root / "site/next", root / "site/dist");
  CHECK(watching.Changes() == 1);
  // The one that was moved away is no longer it; the one in its place is.
  root.Write("site/old/manifest.json", "3");
  CHECK(watching.Quiet() == 0);
  root.Write("site/dist/manifest.json", "4");
  CHECK(watching.Changes() == 1);

  fs::remove_all(root / "site");
  CHECK(watching.Changes() == 1);
  fs::create_directories(root / "site");
  CHECK(watching.Changes() == 1);
  fs::create_directories(root / "site/dist");
  CHECK(watching.Changes() == 1);
  root.Write("site/dist/manifest.json", "5");
  CHECK(watching.Changes() == 1);
  // A whole one that is moved into place.
  fs::remove_all(root / "site");
  CHECK(watching.Changes() == 1);
  root.Write("fresh/dist/manifest.json", "6");
  fs::rename(root / "fresh", root / "site");
  CHECK(watching.Changes() == 1);
  root.Write("site/dist/manifest.json", "7");
  CHECK(watching.Changes() == 1);
  CHECK(watching.errors().empty());
}

TEST_CASE("a link that is led elsewhere is a change, and what it leads to is watched", "[watch]") {
  const TemporaryDirectory root;
  root.Write("releases/6/manifest.json", "6");
  root.Write("releases/7/manifest.json", "7");
  fs::create_directory_symlink("releases/6", root / "current");
  Watching watching({root / "current/manifest.json"});
  // As `ln -sfn` and deployment tools do.
  fs::create_directory_symlink("releases/7", root / "current.new");
  CHECK(watching.Quiet() == 0);
  fs::rename(root / "current.new", root / "current");
  CHECK(watching.Changes() == 1);
  root.Write("releases/6/manifest.json", "again");
  CHECK(watching.Quiet() == 0);
  root.Write("releases/7/manifest.json", "again");
  CHECK(watching.Changes() == 1);

  // As Kubernetes mounts a ConfigMap: the file is a link through a link that is replaced.
  root.Write("..2026_1/nano.yaml", "1");
  root.Write("..2026_2/nano.yaml", "2");
  fs::create_directory_symlink("..2026_1", root / "..data");
  fs::create_symlink("..data/nano.yaml", root / "nano.yaml");
  REQUIRE(watching.watch().Replace({root / "nano.yaml"}).ok());
  fs::create_directory_symlink("..2026_2", root / "..data_tmp");
  fs::rename(root / "..data_tmp", root / "..data");
  CHECK(watching.Changes() == 1);
  // Links in a circle lead nowhere, until they do.
  fs::remove(root / "nano.yaml");
  fs::create_symlink("nano.yaml", root / "nano.yaml");
  CHECK(watching.Changes() == 1);
  fs::remove(root / "nano.yaml");
  root.Write("nano.yaml", "3");
  CHECK(watching.Changes() == 1);
}

TEST_CASE("a file that is not there yet is noticed when it comes", "[watch]") {
  const TemporaryDirectory root;
  Watching watching({root / "apps/shop/nano.yaml", root / "nano.yaml"});
  root.Write("nano.yaml", "1");
  CHECK(watching.Changes() == 1);
  root.Write("apps/shop/nano.yaml", "1");
  CHECK(watching.Changes() == 1);
  root.Write("apps/shop/nano.yaml", "2");
  CHECK(watching.Changes() == 1);
}

TEST_CASE("other files can be watched instead", "[watch]") {
  const TemporaryDirectory root;
  const std::string a = root.Write("a/nano.yaml", "1");
  const std::string b = root.Write("b/nano.yaml", "1");
  Watching watching({a});
  REQUIRE(watching.watch().Replace({b}).ok());
  root.Write("a/nano.yaml", "2");
  CHECK(watching.Quiet() == 0);
  root.Write("b/nano.yaml", "2");
  CHECK(watching.Changes() == 1);
  // A change before is told all the same.
  root.Write("b/nano.yaml", "3");
  watching.Run([] { return false; }, 10);
  REQUIRE(watching.watch().Replace({a}).ok());
  CHECK(watching.Changes() == 1);
}

TEST_CASE("a relative path is of the working directory", "[watch]") {
  const TemporaryDirectory root;
  root.Write("dist/manifest.json", "1");
  const fs::path before = fs::current_path();
  fs::create_directory(root / "here");
  fs::current_path(root / "here");
  Watching watching({"../dist/manifest.json"});
  fs::current_path(before);
  root.Write("dist/manifest.json", "2");
  CHECK(watching.Changes() == 1);
}

TEST_CASE("changes that go on are told once they have gone on for long", "[watch]") {
  const TemporaryDirectory root;
  const std::string file = root.Write("nano.yaml", "");
  Watching watching({file});
  int writes = 0;
  net::Timer writer(watching.loop(), [&] {
    ++writes;
    root.Write("nano.yaml", std::to_string(writes));
  });
  const uint64_t start = uv_now(watching.loop());
  constexpr uint64_t kStep = 10;
  writer.Start(0, kStep);
  watching.Run([&] { return watching.changes() > 0; }, kFailsafe);
  writer.Stop();
  CHECK(watching.changes() == 1);
  // Not while there was no quiet of a tenth of a second, which a machine that is busy may make.
  CHECK(uv_now(watching.loop()) - start >= static_cast<uint64_t>(Watch::kQuiet.count()));
  CHECK(writes > 1);
  // What came after that is told as well.
  CHECK(watching.Changes() >= 1);
}

TEST_CASE("a burst of events is one change", "[watch]") {
  const TemporaryDirectory root(test::MemoryDirectory());
  std::vector<std::string> files;
  for (int i = 0; i < 300; ++i) {
    files.push_back(root.Write("apps/app" + std::to_string(i) + "/nano.yaml", "1"));
  }
  Watching watching(files);
  for (const std::string& file : files) REQUIRE(chmod(file.c_str(), 0600) == 0);
  CHECK(watching.Changes() <= 2);
  // More than the kernel keeps: everything may have changed.
  for (int i = 0; i < 20'000; ++i) {
    REQUIRE(chmod(files[static_cast<size_t>(i) % files.size()].c_str(), i % 2 == 0 ? 0600 : 0644) ==
            0);
  }
  CHECK(watching.Changes() >= 1);
}

TEST_CASE("whoever is told may end the watching", "[watch]") {
  const TemporaryDirectory root;
  uv_loop_t loop;
  REQUIRE(uv_loop_init(&loop) == 0);
  std::unique_ptr<Watch> watch;
  Result<std::unique_ptr<Watch>> started = Watch::Start(
      &loop, {root / "nano.yaml"}, {.changed = [&watch] { watch.reset(); }, .failed = {}});
  REQUIRE(started.ok());
  watch = std::move(started).value();
  root.Write("nano.yaml", "1");
  uv_run(&loop, UV_RUN_DEFAULT);  // Nothing is left in it.
  CHECK(watch == nullptr);
  CHECK(uv_loop_close(&loop) == 0);
}

TEST_CASE("a system that has no room for watching says what to do", "[watch]") {
  const TemporaryDirectory root;
  uv_loop_t loop;
  REQUIRE(uv_loop_init(&loop) == 0);
  // No descriptor is left; the instances of a user are counted the same way.
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit none = before;
  none.rlim_cur = 0;
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  const auto refused = Watch::Start(&loop, {root / "nano.yaml"}, {});
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  REQUIRE_FALSE(refused.ok());
  CHECK_THAT(refused.error().hint, Contains("fs.inotify.max_user_instances"));
  CHECK_THAT(refused.error().hint, Contains("SIGHUP"));
  uv_run(&loop, UV_RUN_DEFAULT);
  CHECK(uv_loop_close(&loop) == 0);
}

}  // namespace
}  // namespace nano::server
