// A deployer with all that it has in a server but processes: what is asked while it is busy, and
// what changes are noted against when the files are ahead of what is served.
#include "server/deploy/deployer.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <uv.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "tests/fuzz/deployed_files.h"
#include "tests/fuzz/fake_workers.h"
#include "tests/unit/run_until.h"

namespace nano::server {
namespace {

using Kind = Outcome::Kind;

// A server of the apps blog, shop and wiki with two workers, which do what they are told.
class Deployed {
 public:
  explicit Deployed(bool watch = false)
      : sink_(open("/dev/null", O_WRONLY | O_CLOEXEC)), log_(sink_, LogFormat::kJson) {
    REQUIRE(uv_loop_init(&loop_) == 0);
    store_ = StateStore::Open(files.folder + "/state").value();
    auto served = std::make_shared<ServedFiles>(ReadServedFiles(files.dist, Config()).value());
    Deployer::First first{.release = Compose(*served), .files = std::move(served), .watched = {}};
    workers_ = std::make_unique<fuzz::FakeWorkers>(&loop_, 2);
    Deployer::Options options{
        .dist = files.dist,
        .addresses = {},
        .load_config = [this](std::vector<std::string>*) -> Result<config::Config> {
          return ++reads, Config();
        },
        .watch = watch,
        .store = store_.get()};
    deployer.emplace(&loop_, *workers_, faults_, log_, ids_, std::move(options), std::move(first));
    workers_->Start(*deployer);
  }
  ~Deployed() {
    deployer.reset();
    workers_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop_) == 0);
  }

  // Turns the loop, with workers that do what they are to.
  bool Until(const std::function<bool()>& done) {
    return test::RunUntil(loop_, [&] { return (void)workers_->Behave(), done(); });
  }
  // For the kernel's news of files to come in, while no worker does anything.
  void TurnWithoutWorkers(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    test::RunUntil(loop_, [&] { return std::chrono::steady_clock::now() > end; });
  }
  std::vector<WorkerLink*> live() { return workers_->live(); }
  StateStore& store() { return *store_; }

  Kind Change(decltype(AppChange::action) action) {
    std::optional<Kind> came;
    deployer->Change({.app = "shop", .action = std::move(action)},
                     [&came](const Outcome& outcome) { came = outcome.kind; });
    REQUIRE(Until([&came] { return came.has_value(); }));
    return *came;
  }
  Kind Reload() {
    std::optional<Kind> came;
    deployer->Reload({}, [&came](const Outcome& outcome) { came = outcome.kind; });
    REQUIRE(Until([&came] { return came.has_value(); }));
    return *came;
  }
  PutApp Upload(size_t code) {
    const std::string path = store_->upload_folder() + "/upload";
    REQUIRE(WriteFileAtomically(path, files.codes[code]).ok());
    PutApp put;
    put.snapshot.emplace(path, files.codes[code].size(), files.digests[code]);
    return put;
  }
  // Gives the app another build in the dist, which may be none that can be served.
  std::string Build(const std::string& app, size_t code, bool damaged = false) {
    std::string bytes = files.codes[code];
    if (damaged) bytes[bytes.size() / 2] ^= 1;
    const std::string& digest = files.digests[code];
    REQUIRE(WriteFileAtomically(files.dist + "/" + snapshot::SnapshotPath(digest), bytes).ok());
    snapshot::Manifest manifest = snapshot::ReadManifest(files.dist).value().value();
    auto entry = std::find_if(manifest.apps.begin(), manifest.apps.end(),
                              [&app](const auto& each) { return each.name == app; });
    if (entry == manifest.apps.end()) {
      entry = manifest.apps.insert(entry, {.name = app, .limits = {.memory = 1 << 26}});
    }
    entry->digest = digest;
    entry->bytes = bytes.size();
    REQUIRE(WriteFileAtomically(files.dist + "/manifest.json", snapshot::EncodeManifest(manifest))
                .ok());
    return digest;
  }

