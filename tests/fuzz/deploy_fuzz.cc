// Fuzzes deployments: changes and reloads come as they like while workers answer late, fail, lie,
// hang or die (fake_workers.h), the disk refuses, and time passes.
//
// Whatever happens: each change has one outcome; workers commit only what all have prepared;
// numbers of releases only grow; what was said to be done is done, what was said to have failed has
// changed nothing; what is on disk makes what is served, so that a restart serves it again; and in
// the end all workers serve the same.
//
// An input is a list of actions, three bytes each.
#include <fcntl.h>
#include <unistd.h>
#include <uv.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/file.h"
#include "runtime/entry.h"
#include "server/deploy/deployer.h"
#include "server/deploy/kept_versions.h"
#include "server/deploy/stored_state_json.h"
#include "tests/fuzz/deployed_files.h"
#include "tests/fuzz/driver.h"
#include "tests/fuzz/fake_workers.h"

namespace {

using namespace nano;
using namespace nano::server;

using fuzz::DeployedFiles;

constexpr size_t kWorkers = 3;
constexpr size_t kCodes = DeployedFiles::kCodes;
constexpr auto& kApps = DeployedFiles::kApps;

config::Config ConfigWithGreeting(unsigned greeting) {
  config::Config config;
  config.path = "nano.yaml";
  for (const char* app : kApps) {
    config::AppSettings settings;
    settings.name = app;
    settings.directory = "/";
    settings.deployment.health = "/health";
    settings.env.push_back({.name = "FILES", .value = std::to_string(greeting), .place = {}});
    config.apps.push_back(std::move(settings));
  }
  return config;
}

// What requests to each app get, by its name; apps that are leaving get nothing.
using Described = std::map<std::string, std::string>;

std::string Describe(const ServedApp& app) {
  std::string text = app.version->digest;
  for (const auto& [name, value] : app.version->env) text += " " + name + "=" + value;
  for (const std::string& host : app.hosts) text += " " + host;
  if (app.canary) {
    text += " canary " + app.canary->version->digest + " " + std::to_string(app.canary->percent);
  }
  return text;
}

Described DescribeAll(const std::vector<ServedApp>& apps) {
  Described described;
  for (const ServedApp& app : apps) {
    if (!app.leaving) described[app.name()] = Describe(app);
  }
  return described;
}

// Time passes until the next timer is due, whenever that is. Whether there is one.
bool PassTime(uv_loop_t* loop) {
  uv_timer_t* next = nullptr;
  const auto look = [](uv_handle_t* handle, void* found) {
    auto*& first = *static_cast<uv_timer_t**>(found);
    if (handle->type != UV_TIMER || uv_is_active(handle) == 0) return;
    auto* timer = reinterpret_cast<uv_timer_t*>(handle);
    if (first == nullptr || uv_timer_get_due_in(timer) < uv_timer_get_due_in(first)) first = timer;
  };
  uv_walk(loop, look, &next);
  if (next == nullptr) return false;
  // The loop's clock is put forward for as long as the callback runs.
  loop->time += uv_timer_get_due_in(next);
  const uv_timer_cb callback = next->timer_cb;
  uv_timer_stop(next);
  callback(next);
  return true;
}

class Session {
 public:
  explicit Session(DeployedFiles& files)
      : files_(files),
        sink_(open("/dev/null", O_WRONLY | O_CLOEXEC)),
        log_(sink_, LogFormat::kJson) {
    NANO_CHECK(uv_loop_init(&loop_) == 0);
    state_folder_ = files_.folder + "/state";
    auto store = StateStore::Open(state_folder_);
    NANO_CHECK(store.ok());
    store_ = std::move(store).value();
    auto served =
        std::make_shared<ServedFiles>(ReadServedFiles(files_.dist, ConfigWithGreeting(0)).value());
    LoadedRelease loaded = ComposeRelease(*served, {}, nullptr, ids_).value();
    Deployer::First first{.release = Release::Make(1, std::move(loaded.apps)).value(),
                          .files = std::move(served),
                          .watched = {}};
    workers_ = std::make_unique<fuzz::FakeWorkers>(&loop_, kWorkers);
    deployer_ = std::make_unique<Deployer>(
        &loop_, *workers_, faults_, log_, ids_,
        Deployer::Options{
            .dist = files_.dist,
            .addresses = {},
            .load_config = [this](std::vector<std::string>*) -> Result<config::Config> {
              greeting_ = greetings_.front();
              greetings_.pop_front();
              if (greeting_ == kWrong) return Error{"it is wrong", "nano.yaml", ""};
              return ConfigWithGreeting(greeting_);
            },
            .watch = false,
            .store = store_.get()},
        std::move(first));
    described_ = DescribeAll(deployer_->current()->apps());
    workers_->Start(*deployer_);
  }

  ~Session() {
    deployer_.reset();
    workers_.reset();
    uv_run(&loop_, UV_RUN_DEFAULT);
    NANO_CHECK(uv_loop_close(&loop_) == 0);
    store_.reset();
    NANO_CHECK(RemoveTree(state_folder_).ok());
  }

