// Tests of profiles between who asks and workers: which worker, one at a time, and every way to
// come to nothing.
#include "server/deploy/profiles.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/server/deploy/scripted_workers.h"

namespace nano::server {
namespace {

using namespace testing;
using Kind = ProfileOutcome::Kind;

struct Setting {
  explicit Setting(size_t count)
      : workers(count, ReleaseOf(1, {})),
        status(&workers.loop, workers,
               [](uint32_t) -> std::pair<std::string, std::string> {
                 return {"shop", "digest"};
               }),
        profiles(&workers.loop, workers, status) {}

  uint64_t Take(ProfileRequest request) {
    request.app = "shop";
    return profiles.Take(
        request, [this](ProfileOutcome outcome) { outcomes.push_back(std::move(outcome)); });
  }
  // Workers say what they have: these have an isolate of the app. Then something comes of it.
  void AnswerStatus(const std::vector<size_t>& booted, uint64_t heap = 1000) {
    const size_t before = outcomes.size();
    TellStatus(booted, heap);
    CHECK(workers.Until([&] { return Asked() != nullptr || outcomes.size() != before; }));
  }
  void TellStatus(const std::vector<size_t>& booted, uint64_t heap) {
    for (size_t i = 0; i < workers.all.size(); ++i) {
      ScriptedWorker& worker = *workers.all[i];
      REQUIRE(workers.Until([&] { return worker.Heard(MessageKind::kAskStatus); }));
      WorkerStatus answer{.token = Decode<StatusRequest>(worker.heard.back().body).value().token,
                          .versions = {}};
      if (std::count(booted.begin(), booted.end(), i) != 0) {
        answer.versions.push_back({.version = 1, .booted = true, .heap_bytes = heap, .held = {}});
      }
      status.OnAnswer(worker.link, answer);
      worker.heard.clear();
    }
  }
  // Who was asked for a profile.
  ScriptedWorker* Asked() {
    for (const auto& worker : workers.all) {
      if (worker->Heard(MessageKind::kProfile)) return worker.get();
    }
    return nullptr;
  }

