// The state's folder: what is saved is there, whoever is killed when; and nobody else has it.
#include "server/deploy/state_store.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <iterator>
#include <memory>
#include <string>

#include "base/file.h"
#include "server/deploy/stored_state_json.h"
#include "tests/unit/killed_process.h"
#include "tests/unit/temporary_directory.h"

namespace nano::server {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;
using test::TemporaryDirectory;

std::unique_ptr<StateStore> Opened(const std::string& path) {
  Result<std::unique_ptr<StateStore>> store = StateStore::Open(path);
  if (!store.ok()) FAIL(store.error().ToString());
  return std::move(store).value();
}

std::string Digest(char digit) { return std::string(64, digit); }

// A state in which the app has the code of a digest.
StoredState WithCode(char digit) {
  StoredState state;
  state.Put(StoredApp{.name = "shop", .code = StoredApp::Code{{Digest(digit), 4}, ""}});
  return state;
}

unsigned ModeOf(const std::string& path) {
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

}  // namespace

TEST_CASE("what is saved is there when the server starts again", "[state]") {
  const TemporaryDirectory root;
  const std::string path = root / "dist/.state";
  const std::string snapshot = root.Write("upload", "code");
  {
    const auto store = Opened(path);
    CHECK(store->state() == StoredState());
    // Nothing names what is not there.
    CHECK_THAT(store->Save(WithCode('a')).error().message, Contains("is missing"));
    REQUIRE(store->AddSnapshot(snapshot, Digest('a')).ok());
    REQUIRE(store->Save(WithCode('a')).ok());
    CHECK(store->state() == WithCode('a'));
  }
  fs::remove(snapshot);
  const auto store = Opened(path);
  CHECK(store->state() == WithCode('a'));
  CHECK(store->HasSnapshot(Digest('a')));
  CHECK(root.Read("dist/.state/snapshots/" + Digest('a') + ".snap") == "code");
}

TEST_CASE("a state goes along when its dist is replaced", "[state]") {
  const TemporaryDirectory root;
  const std::string path = root / "dist/.state";
  const auto store = Opened(path);
  REQUIRE(store->AddSnapshot(root.Write("upload", "code"), Digest('a')).ok());
  REQUIRE(store->Save(WithCode('a')).ok());
  REQUIRE(store->Follow().ok());
  const auto check = [&] {
    CHECK(store->state() == WithCode('a'));
    CHECK(root.Read("dist/.state/snapshots/" + Digest('a') + ".snap") == "code");
    // It is this one that is saved from now on, and locked.
    REQUIRE(store->Save(StoredState()).ok());
    REQUIRE(store->Save(WithCode('a')).ok());
    CHECK(store->SnapshotPath(Digest('a')) == path + "/snapshots/" + Digest('a') + ".snap");
    CHECK_THAT(root.Read("dist/.state/state.json"), Contains(Digest('a')));
  };
  SECTION("by a rename") {
    fs::rename(root / "dist", root / "old");
    // There is none for a moment: none is made.
    CHECK_FALSE(store->Follow().ok());
    CHECK_FALSE(fs::exists(root / "dist"));
    fs::create_directory(root / "dist");
    REQUIRE(store->Follow().ok());
    check();
  }
  SECTION("by a link to one that has an old state") {
    fs::rename(root / "dist", root / "first");
    REQUIRE(Opened(root / "second/.state")->Save(StoredState()).ok());
    root.Write("second/.state/uploads/left", "half");
    fs::create_directory_symlink("second", root / "dist");
    REQUIRE(store->Follow().ok());
    CHECK_FALSE(fs::exists(root / "second/.state/uploads/left"));
    check();
  }
  SECTION("but not to one that is another server's, or of another time") {
    fs::rename(root / "dist", root / "old");
    root.Write("dist/.state/state.json", "{}");
    CHECK_FALSE(store->Follow().ok());
    CHECK(root.Read("dist/.state/state.json") == "{}");
    CHECK(store->state() == WithCode('a'));
  }
}

TEST_CASE("nobody else can read a state", "[state]") {
  const TemporaryDirectory root;
  fs::create_directories(root / "state");
  fs::permissions(root / "state", fs::perms::all);
  REQUIRE(Opened(root / "state")->Save(StoredState()).ok());
  CHECK(ModeOf(root / "state") == 0700);
  CHECK(ModeOf(root / "state/state.json") == 0600);
}

TEST_CASE("a snapshot is linked where that can be, and replaces a damaged one", "[state]") {
  const TemporaryDirectory root;
  const auto store = Opened(root / "state");
  const std::string file = root.Write("dist/x.snap", "code");
  REQUIRE(store->AddSnapshot(file, Digest('a')).ok());
  CHECK(fs::hard_link_count(file) == 2);
  REQUIRE(store->AddSnapshot(file, Digest('a')).ok());  // The same once more.
  CHECK(fs::hard_link_count(file) == 2);
  const std::string kept = store->SnapshotPath(Digest('a'));
  fs::remove(kept);
  root.Write("state/snapshots/" + Digest('a') + ".snap", "damaged");
  REQUIRE(store->AddSnapshot(file, Digest('a')).ok());
  CHECK(*ReadFile(kept) == "code");
  // From another file system.
  const TemporaryDirectory memory(test::MemoryDirectory());
  REQUIRE(store->AddSnapshot(memory.Write("y.snap", "other"), Digest('b')).ok());
  CHECK(*ReadFile(store->SnapshotPath(Digest('b'))) == "other");
  CHECK_FALSE(store->AddSnapshot(root / "absent", Digest('c')).ok());
  CHECK(std::distance(fs::directory_iterator(root / "state/snapshots"), {}) == 2);
}

TEST_CASE("snapshots that nobody needs go, and no others", "[state]") {
  const TemporaryDirectory root;
  const auto store = Opened(root / "state");
  const std::string file = root.Write("x.snap", "code");
  for (const char digit : {'a', 'b', 'c', 'd', 'e'}) {
    REQUIRE(store->AddSnapshot(file, Digest(digit)).ok());
  }
  root.Write("state/snapshots/notes", "mine");
  StoredState state = WithCode('a');
  StoredApp shop = *state.Find("shop");
  shop.previous = StoredSnapshot{Digest('b'), 4};
  shop.canary = StoredApp::Canary{{Digest('c'), 4}, 5, "", ""};
  state.Put(shop);
  REQUIRE(store->Save(state).ok());
  store->RemoveUnused({Digest('d')});
  for (const char digit : {'a', 'b', 'c', 'd'}) CHECK(store->HasSnapshot(Digest(digit)));
  CHECK_FALSE(store->HasSnapshot(Digest('e')));
  CHECK(root.Read("state/snapshots/notes") == "mine");
  // One by one.
  for (const char digit : {'a', 'b', 'c', 'd', 'e'}) store->RemoveIfUnused(Digest(digit));
  for (const char digit : {'a', 'b', 'c'}) CHECK(store->HasSnapshot(Digest(digit)));
  CHECK_FALSE(store->HasSnapshot(Digest('d')));
}

TEST_CASE("of a state that is saved again the apps that are the same are written as they were",
          "[state]") {
  const TemporaryDirectory root;
  const std::string path = root / "state";
  StoredState state;
  for (const char* name : {"a", "b", "c"}) {
    state.Put(StoredApp{.name = name, .settings = {{{"env", "A"}, Json(name), ""}}});
  }
  {
    const auto store = Opened(path);
    REQUIRE(store->Save(state).ok());
    state.Remove("a");
    state.Put(StoredApp{.name = "b", .removed = true});
    state.Put(StoredApp{.name = "bb", .removed = true});
    REQUIRE(store->Save(state).ok());
    CHECK(root.Read("state/state.json") == EncodeState(state));
  }
  CHECK(Opened(path)->state() == state);
}

TEST_CASE("what a server that was killed left half-written is removed", "[state]") {
  const TemporaryDirectory root;
  root.Write("state/state.json.7-1.tmp", "half");
  root.Write("state/snapshots/" + Digest('a') + ".snap.7-0.tmp", "half");
  root.Write("state/uploads/1", "half");
  const auto store = Opened(root / "state");
  CHECK_FALSE(fs::exists(root / "state/state.json.7-1.tmp"));
  CHECK(fs::is_empty(root / "state/snapshots"));
  CHECK(fs::is_empty(store->upload_folder()));
}

TEST_CASE("a state that cannot be read loses nothing", "[state]") {
  const TemporaryDirectory root;
  for (const std::string& text : {std::string("{\"format\":1,"), std::string("{\"format\":9}")}) {
    root.Write("state/state.json", text);
    root.Write("state/snapshots/" + Digest('a') + ".snap", "code");
    root.Write("state/state.json.7-1.tmp", "half");
    const auto refused = StateStore::Open(root / "state");
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().where == root / "state/state.json");
    CHECK_THAT(refused.error().hint, Contains("move it away"));
    CHECK(root.Read("state/state.json") == text);
    CHECK(fs::exists(root / ("state/snapshots/" + Digest('a') + ".snap")));
    CHECK(fs::exists(root / "state/state.json.7-1.tmp"));
  }
  // As the message says.
  fs::rename(root / "state/state.json", root / "aside");
  CHECK(Opened(root / "state")->state() == StoredState());
}

