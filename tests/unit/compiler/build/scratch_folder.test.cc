// Scratch folders of builds that ended well, were killed, or go on.
#include "compiler/build/scratch_folder.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <optional>
#include <vector>

#include "tests/unit/temporary_directory.h"

using namespace nano;
using compiler::ScratchFolder;
namespace fs = std::filesystem;

namespace {

// TMPDIR for one test.
class TemporaryRoot {
 public:
  TemporaryRoot() { setenv("TMPDIR", directory.path().c_str(), 1); }
  ~TemporaryRoot() { unsetenv("TMPDIR"); }
  const test::TemporaryDirectory directory;
};

ScratchFolder Created() {
  Result<ScratchFolder> folder = ScratchFolder::Create();
  if (!folder.ok()) FAIL(folder.error().ToString());
  return std::move(folder).value();
}

// A build that makes a scratch folder, says so by the end of a pipe's writer, and waits to be
// killed.
pid_t StartBuild() {
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t build = fork();
  REQUIRE(build >= 0);
  if (build == 0) {
    const Result<ScratchFolder> folder = ScratchFolder::Create();
    if (!folder.ok() || write(ready[1], "+", 1) != 1) _exit(1);
    for (;;) pause();
  }
  close(ready[1]);
  char byte = 0;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  close(ready[0]);
  return build;
}

size_t Count(const TemporaryRoot& root) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(root.directory.path()), {}));
}

}  // namespace

TEST_CASE("a scratch folder ends with its owner") {
  const TemporaryRoot root;
  {
    const ScratchFolder folder = Created();
    CHECK(fs::is_directory(folder.path()));
    const ScratchFolder other = Created();
    CHECK(Count(root) == 2);
  }
  CHECK(Count(root) == 0);
}

TEST_CASE("what a killed build has left is removed by the next one, and nothing else") {
  const TemporaryRoot root;
  root.directory.Write("precious/file", "mine");
  fs::create_directory_symlink(root.directory / "precious", root.directory / "nanoc-build-linked");
  root.directory.Write("nanoc-build-notes1", "a file");
  const pid_t alive = StartBuild();
  const pid_t killed = StartBuild();
  REQUIRE(kill(killed, SIGKILL) == 0);
  REQUIRE(waitpid(killed, nullptr, 0) == killed);
  CHECK(Count(root) == 5);
  {
    const ScratchFolder next = Created();
    CHECK(Count(root) == 5);  // One went, one came.
  }
  CHECK(Count(root) == 4);
  CHECK(fs::exists(root.directory / "nanoc-build-linked/file"));
  CHECK(fs::exists(root.directory / "nanoc-build-notes1"));
  kill(alive, SIGKILL);
  waitpid(alive, nullptr, 0);
}

TEST_CASE("a scratch folder that cannot be made is an error") {
  setenv("TMPDIR", "/nowhere", 1);
  const Result<ScratchFolder> folder = ScratchFolder::Create();
  unsetenv("TMPDIR");
  REQUIRE_FALSE(folder.ok());
  CHECK(folder.error().where.starts_with("/nowhere/nanoc-build-"));
}

TEST_CASE("builds that begin at the same time take no folder from each other") {
  const TemporaryRoot root;
  std::vector<pid_t> builds(4);
  for (pid_t& build : builds) {
    build = fork();
    REQUIRE(build >= 0);
    if (build != 0) continue;
    for (int i = 0; i < 2000; ++i) {
      const Result<ScratchFolder> folder = ScratchFolder::Create();
      if (!folder.ok() || !fs::is_directory(folder.value().path())) _exit(1);
    }
    _exit(0);
  }
  for (const pid_t build : builds) {
    int status = -1;
    REQUIRE(waitpid(build, &status, 0) == build);
    CHECK(status == 0);
  }
  CHECK(Count(root) == 0);
}