  const AppVersion& Served(const std::string& app = "shop") const {
    const ServedApp* served = deployer->current()->Find(app);
    REQUIRE(served != nullptr);
    return *served->version;
  }
  std::string Greeting() const {
    for (const auto& [name, value] : Served().env) {
      if (name == "GREETING") return value;
    }
    return {};
  }
  // The app of a version; empty: nobody has it any more.
  std::string NameOf(uint32_t version) const { return faults_.name(version); }
  // What a server serves that is started now.
  const AppVersion& AfterRestart(const std::string& app = "shop") {
    restarted_ = Compose(ReadServedFiles(files.dist, Config()).value());
    const ServedApp* served = restarted_->Find(app);
    REQUIRE(served != nullptr);
    return *served->version;
  }

  fuzz::DeployedFiles files;
  std::string greeting = "files";  // That the configuration gives the shop.
  int reads = 0;                   // Of the configuration.
  std::optional<Deployer> deployer;

 private:
  config::Config Config() const {
    config::Config config;
    config.path = "nano.yaml";
    for (const char* name : {"blog", "new", "shop", "wiki"}) {
      config::AppSettings& app = config.apps.emplace_back();
      app.name = name;
      app.directory = "/";
      app.env.push_back({.name = "GREETING", .value = greeting, .place = {}});
    }
    return config;
  }

  std::shared_ptr<const Release> Compose(const ServedFiles& served) {
    const ReleaseChanges changes{
        .state = store_->state(), .snapshot_path = [&](const std::string& digest) {
          return store_->HasSnapshot(digest) ? store_->SnapshotPath(digest)
                                             : files.dist + "/" + snapshot::SnapshotPath(digest);
        }};
    LoadedRelease loaded = ComposeRelease(served, changes, nullptr, ids_).value();
    return Release::Make(1, std::move(loaded.apps)).value();
  }

  uv_loop_t loop_;
  LogSink sink_;
  Log log_;
  AppFaults faults_{3};
  VersionIds ids_;
  std::unique_ptr<StateStore> store_;
  std::unique_ptr<fuzz::FakeWorkers> workers_;
  std::shared_ptr<const Release> restarted_;
};

PatchApp GreetingOf(const std::string& value) {
  return {Json(Json::Object()).Set("env", Json(Json::Object()).Set("GREETING", value)), {}};
}

TEST_CASE("an upload counts against a build that could not be deployed", "[deployer]") {
  Deployed server;
  server.Build("shop", 0, true);
  REQUIRE(server.Reload() == Kind::kFailed);
  REQUIRE(server.Change(server.Upload(1)) == Kind::kDone);
  CHECK(server.Served().digest == server.files.digests[1]);
  // It is the newer of the two, and stays so.
  CHECK(server.Reload() == Kind::kUnchanged);
  CHECK(server.Served().digest == server.files.digests[1]);
  CHECK(server.AfterRestart().digest == server.files.digests[1]);
  // A build after it has the last word.
  const std::string built = server.Build("shop", 2);
  REQUIRE(server.Reload() == Kind::kDone);
  CHECK(server.Served().digest == built);
}

TEST_CASE("an upload counts against a build that lies in the dist and was never loaded",
          "[deployer]") {
  Deployed server;
  server.Build("shop", 0);
  REQUIRE(server.Change(server.Upload(1)) == Kind::kDone);
  CHECK(server.Reload() == Kind::kUnchanged);
  CHECK(server.AfterRestart().digest == server.files.digests[1]);
}

TEST_CASE("an upload counts against the first build of an app, which could not be deployed",
          "[deployer]") {
  Deployed server;
  server.Build("new", 0, true);
  REQUIRE(server.Reload() == Kind::kFailed);
  REQUIRE(server.deployer->current()->Find("new") == nullptr);
  std::optional<Kind> came;
  server.deployer->Change({.app = "new", .action = server.Upload(1)},
                          [&came](const Outcome& outcome) { came = outcome.kind; });
  REQUIRE(server.Until([&came] { return came.has_value(); }));
  REQUIRE(*came == Kind::kDone);
  CHECK(server.Reload() == Kind::kUnchanged);
  CHECK(server.Served("new").digest == server.files.digests[1]);
  CHECK(server.AfterRestart("new").digest == server.files.digests[1]);
}

