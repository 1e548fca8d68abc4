// What goes on after its request was answered: how it is told, and when it ends.
#include "server/deploy/operations.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

namespace nano::server {
namespace {

TEST_CASE("an operation ends when nobody holds any of its versions", "[operations]") {
  Operations operations;
  std::set<uint32_t> held = {1, 2};
  const auto is_held = [&held](uint32_t version) { return held.contains(version); };
  const std::string id = operations.Begin(Operations::kDrain, "shop", {1, 2}, 1'000);
  CHECK(operations.Settle(is_held, 1'100).empty());
  held = {2};
  CHECK(operations.Settle(is_held, 1'200).empty());
  const OperationView* view = operations.Find(id);
  REQUIRE(view != nullptr);
  CHECK(view->state == OperationView::State::kRunning);
  CHECK(view->started == 1'000);
  CHECK(view->ended == 0);
  held = {1};  // One that was let go of is not waited for again.
  CHECK(operations.Settle(is_held, 1'300) == std::vector<std::string>{id});
  CHECK(view->state == OperationView::State::kDone);
  CHECK(view->ended == 1'300);
  CHECK(operations.Settle(is_held, 1'400).empty());
}

TEST_CASE("a removal says what is refused meanwhile, and that it is over", "[operations]") {
  Operations operations;
  const std::string id = operations.Begin(Operations::kRemove, "shop", {1}, 1'000);
  CHECK(operations.Find(id)->kind == "remove");
  CHECK_THAT(operations.Find(id)->message, Catch::Contains("503"));
  operations.Settle([](uint32_t) { return false; }, 2'000);
  CHECK(operations.Find(id)->message == "the removal is over");
}

TEST_CASE("what holds an operation is what draining versions have under way", "[operations]") {
  Operations operations;
  const std::string id = operations.Begin(Operations::kDrain, "shop", {1}, 1'000);
  Status status;
  status.workers.push_back(
      {.number = 1,
       .versions = {{.app = "shop", .id = 1, .draining = true, .streams = 2},
                    {.app = "shop", .id = 2, .draining = false, .streams = 3},
                    {.app = "blog", .id = 3, .draining = true, .streams = 4}}});
  operations.Note(status, [](const std::set<uint32_t>& versions) {
    return std::vector<HolderView>{{.number = static_cast<uint32_t>(versions.size())}};
  });
  REQUIRE(operations.Find(id)->workers.size() == 1);
  CHECK(operations.Find(id)->workers.front().number == 1);
  REQUIRE(operations.Find(id)->holding.size() == 1);
  CHECK(operations.Find(id)->holding[0].streams == 2);
}

TEST_CASE("of operations that have ended, the last hundred are remembered", "[operations]") {
  Operations operations;
  const std::string running = operations.Begin(Operations::kDrain, "a", {7}, 1);
  std::string first;
  std::string last;
  for (int i = 0; i < 150; ++i) {
    last = operations.Begin(Operations::kDrain, "b", {1}, 1);
    if (first.empty()) first = last;
    operations.Settle([](uint32_t version) { return version == 7; }, 2);
  }
  CHECK(operations.Find(first) == nullptr);
  CHECK(operations.Find(last) != nullptr);
  CHECK(operations.Find(running) != nullptr);
}

}  // namespace
}  // namespace nano::server
