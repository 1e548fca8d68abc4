// Deployments that a test scripts: it holds apps as they are, makes simple changes to them, and
// answers in the loop's next turn.
#pragma once

#include <sys/mman.h>
#include <unistd.h>
#include <uv.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/check.h"
#include "base/file.h"
#include "base/named.h"
#include "net/later.h"
#include "server/deploy/deployments.h"
#include "storage/cache/messages.h"
#include "storage/kv/messages.h"

namespace nano::server::admin::testing {

// Cron triggers that a test scripts; a call ends at once.
class FakeCrons final : public Crons {
 public:
  explicit FakeCrons(net::Later& later) : later_(later) {}
  std::vector<CronView> crons() override { return views; }
  void RunNow(CronRun run, Done done) override {
    asked.push_back(run);
    run.outcome = "ok";
    run.ms = 5;
    run.worker = 2;
    run.request = "r1";
    later_.Post([run, done = std::move(done)] { done(run); });
  }

  std::vector<CronView> views;
  std::vector<CronRun> asked;

 private:
  net::Later& later_;
};

class FakeDeployments final : public Deployments {
 public:
  FakeDeployments(uv_loop_t* loop, std::string folder)
      : folder_(std::move(folder)), later_(loop), events_(64, 1 << 20), lines_(64, 1 << 20) {
    overview_.release = 7;
    overview_.started = overview_.since = 1'769'868'187'123;
    overview_.dist = "dist";
    overview_.addresses = {"127.0.0.1:8080"};
    overview_.workers = {{.number = 1, .pid = 100, .since = overview_.started},
                         {.number = 2, .pid = 101, .since = overview_.started, .deaths = 1}};
    AddApp("shop");
    AddApp("blog");
    releases_.push_back({.number = 7, .time = overview_.since, .trigger = "start"});
    operations_["op1"] = {.id = "op1",
                          .kind = "drain",
                          .app = "shop",
                          .started = overview_.started,
                          .message = "2 streams",
                          .holding = {{.app = "shop", .digest = "d", .streams = 2}}};
  }

  AppView& AddApp(const std::string& name) {
    AppView app{.name = name, .etag = name + "-1"};
    app.version = VersionView{.digest = std::string(64, 'a'), .bytes = 1000, .id = 3};
    app.hosts = {name + ".localhost"};
    app.env = {{.name = "GREETING", .value = "hi"}, {.name = "TOKEN", .secret = true}};
    app.limits = {{"memory", "64MiB"}};
    overview_.apps.push_back(std::move(app));
    return overview_.apps.back();
  }