TEST_CASE("a patch counts against the configuration that came with a build that failed",
          "[deployer]") {
  Deployed server;
  const std::string before = server.Served().digest;
  server.greeting = "newer";
  server.Build("shop", 0, true);
  REQUIRE(server.Reload() == Kind::kFailed);
  REQUIRE(server.Greeting() == "files");
  REQUIRE(server.Change(GreetingOf("api")) == Kind::kDone);
  CHECK(server.Greeting() == "api");
  CHECK(server.Served().digest == before);  // A patch says nothing of the code …
  const std::string built = server.Build("shop", 2);
  REQUIRE(server.Reload() == Kind::kDone);
  CHECK(server.Served().digest == built);  // … so that the next build is tried, …
  CHECK(server.Greeting() == "api");       // … and what it says is the newer.
  CHECK(server.AfterRestart().env.front().second == "api");
}

TEST_CASE("a patch takes nothing from a build that failed but what it is about", "[deployer]") {
  Deployed server;
  server.greeting = "newer";
  server.Build("shop", 0, true);
  REQUIRE(server.Reload() == Kind::kFailed);
  const Json env = Json(Json::Object()).Set("OTHER", "api");
  REQUIRE(server.Change(PatchApp{Json(Json::Object()).Set("env", env), {}}) == Kind::kDone);
  CHECK(server.Greeting() == "files");
  server.Build("shop", 2);
  REQUIRE(server.Reload() == Kind::kDone);
  CHECK(server.Greeting() == "newer");
}

TEST_CASE("an app that does not boot in a worker is refused, for as long as that is so",
          "[deployer]") {
  Deployed server;
  WorkerLink& worker = *server.live().front();
  const uint32_t version = server.Served().id;
  const auto say = [&](uint32_t broken) {
    server.deployer->OnMessage(worker, MessageKind::kBroken,
                               Encode(BrokenVersion{.version = broken, .why = "it is too large"}));
  };
  const auto refused = [&] {
    std::vector<std::string> names;
    for (const AppView& app : server.deployer->overview().apps) {
      if (app.state == AppState::kRefused) names.push_back(app.name + ": " + app.refusal);
    }
    return names;
  };
  REQUIRE(refused().empty());
  say(version + 1'000);
  CHECK(refused().empty());
  say(version);
  CHECK(refused() == std::vector<std::string>{"shop: it is too large"});
  CHECK(server.deployer->app("shop")->state == AppState::kRefused);
  SECTION("another version takes its place") {
    REQUIRE(server.Change(server.Upload(1)) == Kind::kDone);
  }
  SECTION("the worker ends") { server.deployer->OnEnded(worker, {.text = "was killed"}); }
  CHECK(refused().empty());
  CHECK(server.deployer->app("shop")->state == AppState::kServing);
}

TEST_CASE("a change is put off if a new server begins to take over before it is kept",
          "[deployer]") {
  Deployed server;
  std::optional<Outcome> came;
  server.deployer->Change({.app = "shop", .action = GreetingOf("api")},
                          [&came](const Outcome& outcome) { came = outcome; });
  REQUIRE(server.Until([&] { return server.deployer->overview().swapping; }));
  server.store().Unlock();
  REQUIRE(server.Until([&] { return came.has_value(); }));
  CHECK(came->kind == Kind::kBusy);
  CHECK_THAT(came->message, Catch::StartsWith("A new server is about to take over"));
  CHECK(server.Greeting() == "files");
  REQUIRE(server.store().Relock().ok());
  CHECK(server.Change(GreetingOf("api")) == Kind::kDone);
  CHECK(server.Greeting() == "api");
}

TEST_CASE("files that change while too much waits are read all the same, again and again",
          "[deployer]") {
  Deployed server(true);
  REQUIRE(server.Change(EndCanary{}) == Kind::kUnchanged);  // After the first look at the files.
  REQUIRE(server.reads == 1);
  std::optional<Kind> came;
  server.deployer->Change({.app = "shop", .action = server.Upload(1)},
                          [&came](const Outcome& outcome) { came = outcome.kind; });
  REQUIRE(server.Until([&] { return server.deployer->overview().swapping; }));
  int refused = 0;
  for (int i = 0; i < 1'100; ++i) {
    server.deployer->Change({.app = "none", .action = RemoveApp{}}, [&](const Outcome& outcome) {
      refused += outcome.kind == Kind::kBusy ? 1 : 0;
    });
  }
  REQUIRE(refused > 0);
  server.Build("shop", 2);
  server.TurnWithoutWorkers(3 * Watch::kQuiet);
  REQUIRE_FALSE(came.has_value());  // Nothing that waits has had its turn.
  REQUIRE(server.Until([&] { return server.reads == 2; }));
  server.Build("shop", 3);
  CHECK(server.Until([&] { return server.reads == 3; }));
}

TEST_CASE("whoever waits when the server stops is told that nothing has changed", "[deployer]") {
  Deployed server;
  std::vector<Kind> kinds;
  const auto note = [&kinds](const Outcome& outcome) { kinds.push_back(outcome.kind); };
  server.deployer->Change({.app = "shop", .action = server.Upload(1)}, note);
  REQUIRE(server.Until([&] { return server.deployer->overview().swapping; }));
  server.deployer->Change({.app = "shop", .action = RemoveApp{}}, note);
  std::optional<bool> failed;
  server.deployer->OnReloadSignal([&failed](bool so) { failed = so; });
  CHECK(kinds.empty());
  server.deployer->OnStopping(false);
  CHECK(kinds == std::vector<Kind>{Kind::kStopping, Kind::kStopping});
  CHECK(failed == true);
  CHECK_FALSE(server.deployer->overview().swapping);
  CHECK(server.deployer->current()->number() == 1);
}

TEST_CASE("a disk without room for the state is told as that, and nothing has changed",
          "[deployer]") {
  Deployed server;
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &none) == 0);
  const Kind full = server.Change(GreetingOf("api"));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK(full == Kind::kNoSpace);
  CHECK(server.Greeting() == "files");
  CHECK(server.deployer->overview().swaps_failed == 1);
  CHECK(server.Change(GreetingOf("api")) == Kind::kDone);
}