  void Do(uint8_t what, uint8_t which, uint8_t how) {
    switch (what % 32) {
      case 0:
      case 1:
        return Patch(which, how);
      case 2:
        return Ask(which, RemoveApp{},
                   [this](const std::string& app) { NANO_CHECK(!described_.contains(app)); });
      case 3:
      case 4:
        return Put(which, how);
      case 5:
        return Ask(which, RollBack{"previous"}, nullptr);
      case 6:
        return SetTheCanary(which, how);
      case 7:
        return Ask(which, how % 2 == 0 ? decltype(AppChange::action)(EndCanary{}) : PromoteCanary{},
                   [this](const std::string& app) {
                     NANO_CHECK(described_[app].find(" canary ") == std::string::npos);
                   });
      case 8:
        return Reload(which, how);
      case 9:
        // The disk refuses what is to be saved, for a while.
        if (how % 2 == 0) {
          store_->Unlock();
        } else {
          NANO_CHECK(store_->Relock().ok());
        }
        return;
      case 10:
        PassTime(&loop_);
        return;
      case 11:
        if (which == 1 && how < 8) Stop();
        return;
      case 12:
        deployer_->AskStatus([](const Status&) {});
        return;
      case 13:
      case 14:
      case 15:
        uv_run(&loop_, UV_RUN_NOWAIT);
        return;
      default:
        workers_->Act(which, how);
        if (what >= 128) uv_run(&loop_, UV_RUN_NOWAIT);
    }
  }

