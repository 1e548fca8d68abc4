// Tests of questions to all workers: each is waited for, but for those that end or say nothing.
#include "server/deploy/status_query.h"

#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/server/deploy/scripted_workers.h"

namespace nano::server {
namespace {

using namespace testing;

struct Question {
  explicit Question(size_t count)
      : workers(count, ReleaseOf(1, {})),
        queries(&workers.loop, workers,
                [](uint32_t version) -> std::pair<std::string, std::string> {
                  if (version != 1) return {};
                  return {"app", "digest"};
                }) {
    queries.Ask([this](const Status& status) {
      ++answers;
      result = status;
    });
  }

  // What a worker was asked by.
  uint64_t TokenOf(size_t i) {
    ScriptedWorker& worker = *workers.all[i];
    REQUIRE(workers.Until([&] { return worker.Heard(MessageKind::kAskStatus); }));
    const Result<StatusRequest> asked = Decode<StatusRequest>(worker.heard.back().body);
    REQUIRE(asked.ok());
    return asked->token;
  }
  bool Answered() {
    return workers.Until([this] { return answers != 0; });
  }

  ScriptedWorkers workers;
  StatusQueries queries;
  int answers = 0;
  std::optional<Status> result;
};

TEST_CASE("without workers a question is answered from the loop", "[status]") {
  Question question(0);
  CHECK(question.answers == 0);
  REQUIRE(question.Answered());
  CHECK(question.result->workers.empty());
}

TEST_CASE("a status has what each worker says, at its place", "[status]") {
  Question question(2);
  const uint64_t token = question.TokenOf(0);
  CHECK(question.TokenOf(1) == token);
  WorkerStatus second{.token = token, .release = 3, .connections = 7, .versions = {}};
  second.versions.push_back({.version = 1,
                             .draining = true,
                             .booted = true,
                             .heap_bytes = 100,
                             .external_bytes = 20,
                             .requests = 5,
                             .limits_hit = 2,
                             .evictions = 4,
                             .held = {.requests = 1, .streams = 2, .promises = 3, .queued = 4}});
  second.versions.push_back({.version = 9, .held = {}});
  question.queries.OnAnswer(question.workers.all[1]->link, second);
  question.workers.Deliver();
  CHECK(question.answers == 0);
  question.queries.OnAnswer(question.workers.all[0]->link, {.token = token, .versions = {}});
  REQUIRE(question.Answered());

  const std::vector<WorkerLoad>& workers = question.result->workers;
  REQUIRE(workers.size() == 2);
  CHECK(workers[0].number == 1);
  CHECK(workers[0].answered);
  CHECK(workers[1].connections == 7);
  CHECK(workers[1].release == 3);
  REQUIRE(workers[1].versions.size() == 2);
  const VersionLoad& load = workers[1].versions[0];
  CHECK(load.app == "app");
  CHECK(load.digest == "digest");
  CHECK(load.draining);
  CHECK(load.isolates == 1);
  CHECK(load.memory == 120);
  CHECK(load.requests == 5);
  CHECK(load.limits_hit == 2);
  CHECK(load.evictions == 4);
  CHECK(load.queued == 4);
  CHECK(load.in_flight == 1);
  CHECK(load.streams == 2);
  CHECK(load.wait_untils == 3);
  CHECK(workers[1].versions[1].app.empty());  // A version that is not known.
  CHECK(workers[1].versions[1].isolates == 0);
}

TEST_CASE("a worker that ends is not waited for, and is said to have said nothing", "[status]") {
  Question question(2);
  question.queries.OnAnswer(question.workers.all[0]->link,
                            {.token = question.TokenOf(0), .versions = {}});
  question.queries.OnEnded(question.workers.all[1]->link);
  REQUIRE(question.Answered());
  CHECK(question.result->workers[0].answered);
  CHECK_FALSE(question.result->workers[1].answered);
}

TEST_CASE("a worker that says nothing is waited for only so long", "[status]") {
  Question question(1);
  const uint64_t token = question.TokenOf(0);
  REQUIRE(question.Answered());
  CHECK_FALSE(question.result->workers[0].answered);
  // It is too late, and once is enough.
  question.queries.OnAnswer(question.workers.all[0]->link, {.token = token, .versions = {}});
  question.workers.Deliver();
  CHECK(question.answers == 1);
}

TEST_CASE("answers to no question, or from nobody who was asked, are not heeded", "[status]") {
  Question question(1);
  const uint64_t token = question.TokenOf(0);
  ScriptedWorker& late = question.workers.Start(false);
  question.queries.OnAnswer(late.link, {.token = token, .versions = {}});
  question.queries.OnAnswer(question.workers.all[0]->link, {.token = token + 1, .versions = {}});
  question.workers.Deliver();
  CHECK(question.answers == 0);
  // Questions do not disturb each other.
  int others = 0;
  question.queries.Ask([&others](const Status&) { ++others; });
  question.queries.OnEnded(question.workers.all[0]->link);
  question.queries.OnEnded(late.link);
  CHECK(question.workers.Until([&] { return others == 1 && question.answers == 1; }));
}

TEST_CASE("a worker that has not answered is not asked again", "[status]") {
  Question question(2);
  const uint64_t first = question.TokenOf(0);
  int others = 0;
  std::optional<Status> other;
  const auto ask = [&] {
    question.queries.Ask([&](const Status& status) {
      ++others;
      other = status;
    });
  };
  for (int i = 0; i < 3; ++i) ask();
  question.workers.Deliver();
  ScriptedWorker& worker = *question.workers.all[0];
  CHECK(worker.heard.size() == 1);
  CHECK(question.workers.all[1]->heard.size() == 1);
  // What it says to the first question may be older than the others, which are asked as one.
  question.queries.OnAnswer(worker.link, {.token = first, .connections = 1, .versions = {}});
  question.workers.Deliver();
  REQUIRE(worker.heard.size() == 2);
  const uint64_t last = question.TokenOf(0);
  CHECK(last == first + 3);
  question.queries.OnAnswer(worker.link, {.token = last, .connections = 2, .versions = {}});
  question.workers.Deliver();
  CHECK(worker.heard.size() == 2);
  CHECK(others == 0);
  question.queries.OnEnded(question.workers.all[1]->link);
  REQUIRE(question.workers.Until([&] { return others == 3 && question.answers == 1; }));
  CHECK(question.result->workers[0].connections == 1);
  CHECK(other->workers[0].connections == 2);
  CHECK_FALSE(other->workers[1].answered);
}

}  // namespace
}  // namespace nano::server