TEST_CASE("apps that were removed leave in one go, however often workers speak", "[deployer]") {
  Deployed server;
  REQUIRE(server.Change(RemoveApp{}) == Kind::kDraining);
  const size_t before = server.deployer->releases().size();
  REQUIRE(server.Until([&] {
    // Nothing new each time.
    for (WorkerLink* worker : server.live()) {
      server.deployer->OnMessage(*worker, MessageKind::kDraining, Encode(DrainingVersions{}));
    }
    return server.deployer->current()->Find("shop") == nullptr;
  }));
  REQUIRE(server.Change(EndCanary{}) == Kind::kNotFound);  // After all that was waiting.
  CHECK(server.deployer->releases().size() == before + 1);
  CHECK(server.deployer->overview().swaps_unchanged == 0);
}

TEST_CASE("a version is known for as long as a worker may come to it", "[deployer]") {
  Deployed server;
  const uint32_t first = server.Served().id;
  REQUIRE(server.Change(GreetingOf("one")) == Kind::kDone);
  const uint32_t second = server.Served().id;
  REQUIRE(server.Until([&] { return server.NameOf(first).empty(); }));
  // It has been told of two releases, and has come to neither.
  WorkerLink& busy = *server.live()[1];
  busy.on_the_way.push_back({.release = 1'000, .versions = {second}});
  REQUIRE(server.Change(GreetingOf("two")) == Kind::kDraining);
  CHECK(server.NameOf(second) == "shop");
  CHECK(busy.on_the_way.size() == 1);  // To what came before and after, it has.
  server.deployer->OnMessage(busy, MessageKind::kAborted, Encode(ReleaseNumber{1'000}));
  REQUIRE(server.Until([&] { return server.NameOf(second).empty(); }));
}

TEST_CASE("a worker that comes late and cannot boot what is served is replaced", "[deployer]") {
  Deployed server;
  const uint64_t before = server.live()[1]->id;
  const Prepared late{.number = server.deployer->current()->number(),
                      .error = {},
                      .failures = {{server.Served().id, "boot", "it has no memory"}}};
  server.deployer->OnMessage(*server.live()[1], MessageKind::kPrepared, Encode(late));
  REQUIRE(server.Until([&] {
    const std::vector<WorkerLink*> workers = server.live();
    return workers.size() == 2 && workers[1]->id != before;
  }));
}

}  // namespace
}  // namespace nano::server