  // Everybody does what is to be done; then nothing is left to do, and all is as it should be.
  void End() {
    if (!stopped_) NANO_CHECK(store_->Relock().ok());
    for (int quiet = 0, turns = 0; quiet < 4; ++turns) {
      NANO_CHECK(turns < 20'000);
      uv_run(&loop_, UV_RUN_NOWAIT);
      quiet = workers_->Behave() || (!stopped_ && PassTime(&loop_)) ? 0 : quiet + 1;
      if (stopped_ && turns > 100) return;
    }
    for (const int count : outcomes_) NANO_CHECK(count == 1);
    workers_->CheckServe(*deployer_->current());
    NANO_CHECK(!deployer_->overview().swapping);
    for (const ServedApp& app : deployer_->current()->apps()) {
      NANO_CHECK(!app.leaving || workers_->AnyLies());
    }
    if (!failed_reload_) CheckRestart();
  }

 private:
  static constexpr unsigned kWrong = 3;  // A configuration that cannot be read.
  using Holds = std::function<void(const std::string& app)>;

  void Ask(uint8_t which, decltype(AppChange::action) action, Holds holds,
           Precondition precondition = {}) {
    const std::string app = which % 16 == 15 ? "none" : kApps[which % 3];
    const size_t number = outcomes_.size();
    outcomes_.push_back(0);
    deployer_->Change(
        {.app = app, .precondition = std::move(precondition), .action = std::move(action)},
        [this, app, number, holds](const Outcome& outcome) {
          NANO_CHECK(++outcomes_[number] == 1);
          OnOutcome(outcome, app, holds);
        });
  }

  void Patch(uint8_t which, uint8_t how) {
    const std::string value = std::to_string(how % 8);
    Precondition precondition;
    if (how % 32 == 31) precondition = {.kind = Precondition::Kind::kEtag, .etags = {"stale"}};
    Ask(
        which,
        PatchApp{Json(Json::Object()).Set("env", Json(Json::Object()).Set("API", value)), {}},
        [this, value](const std::string& app) {
          NANO_CHECK(described_[app].find(" API=" + value) != std::string::npos);
        },
        std::move(precondition));
  }

  void Put(uint8_t which, uint8_t how) {
    const size_t code = how % kCodes;
    const std::string path = store_->upload_folder() + "/" + std::to_string(outcomes_.size());
    std::string bytes = files_.codes[code];
    const bool damaged = how >= 240;
    if (damaged) bytes[bytes.size() / 2] ^= 1;
    NANO_CHECK(WriteFileAtomically(path, bytes).ok());
    PutApp put;
    put.snapshot.emplace(path, bytes.size(), std::string(64, '0'));
    const std::string digest = files_.digests[code];
    Ask(which, std::move(put), [this, digest, damaged](const std::string& app) {
      NANO_CHECK(!damaged && described_[app].starts_with(digest));
    });
  }

  void SetTheCanary(uint8_t which, uint8_t how) {
    const std::string digest = files_.digests[how % kCodes];
    const uint32_t percent = how % 101;
    Ask(which, SetCanary{digest, percent}, [this, digest, percent](const std::string& app) {
      NANO_CHECK(described_[app].ends_with(" canary " + digest + " " + std::to_string(percent)));
    });
  }

  void Reload(uint8_t which, uint8_t how) {
    const size_t number = outcomes_.size();
    outcomes_.push_back(0);
    greetings_.push_back(which % 4);
    deployer_->Reload({.drop_state = how % 8 == 0}, [this, number](const Outcome& outcome) {
      NANO_CHECK(++outcomes_[number] == 1);
      // Of several apps one may have failed, and the others not.
      failed_reload_ = outcome.kind == Outcome::Kind::kFailed;
      OnOutcome(outcome, {}, nullptr);
    });
  }

  void OnOutcome(const Outcome& outcome, const std::string& app, const Holds& holds) {
    using Kind = Outcome::Kind;
    // What it was is not looked at any more.
    if (outcome.kind == Kind::kStopping) return;
    const Release& release = *deployer_->current();
    NANO_CHECK(outcome.release == release.number());
    NANO_CHECK(release.number() >= number_);
    const Described before = std::exchange(described_, DescribeAll(release.apps()));
    NANO_CHECK(described_ == before || release.number() > number_);
    number_ = release.number();
    const StoredState kept = std::exchange(kept_, store_->state());
    CheckOnDisk();
    switch (outcome.kind) {
      case Kind::kDone:
      case Kind::kDraining:
        if (holds) holds(app);
        break;
      case Kind::kUnchanged:
        NANO_CHECK(described_ == before);
        break;
      default:
        NANO_CHECK(!outcome.message.empty() || outcome.kind == Kind::kBusy);
        NANO_CHECK(outcome.kind != Kind::kFailed || !outcome.step.empty());
        // A change is to one app. Of a reload, what could be done is done.
        if (!app.empty()) NANO_CHECK(described_ == before && kept_ == kept);
    }
    for (const auto& [name, text] : described_) {
      if (app.empty() || name == app) continue;
      NANO_CHECK(before.contains(name) && before.at(name) == text);
    }
    if (!failed_reload_) CheckRestart();
  }

  void CheckOnDisk() const {
    const std::string path = state_folder_ + "/state.json";
    const Result<std::string> text = ReadFile(path);
    const StoredState saved = text.ok() ? DecodeState(*text, path).value() : StoredState();
    NANO_CHECK(saved == store_->state());
  }

  // A server that is started now serves what this one does.
  void CheckRestart() {
    const ServedFiles files = ReadServedFiles(files_.dist, ConfigWithGreeting(greeting_)).value();
    VersionIds ids;
    const ReleaseChanges changes{.state = store_->state(),
                                 .snapshot_path = [&](const std::string& digest) {
                                   return SnapshotFileOf(digest, files, store_.get());
                                 }};
    const Result<LoadedRelease> loaded = ComposeRelease(files, changes, nullptr, ids);
    NANO_CHECK(loaded.ok() &&
               DescribeAll(loaded->apps) == DescribeAll(deployer_->current()->apps()));
  }

  void Stop() {
    if (std::exchange(stopped_, true)) return;
    deployer_->OnStopping(false);
    for (const int count : outcomes_) NANO_CHECK(count == 1);
    NANO_CHECK(!deployer_->overview().swapping);
  }

  DeployedFiles& files_;
  LogSink sink_;
  Log log_;
  uv_loop_t loop_;
  AppFaults faults_{kWorkers + 1};
  VersionIds ids_;
  std::string state_folder_;
  std::unique_ptr<StateStore> store_;
  std::unique_ptr<fuzz::FakeWorkers> workers_;
  std::unique_ptr<Deployer> deployer_;
  std::deque<unsigned> greetings_;  // Of the reloads that are waiting.
  unsigned greeting_ = 0;           // Of the one that came last.
  bool failed_reload_ = false;
  bool stopped_ = false;
  std::vector<int> outcomes_;  // Of each change and reload: how many it had.
  // At the outcome before.
  uint64_t number_ = 1;
  Described described_;
  StoredState kept_;
};

fuzz::Material Material() {
  std::mt19937 random(7);
  fuzz::Material material{.seeds = {}, .tokens = {}, .longest = 3'000};
  for (int seed = 0; seed < 24; ++seed) {
    std::string input;
    for (size_t i = 0; i < 300 + 30 * static_cast<size_t>(seed); ++i) {
      input += static_cast<char>(random());
    }
    material.seeds.push_back(std::move(input));
  }
  // Actions: a change, a turn, a worker that does what it is to.
  using std::string;
  material.tokens = {string("\0\0\1", 3),   string("\3\1\2", 3),     string("\x06\1\1", 3),
                     string("\x0a\0\0", 3), string("\x0d\0\0", 3),   string("\x90\0\0", 3),
                     string("\x90\3\0", 3), string("\x90\1\3", 3),   string("\x90\2\3", 3),
                     string("\x90\3\3", 3), string("\x90\3\x0f", 3), string("\x02\1\0", 3)};
  return material;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static DeployedFiles files;
  Session session(files);
  for (size_t i = 0; i + 3 <= size; i += 3) session.Do(data[i], data[i + 1], data[i + 2]);
  session.End();
  return 0;
}

int NanoMain(int argc, char** argv) { return nano::fuzz::Drive(argc, argv, Material()); }