  ScriptedWorkers workers;
  StatusQueries status;
  Profiles profiles;
  std::vector<ProfileOutcome> outcomes;
};

TEST_CASE("the first worker that has the app makes it, into a file that is handed out",
          "[profiles]") {
  Setting setting(3);
  const uint64_t token = setting.Take({.seconds = 30});
  setting.AnswerStatus({1, 2});
  ScriptedWorker* const worker = setting.Asked();
  REQUIRE(worker == setting.workers.all[1].get());
  const Packet& packet = worker->heard.back();
  const auto start = Decode<ProfileStart>(packet.body).value();
  CHECK(start.token == token);
  CHECK(start.app == "shop");
  CHECK(start.seconds == 30);
  CHECK_FALSE(start.heap);
  REQUIRE(packet.descriptor.get() >= 0);
  REQUIRE(write(packet.descriptor.get(), "profile", 7) == 7);
  setting.profiles.OnProfiled(worker->link, {.token = token, .error = {}});
  REQUIRE(setting.outcomes.size() == 1);
  CHECK(setting.outcomes[0].kind == Kind::kDone);
  CHECK(setting.outcomes[0].bytes == 7);
  char text[8] = {};
  CHECK(pread(setting.outcomes[0].file.get(), text, 7, 0) == 7);
  CHECK(std::string(text) == "profile");
}

TEST_CASE("one that has not booted it is as good, if none has; or the one that is asked for",
          "[profiles]") {
  Setting setting(2);
  setting.Take({});
  setting.AnswerStatus({});
  CHECK(setting.Asked() == setting.workers.all[0].get());
  setting.workers.all[0]->heard.clear();
  setting.Take({.worker = 2});
  setting.AnswerStatus({0});
  CHECK(setting.Asked() == setting.workers.all[1].get());
  setting.Take({.worker = 3});
  setting.AnswerStatus({0});
  REQUIRE(setting.workers.Until([&] { return !setting.outcomes.empty(); }));
  CHECK(setting.outcomes[0].kind == Kind::kFailed);
  CHECK(setting.outcomes[0].message == "There is no worker 3 that runs the app.");
}

TEST_CASE("a worker of the app's group is asked, whoever has an isolate of it", "[profiles]") {
  Setting setting(2);
  setting.workers.all[1]->link.group = "app:shop";
  setting.Take({.group = "app:shop"});
  setting.AnswerStatus({});
  CHECK(setting.Asked() == setting.workers.all[1].get());
  setting.Take({.worker = 1, .group = "app:shop"});
  setting.AnswerStatus({});
  REQUIRE(setting.outcomes.size() == 1);
  CHECK(setting.outcomes[0].message == "There is no worker 1 that runs the app.");
}

TEST_CASE("a worker makes one at a time", "[profiles]") {
  Setting setting(1);
  const uint64_t first = setting.Take({});
  setting.AnswerStatus({0});
  REQUIRE(setting.Asked() != nullptr);
  setting.workers.all[0]->heard.clear();
  setting.Take({});
  setting.AnswerStatus({0});
  REQUIRE(setting.outcomes.size() == 1);
  CHECK(setting.outcomes[0].kind == Kind::kBusy);
  setting.profiles.OnProfiled(setting.workers.all[0]->link, {.token = first, .error = {}});
  REQUIRE(setting.outcomes.size() == 2);
  CHECK(setting.outcomes[1].kind == Kind::kDone);
}

TEST_CASE("what keeps a profile from being made is told", "[profiles]") {
  Setting setting(2);
  const auto begin = [&] {
    const uint64_t token = setting.Take({});
    setting.AnswerStatus({0});
    REQUIRE(setting.Asked() != nullptr);
    setting.workers.all[0]->heard.clear();
    return token;
  };
  uint64_t token = begin();
  // Not another worker's business.
  setting.profiles.OnProfiled(setting.workers.all[1]->link, {.token = token, .error = "no"});
  setting.profiles.OnEnded(setting.workers.all[1]->link);
  CHECK(setting.outcomes.empty());
  setting.profiles.OnProfiled(setting.workers.all[0]->link, {.token = token, .error = "why"});
  begin();
  setting.profiles.OnEnded(setting.workers.all[0]->link);
  begin();
  setting.profiles.OnStopping();
  REQUIRE(setting.outcomes.size() == 3);
  CHECK(setting.outcomes[0].message == "why");
  CHECK(setting.outcomes[1].message == "The worker ended meanwhile.");
  CHECK(setting.outcomes[2].kind == Kind::kStopping);
}

TEST_CASE("a snapshot of a heap that there is no memory for is not begun", "[profiles]") {
  Setting setting(1);
  setting.Take({.heap = true});
  setting.AnswerStatus({0}, uint64_t{1} << 60);
  REQUIRE(setting.outcomes.size() == 1);
  CHECK(setting.outcomes[0].kind == Kind::kFailed);
  CHECK_THAT(setting.outcomes[0].message, Catch::Contains("left"));
  CHECK(setting.Asked() == nullptr);
}

TEST_CASE("nothing is told of one that is cancelled, and the worker is", "[profiles]") {
  Setting setting(1);
  const uint64_t early = setting.Take({});
  setting.profiles.Cancel(early);
  setting.TellStatus({0}, 1000);
  setting.workers.Deliver();
  CHECK(setting.Asked() == nullptr);
  const uint64_t token = setting.Take({});
  setting.AnswerStatus({0});
  ScriptedWorker& worker = *setting.workers.all[0];
  setting.profiles.Cancel(token);
  REQUIRE(setting.workers.Until([&] { return worker.Heard(MessageKind::kEndProfile); }));
  CHECK(Decode<ProfileToken>(worker.heard.back().body).value().token == token);
  setting.profiles.OnProfiled(worker.link, {.token = token, .error = {}});
  CHECK(setting.outcomes.empty());
}

}  // namespace
}  // namespace nano::server