TEST_CASE("two servers do not share a state, but one can take it over", "[state]") {
  const TemporaryDirectory root;
  auto store = Opened(root / "state");
  const auto in_child = [&](auto&& run) {
    const pid_t child = fork();
    if (child == 0) _exit(run() ? 0 : 1);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  };
  const pid_t owner = getpid();
  CHECK(in_child([&] {
    const auto refused = StateStore::Open(root / "state");
    return !refused.ok() && refused.error().message.find("(process " + std::to_string(owner) +
                                                         ")") != std::string::npos;
  }));
  // A child that has inherited everything does not have it, and its end gives nothing up.
  CHECK(in_child([&] {
    store.reset();
    return true;
  }));
  const auto is_taken = [&] { return !StateStore::Open(root / "state").ok(); };
  CHECK(in_child(is_taken));
  // An upgrade may fail before it has given anything up.
  REQUIRE(store->Relock().ok());
  CHECK(in_child(is_taken));

  const std::string file = root.Write("x.snap", "code");
  REQUIRE(store->AddSnapshot(file, Digest('a')).ok());
  store->Unlock();
  CHECK(in_child([&] { return StateStore::Open(root / "state").ok(); }));
  CHECK_THAT(store->Save(StoredState()).error().message, Contains("another server"));
  // What is there may be what the other one has just been given.
  CHECK_THAT(store->AddSnapshot(file, Digest('b')).error().message, Contains("another server"));
  store->RemoveUnused({});
  store->RemoveIfUnused(Digest('a'));
  CHECK(store->HasSnapshot(Digest('a')));
  REQUIRE(store->Relock().ok());
  CHECK(in_child(is_taken));
  store->RemoveUnused({});
  CHECK_FALSE(store->HasSnapshot(Digest('a')));
}

