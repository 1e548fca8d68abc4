// Tests of the records of what goes on: begun, noted, ended, and forgotten in the end.
#include "server/deploy/operations.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

namespace nano::server {
namespace {

using State = OperationView::State;

constexpr auto kNothing = [](uint32_t) { return false; };

TEST_CASE("an operation runs until nobody has any of its versions", "[operations]") {
  Operations operations;
  const std::string id = operations.Begin("drain", "app", {1, 2}, 100);
  const OperationView* view = operations.Find(id);
  REQUIRE(view != nullptr);
  CHECK(view->state == State::kRunning);
  CHECK(view->kind == "drain");
  CHECK(view->app == "app");
  CHECK(view->started == 100);
  CHECK(view->ended == 0);

  const auto held = [](uint32_t version) { return version == 2; };
  CHECK(operations.Settle(held, 200).empty());
  CHECK(operations.Find(id)->state == State::kRunning);
  // What has been let go of once is not waited for again.
  CHECK(operations.Settle([](uint32_t version) { return version == 1; }, 300) ==
        std::vector<std::string>{id});
  CHECK(operations.Find(id)->state == State::kDone);
  CHECK(operations.Find(id)->ended == 300);
  CHECK(operations.Settle(kNothing, 400).empty());  // It ended once.
  CHECK(operations.Find(id)->ended == 300);
}

TEST_CASE("an operation of no versions is over when it is looked at", "[operations]") {
  Operations operations;
  const std::string id = operations.Begin("drain", "", {}, 1);
  CHECK(operations.Settle([](uint32_t) { return true; }, 2) == std::vector<std::string>{id});
}

TEST_CASE("an operation has what the workers say of its draining versions", "[operations]") {
  Operations operations;
  const std::string id = operations.Begin("drain", "app", {1}, 1);
  const std::string other = operations.Begin("drain", "other", {3}, 1);
  Status status;
  status.workers.resize(2);
  status.workers[0].versions = {{.app = "app", .id = 1, .draining = true, .in_flight = 4},
                                {.app = "app", .id = 2, .draining = false}};
  status.workers[1].versions = {{.app = "app", .id = 1, .draining = true, .in_flight = 5},
                                {.app = "app", .id = 3, .draining = false}};
  operations.Note(status);
  REQUIRE(operations.Find(id)->holding.size() == 2);
  CHECK(operations.Find(id)->holding[0].in_flight == 4);
  CHECK(operations.Find(id)->holding[1].in_flight == 5);
  CHECK(operations.Find(other)->holding.empty());  // It is served still.
  // Each note takes the place of the one before; what has ended holds nothing.
  status.workers[0].versions.clear();
  operations.Note(status);
  CHECK(operations.Find(id)->holding.size() == 1);
  operations.Settle(kNothing, 2);
  CHECK(operations.Find(id)->holding.empty());
  operations.Note(status);
  CHECK(operations.Find(id)->holding.empty());
}

TEST_CASE("of operations that have ended the last hundred are known", "[operations]") {
  Operations operations;
  const std::string running = operations.Begin("drain", "app", {1}, 1);
  std::vector<std::string> ids;
  for (int i = 0; i < 150; ++i) {
    ids.push_back(operations.Begin("drain", "app", {2}, 1));
    operations.Settle([](uint32_t version) { return version == 1; }, 2);
  }
  CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == ids.size());
  operations.Begin("drain", "app", {1}, 1);
  CHECK(operations.Find(ids[49]) == nullptr);
  CHECK(operations.Find(ids[50]) != nullptr);
  CHECK(operations.Find(ids[149]) != nullptr);
  CHECK(operations.Find(running) != nullptr);  // However old it is.
  CHECK(operations.Find("op0x0") == nullptr);
  CHECK(operations.Find("") == nullptr);
}

}  // namespace
}  // namespace nano::server
