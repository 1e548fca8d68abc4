// Tests of what is told of circuits, and when.
#include "server/deploy/circuit_watch.h"

#include <uv.h>

#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/handles.h"

namespace nano::server {
namespace {

using State = Circuit::State;

constexpr uint64_t kFar = 60'000;

struct Watched {
  Watched() {
    REQUIRE(uv_loop_init(&loop) == 0);
    watch = std::make_unique<CircuitWatch>(
        &loop,
        [this](uint32_t version) {
          ++asked;
          const auto found = circuits.find(version);
          return found == circuits.end() ? std::nullopt : std::optional(found->second);
        },
        [this](const std::string& app, uint32_t version, const Circuit& circuit) {
          told.push_back(app + " " + std::to_string(version) + " " + NameOf(circuit.state) + " " +
                         std::to_string(circuit.deaths));
        });
  }
  ~Watched() {
    watch.reset();
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
  }
  std::vector<std::string> Told() { return std::exchange(told, {}); }

  uv_loop_t loop{};
  std::map<uint32_t, Circuit> circuits;
  std::vector<std::string> told;
  int asked = 0;
  std::unique_ptr<CircuitWatch> watch;
};

using Texts = std::vector<std::string>;

TEST_CASE("circuits are told of when they open, longer as well, and when there is none any more",
          "[deploy]") {
  Watched watched;
  watched.circuits[5] = {.deaths = 4, .left_ms = kFar};
  watched.watch->Note(5, "poison");
  CHECK(watched.Told().empty());
  for (const uint32_t deaths : {5, 6}) {
    watched.circuits[5] = {.state = State::kOpen, .deaths = deaths, .left_ms = kFar};
    watched.watch->Note(5, "poison");
    watched.watch->Check();
    CHECK(watched.Told() == Texts{"poison 5 open " + std::to_string(deaths)});
  }
  watched.circuits.erase(5);
  watched.watch->Check();
  CHECK(watched.Told() == Texts{"poison 5 closed 0"});
  // What is over is not asked for again.
  const int asked = watched.asked;
  watched.watch->Check();
  CHECK(watched.asked == asked);
}

TEST_CASE("a circuit that is tried and closes by time alone is told of", "[deploy]") {
  Watched watched;
  watched.circuits[5] = {.state = State::kOpen, .deaths = 5, .left_ms = 1};
  watched.watch->Note(5, "poison");
  watched.circuits[5] = {.state = State::kTrial, .deaths = 5, .left_ms = 1};
  uv_run(&watched.loop, UV_RUN_ONCE);
  CHECK(watched.Told() == Texts{"poison 5 open 5", "poison 5 trial 5"});
  watched.circuits.erase(5);
  uv_run(&watched.loop, UV_RUN_DEFAULT);  // Ends, for nothing is waited for any more.
  CHECK(watched.Told() == Texts{"poison 5 closed 0"});
}

TEST_CASE("a version that gets no requests any more has no circuit to tell of", "[deploy]") {
  Watched watched;
  watched.watch->Note(5, "poison");
  CHECK(watched.Told().empty());
  CHECK_FALSE(uv_loop_alive(&watched.loop));
}

}  // namespace
}  // namespace nano::server