TEST_CASE("a server that is killed at any system call leaves the old state or the new one",
          "[state]") {
  const TemporaryDirectory root(test::MemoryDirectory());
  const std::string next = root.Write("next.snap", "next");
  {
    const auto store = Opened(root / "before");
    REQUIRE(store->AddSnapshot(root.Write("first.snap", "first"), Digest('a')).ok());
    REQUIRE(store->Save(WithCode('a')).ok());
  }
  int old = 0;
  int fresh = 0;
  const int calls = test::KilledAtEachCall(
      [&] {
        fs::remove_all(root / "state");
        fs::copy(root / "before", root / "state", fs::copy_options::recursive);
      },
      [&] {
        const auto store = StateStore::Open(root / "state");
        if (!store.ok() || !(*store)->AddSnapshot(next, Digest('b')).ok()) _exit(1);
        if (!(*store)->Save(WithCode('b')).ok()) _exit(2);
        (*store)->RemoveUnused({});
      },
      [&](bool killed) {
        const auto store = Opened(root / "state");
        const bool is_new = store->state() == WithCode('b');
        if (!is_new) REQUIRE(store->state() == WithCode('a'));
        old += is_new ? 0 : 1;
        fresh += is_new && killed ? 1 : 0;
        REQUIRE(*ReadFile(store->SnapshotPath(Digest(is_new ? 'b' : 'a'))) ==
                (is_new ? "next" : "first"));
        store->RemoveUnused({});
        REQUIRE(std::distance(fs::directory_iterator(root / "state/snapshots"), {}) == 1);
        REQUIRE(std::distance(fs::directory_iterator(root / "state"), {}) == 4);
      });
  CHECK(calls > 20);
  CHECK(old > 10);
  CHECK(fresh > 0);
}

}  // namespace nano::server