  const Overview& overview() override {
    ++overviews_;
    return overview_;
  }
  std::optional<AppView> app(std::string_view name) override {
    const AppView* app = FindNamed(overview_.apps, name);
    return app == nullptr ? std::nullopt : std::optional(*app);
  }
  void AskStatus(std::function<void(const Status&)> done) override {
    later_.Post([done] {
      Status status;
      status.workers.push_back(
          {.number = 1,
           .answered = true,
           .release = 7,
           .connections = 3,
           .resident = 1 << 20,
           .versions = {{.app = "shop", .digest = "d", .id = 3, .isolates = 1, .requests = 42}}});
      status.workers.push_back({.number = 2});
      done(status);
    });
  }
  Result<std::vector<KeptVersion>> Versions(std::string_view) override {
    return std::vector<KeptVersion>{
        {.digest = std::string(64, 'a'), .bytes = 1000, .generation = 2, .current = true},
        {.digest = std::string(64, 'b'), .bytes = 900, .source = Origin::kApi, .previous = true}};
  }
  const std::vector<ReleaseView>& releases() override { return releases_; }
  const OperationView* operation(std::string_view id) override {
    const auto found = operations_.find(std::string(id));
    return found == operations_.end() ? nullptr : &found->second;
  }
  Result<DiffView> Diff() override {
    if (diff_error_.has_value()) return *diff_error_;
    return DiffView{{{.app = "shop"}, {.app = "blog", .kind = AppDifference::Kind::kCode}}};
  }
  void Reload(const ReloadRequest& request, OutcomeCallback done) override {
    reloads_.push_back(request);
    Finish(done, {.kind = Outcome::Kind::kUnchanged, .release = 7, .message = "Nothing changed."});
  }
  void Change(AppChange change, OutcomeCallback done) override {
    std::string name = change.app;
    AppView* app = FindNamed(overview_.apps, name);
    Outcome outcome =
        scripted_.has_value() ? *std::exchange(scripted_, std::nullopt) : Make(change, app);
    changes_.push_back(std::move(change));
    Finish(done, std::move(outcome));
  }
  Crons& crons() override { return crons_; }
  std::string upload_folder() override { return folder_; }
  Feed& events() override { return events_; }
  const AppMetrics& metrics() const override { return metrics_; }
  uint64_t lost_log_lines() const override { return 7; }
  uint64_t TakeProfile(const ProfileRequest& request, ProfileCallback done) override {
    profiles_asked.push_back(request);
    if (holds_profiles) return 1;
    later_.Post([done = std::move(done)] {
      ProfileOutcome outcome{.file = Descriptor(memfd_create("profile", MFD_CLOEXEC)),
                             .bytes = kProfileBytes};
      const std::string text(kProfileBytes, 'p');
      NANO_CHECK(write(outcome.file.get(), text.data(), text.size()) == ssize_t{kProfileBytes});
      done(std::move(outcome));
    });
    return 1;
  }
  // Each namespace has one entry, and so has each app's cache; of one that is named `long` there is
  // more than one answer tells.
  void AskStore(StoreService service, std::string message, StoreDone done) override {
    if (service == StoreService::kCache) return AskCache(std::move(message), std::move(done));
    later_.Post([message = std::move(message), done = std::move(done)] {
      const kv::Request request = kv::DecodeRequest(message).value();
      kv::Answer answer;
      const bool writes =
          request.operation == kv::Operation::kPut || request.operation == kv::Operation::kDelete;
      if (!writes) {
        answer.entries.push_back(
            {.key = "k", .metadata = R"({"a":1})", .expiration = 2'000'000'000, .value = "\xff"});
      }
      const std::string encoded = kv::Encode(answer);
      done(std::string_view(encoded));
    });
  }
  void AskCache(std::string message, StoreDone done) {
    cache_asked.push_back(message);
    later_.Post([message = std::move(message), done = std::move(done)] {
      const cache::Request request = cache::DecodeRequest(message).value();
      if (request.app == "broken") return done(std::string_view());  // As of a store that failed.
      const bool more = request.app == "long" && request.after.empty();
      const std::string encoded =
          cache::Encode(cache::Answer{.size = 1,
                                      .figures = {{.app = "shop", .entries = 1, .bytes = 4096}},
                                      .after = more ? "0123456789abcdef0123456789abcdef" : ""});
      done(std::string_view(encoded));
    });
  }
  void CancelProfile(uint64_t token) override { profiles_cancelled.push_back(token); }

  static constexpr size_t kProfileBytes = 500'000;  // More than is sent at once.
  std::vector<ProfileRequest> profiles_asked;
  std::vector<uint64_t> profiles_cancelled;
  std::vector<std::string> cache_asked;  // Messages of the cache.
  bool holds_profiles = false;           // They never come.

  Feed& log_lines() override { return lines_; }

  AppMetrics metrics_{1};
  FakeCrons crons_{later_};

  // What was asked for, and what is answered to the next change instead of making it.
  std::vector<AppChange> changes_;
  std::vector<ReloadRequest> reloads_;
  std::optional<Outcome> scripted_;
  std::optional<Error> diff_error_;
  std::string uploaded_;  // The contents of the last snapshot that came.
  bool holds_ = false;    // Answers wait for Release.
  Overview overview_;
  int overviews_ = 0;  // How often it was asked for.
  std::map<std::string, OperationView> operations_;

  void Release() {
    holds_ = false;
    for (auto& work : std::exchange(held_, {})) later_.Post(std::move(work));
  }

 private:
  void Finish(OutcomeCallback done, Outcome outcome) {
    auto work = [done = std::move(done), outcome = std::move(outcome)] { done(outcome); };
    if (holds_) {
      held_.push_back(std::move(work));
    } else {
      later_.Post(std::move(work));
    }
  }

  Outcome Make(AppChange& change, AppView* app) {
    if (!change.precondition.Holds(app)) return {.kind = Outcome::Kind::kConflict};
    const bool created = app == nullptr;
    if (auto* put = std::get_if<PutApp>(&change.action)) {
      if (created) app = &AddApp(change.app);
      if (put->snapshot.has_value()) {
        uploaded_ = ReadFile(put->snapshot->path()).value();
        app->version->digest = put->snapshot->digest();
      }
    } else if (created) {
      return {.kind = Outcome::Kind::kNotFound, .message = "There is no app of this name."};
    }
    ++overview_.release;
    app->etag = change.app + "-" + std::to_string(overview_.release);
    if (std::holds_alternative<RemoveApp>(change.action)) app->state = AppState::kLeaving;
    const bool drains = std::holds_alternative<RemoveApp>(change.action);
    return {.kind = drains ? Outcome::Kind::kDraining : Outcome::Kind::kDone,
            .release = overview_.release,
            .created = created,
            .operation = drains ? "op1" : "",
            .apps = {{.app = change.app, .kind = AppDifference::Kind::kCode}}};
  }

  const std::string folder_;
  net::Later later_;
  Feed events_;
  Feed lines_;
  std::vector<ReleaseView> releases_;
  std::vector<std::function<void()>> held_;
};

}  // namespace nano::server::admin::testing
