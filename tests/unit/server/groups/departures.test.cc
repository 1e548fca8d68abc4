// Tests of the ways out of a worker: nothing is lost, nothing overtakes, nothing waits for ever.
#include "server/groups/departures.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "tests/unit/run_until.h"

namespace nano::server {
namespace {

class Ways {
 public:
  Ways() {
    REQUIRE(uv_loop_init(&loop) == 0);
    departures.emplace(&loop, [this](HandedConnection connection, Departures::Why why) {
      CHECK(connection.socket.get() >= 0);
      back.emplace_back(connection.input, why);
      if (on_back) on_back(std::move(connection));
    });
  }
  ~Ways() {
    departures.reset();
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop) == 0);
  }

  // The receiving end.
  Descriptor Open(const std::string& group) {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) == 0);
    departures->SetChannel(group, Descriptor(ends[0]));
    return Descriptor(ends[1]);
  }
  void Send(const std::string& group, std::string input, uint64_t since = 0, uint32_t hops = 0) {
    departures->Send(group, {.socket = Descriptor(memfd_create("test", MFD_CLOEXEC)),
                             .input = std::move(input),
                             .since = since,
                             .hops = hops});
  }
  bool Until(const std::function<bool()>& done) { return test::RunUntil(loop, done); }

  uv_loop_t loop;
  std::optional<Departures> departures;
  std::vector<std::pair<std::string, Departures::Why>> back;
  std::function<void(HandedConnection)> on_back;
};

// What there is in a channel.
std::vector<HandedConnection> TakeAll(const Descriptor& channel) {
  std::vector<HandedConnection> taken;
  for (;;) {
    ReceivedPacket received = ReceivePacket(channel.get());
    auto* const packet = std::get_if<Packet>(&received);
    if (packet == nullptr) return taken;
    taken.push_back(ConnectionOf(std::move(*packet)).value());
  }
}

TEST_CASE("a connection goes to its group at once, with when and how often it left", "[groups]") {
  Ways ways;
  const Descriptor a = ways.Open("a"), b = ways.Open("b");
  ways.Send("b", "one");
  ways.Send("a", "two", 5, 2);
  CHECK(ways.departures->empty());
  const auto in_a = TakeAll(a), in_b = TakeAll(b);
  REQUIRE(in_a.size() == 1);
  REQUIRE(in_b.size() == 1);
  CHECK(in_a[0].input == "two");
  CHECK(in_a[0].since == 5);
  CHECK(in_a[0].hops == 3);
  CHECK(in_b[0].hops == 1);
  CHECK(in_b[0].since == uv_now(&ways.loop));
}

TEST_CASE("what a full channel does not take waits, in order and undamaged", "[groups]") {
  Ways ways;
  const Descriptor channel = ways.Open("a");
  constexpr size_t kCount = 700;
  for (size_t i = 0; i < kCount; ++i) {
    ways.Send("a", std::to_string(i) + std::string(i % 7 == 0 ? 40'000 : 100, '.'));
  }
  REQUIRE_FALSE(ways.departures->empty());
  size_t taken = 0;
  REQUIRE(ways.Until([&] {
    for (const HandedConnection& connection : TakeAll(channel)) {
      CHECK(connection.input.starts_with(std::to_string(taken) + "."));
      ++taken;
    }
    return taken == kCount;
  }));
  CHECK(ways.departures->empty());
  CHECK(ways.back.empty());
}

TEST_CASE("a group that is not there yet is waited for", "[groups]") {
  Ways ways;
  ways.Send("a", "early");
  CHECK_FALSE(ways.departures->empty());
  const Descriptor channel = ways.Open("a");
  REQUIRE(ways.Until([&] { return ways.departures->empty(); }));
  CHECK(TakeAll(channel).size() == 1);
}

TEST_CASE("what waits for too long, or behind too many, comes back", "[groups]") {
  Ways ways;
  uv_update_time(&ways.loop);
  SECTION("by its own time, whoever has kept it") {
    ways.Send("a", "old", uv_now(&ways.loop) - Departures::kPatienceMs + 30);
    ways.Send("a", "young");
    REQUIRE(ways.Until([&] { return !ways.back.empty(); }));
    CHECK(ways.back ==
          std::vector<std::pair<std::string, Departures::Why>>{{"old", Departures::Why::kLate}});
    CHECK_FALSE(ways.departures->empty());
  }
  SECTION("by number") {
    for (size_t i = 0; i < Departures::kWaiting + 3; ++i) ways.Send("a", std::to_string(i));
    REQUIRE(ways.Until([&] { return !ways.back.empty(); }));
    REQUIRE(ways.back.size() == 3);
    CHECK(ways.back[0].first == std::to_string(Departures::kWaiting));
    CHECK(ways.back[0].second == Departures::Why::kLate);
  }
}

TEST_CASE("a group that has ended gives back what it did not take", "[groups]") {
  Ways ways;
  Descriptor channel = ways.Open("a");
  SECTION("as the supervisor says") { ways.departures->SetChannel("a", Descriptor()); }
  SECTION("as its channel says, which takes no more but holds what it has") {
    ways.Send("a", "taken");
    REQUIRE(shutdown(channel.get(), SHUT_RD) == 0);
    CHECK(TakeAll(channel).size() == 1);
  }
  ways.Send("a", "one");
  CHECK(ways.back.empty());  // Not from within Send.
  ways.Send("a", "two");
  REQUIRE(ways.Until([&] { return ways.back.size() == 2; }));
  CHECK(ways.back[0] == std::pair(std::string("one"), Departures::Why::kGone));
  CHECK(ways.back[1] == std::pair(std::string("two"), Departures::Why::kGone));
  CHECK(ways.departures->empty());
}

TEST_CASE("who gets one back may send it again, also to a group that is new", "[groups]") {
  Ways ways;
  ways.departures->SetChannel("a", Descriptor());
  const Descriptor channel = ways.Open("b");
  ways.on_back = [&](HandedConnection connection) {
    ways.departures->Send("b", std::move(connection));
    ways.departures->Send("new", {.socket = Descriptor(memfd_create("test", MFD_CLOEXEC))});
  };
  ways.Send("a", "one");
  REQUIRE(ways.Until([&] { return !ways.back.empty(); }));
  const auto taken = TakeAll(channel);
  REQUIRE(taken.size() == 1);
  CHECK(taken[0].hops == 2);
}

TEST_CASE("one that goes to and fro goes slower and slower", "[groups]") {
  Ways ways;
  const Descriptor channel = ways.Open("a");
  ways.Send("a", "quick", 0, Departures::kQuickHops - 1);
  CHECK(TakeAll(channel).size() == 1);
  ways.Send("a", "slow", 0, Departures::kQuickHops);
  CHECK(TakeAll(channel).empty());
  REQUIRE(ways.Until([&] { return ways.departures->empty(); }));
  CHECK(TakeAll(channel).size() == 1);
}

TEST_CASE("when another server has taken over, all go to those that serve all", "[groups]") {
  Ways ways;
  const Descriptor a = ways.Open("a"), all = ways.Open("");
  ways.departures->Redirect();
  ways.Send("a", "one");
  ways.Send("", "two");
  CHECK(TakeAll(a).empty());
  CHECK(TakeAll(all).size() == 2);
}

}  // namespace
}  // namespace nano::server
