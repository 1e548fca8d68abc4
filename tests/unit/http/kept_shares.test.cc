// Who may have more kept for its clients, and whose clients are cut, when several share the budget.
#include "http/http1/kept_shares.h"

#include "tests/unit/http/http_fixture.h"

using namespace nano::http1::testing;
using nano::http::Limits;
using nano::http::RequestHead;
using nano::http::ServerExchange;
using nano::http::SlowWith;
using nano::http1::KeptShares;

namespace {

constexpr size_t kMiB = size_t{1} << 20;

// Whose addresses are names.
char kGreedy = 0;
char kModest = 0;
char kNew = 0;

KeptShares::Holder& Hold(KeptShares& shares, KeptShares::Key key, size_t bytes) {
  KeptShares::Holder& holder = shares.Join(key);
  shares.Change(holder, 0, bytes);
  return holder;
}

// Answers by the first part of the target, for whoever it names: the rest is how many KiB.
struct Apps final : nano::http::Refuser {
  explicit Apps(Server& server) {
    server.handler.on_request = [this](ServerExchange& exchange, const RequestHead& head) {
      exchange.account = head.target[1] == 'g' ? &kGreedy : &kModest;
      exchange.refuser = this;
      exchange.Respond({}, std::string(std::stoul(std::string(head.target.substr(2))) << 10, 'b'));
      if (!exchange.refused) return;
      exchange.refused = false;
      exchange.Respond({.status = 503}, "refused");
    };
  }
  void OnRefused(nano::http::Exchange&, const nano::http::Obstacle&) override {}
};

}  // namespace

TEST_CASE("kept: who is alone may have all but the last eighth") {
  KeptShares shares(800);
  CHECK(shares.Admits(&kGreedy));
  KeptShares::Holder& holder = Hold(shares, &kGreedy, 700);
  CHECK(shares.Admits(&kGreedy));
  CHECK_FALSE(shares.scarce());
  shares.Change(holder, 700, 701);
  CHECK(shares.scarce());
  CHECK_FALSE(shares.Admits(&kGreedy));
  CHECK(shares.IsOver(holder));
  // Nobody needs the rest.
  shares.Change(holder, 701, 5000);
  CHECK_FALSE(shares.urgent());
  shares.Change(holder, 5000, 0);
  shares.Leave(holder);
  CHECK(shares.total() == 0);
  CHECK(shares.Find(&kGreedy) == nullptr);
}

TEST_CASE("kept: who holds less than its share is let in, whatever others hold") {
  KeptShares shares(800);
  KeptShares::Holder& greedy = Hold(shares, &kGreedy, 701);
  CHECK(shares.Admits(&kNew));
  KeptShares::Holder& modest = Hold(shares, &kModest, 40);
  CHECK_FALSE(shares.Admits(&kGreedy));
  CHECK(shares.Admits(&kModest));
  CHECK(shares.Admits(&kNew));
  CHECK_FALSE(shares.IsOver(modest));
  CHECK_FALSE(shares.urgent());
  // It takes the last eighth: of the greedy one some are cut at once.
  shares.Change(modest, 40, 60);
  CHECK(shares.urgent());
  CHECK(shares.IsOver(greedy));
  CHECK(shares.Admits(&kModest));
  // With its share it is as the others.
  shares.Change(greedy, 701, 400);
  shares.Change(modest, 60, 351);
  CHECK(shares.scarce());
  CHECK_FALSE(shares.Admits(&kModest));
}

TEST_CASE("kept: among many, who holds no more than what is left is let in") {
  KeptShares shares(8000);
  Hold(shares, &kGreedy, 6000);
  KeptShares::Holder& modest = Hold(shares, &kModest, 500);
  const std::vector<char> others(100);
  for (const char& other : others) Hold(shares, &other, 6);
  REQUIRE(shares.scarce());
  CHECK(modest.bytes > 7000 / 102);  // More than its share.
  CHECK(shares.Admits(&kModest));
  CHECK_FALSE(shares.Admits(&kGreedy));
}

TEST_CASE("kept: what one response takes beyond the budget is not counted against others") {
  KeptShares shares(800);
  KeptShares::Holder& huge = Hold(shares, &kGreedy, 5000);
  CHECK(shares.Admits(&kModest));
  CHECK_FALSE(shares.urgent());
  Hold(shares, &kModest, 100);  // The last eighth.
  CHECK(shares.urgent());
  CHECK_FALSE(shares.Admits(&kModest));
  CHECK_FALSE(shares.Admits(&kNew));
  CHECK(shares.IsOver(huge));
}

TEST_CASE("kept: without a budget all are let in") {
  KeptShares shares(0);
  CHECK_FALSE(shares.scarce());
  CHECK_FALSE(shares.urgent());
  CHECK(shares.Admits(nullptr));
}

TEST_CASE(
    "kept: what several have beyond all that one may is counted against the others but once") {
  KeptShares shares(800);
  KeptShares::Holder& first = Hold(shares, &kGreedy, 5000);
  KeptShares::Holder& second = Hold(shares, &kModest, 3000);
  CHECK(shares.urgent());
  CHECK_FALSE(shares.Admits(&kNew));
  // Whichever of them is the largest.
  shares.Change(first, 5000, 701);
  CHECK(shares.urgent());
  shares.Change(first, 701, 20);
  CHECK_FALSE(shares.urgent());
  CHECK(shares.Admits(&kNew));
  shares.Change(second, 3000, 0);
  shares.Leave(second);
  CHECK_FALSE(shares.scarce());
  shares.Change(first, 20, 9000);
  CHECK_FALSE(shares.urgent());
  CHECK(shares.Admits(&kNew));
  shares.Change(first, 9000, 0);
  shares.Leave(first);
  CHECK(shares.total() == 0);
}

TEST_CASE("kept: where much was kept and little is left, that is told once") {
  KeptShares shares(0);
  int told = 0;
  shares.WhenFallen([&told] { ++told; });
  KeptShares::Holder& holder = shares.Join(&kGreedy);
  const auto set = [&shares, &holder](size_t bytes) {
    shares.Change(holder, holder.bytes, bytes);
    return holder.bytes == bytes;
  };
  constexpr size_t kMuch = KeptShares::kMuch;
  CHECK(set(kMuch - 1));
  CHECK(set(0));
  CHECK(told == 0);  // It was little.
  CHECK(set(4 * kMuch));
  CHECK(set(kMuch));
  CHECK(told == 0);
  CHECK(set(kMuch - 1));
  CHECK(told == 1);
  CHECK(set(0));
  CHECK(set(kMuch - 1));
  CHECK(set(0));
  CHECK(told == 1);
  CHECK(set(kMuch));
  CHECK(set(0));
  CHECK(told == 2);
  shares.Leave(holder);
}

TEST_CASE("kept: what is left of an answer is the next request's, though it is as much") {
  Server server;
  server.handler.on_request = [](ServerExchange& exchange, const RequestHead& head) {
    exchange.account = head.target == "/g" ? &kGreedy : &kModest;
    if (head.target == "/g") exchange.Respond({}, std::string(32 << 10, 'b'));
  };
  const KeptShares& kept = server.listener->kept();
  Client client(server, 4096);
  size_t asked = 0;
  while (kept.total() == 0) {
    client.Send(Get("/g"));
    ++asked;
    REQUIRE(server.Until([&] { return server.handler.events.size() == asked; }));
    server.Run(1);
  }
  const uint64_t left = kept.total();
  REQUIRE(kept.Find(&kGreedy) != nullptr);
  client.Send(Get("/m"));
  REQUIRE(server.Until([&] { return server.handler.events.size() == asked + 1; }));
  server.Run(1);
  const uint64_t head = 9;  // What may be remembered of the first until it is sent.
  CHECK(kept.total() == left + head);
  CHECK(kept.Find(&kGreedy) == nullptr);
  REQUIRE(kept.Find(&kModest) != nullptr);
  CHECK(kept.Find(&kModest)->bytes == left + head);
}

TEST_CASE("kept: clients of one app that do not read keep no other app's out") {
  Limits limits;
  limits.buffer_bytes = 16 * kMiB;
  Server server(limits);
  Apps apps(server);
  std::vector<std::unique_ptr<Client>> silent;
  for (int i = 0; i < 4; ++i) {
    silent.push_back(std::make_unique<Client>(server, 4096));
    silent.back()->Send(Get("/g12288"));
    CHECK(server.Until([&] { return server.handler.events.size() == silent.size(); }));
  }
  // The first has filled the budget, or the second has; the others are refused.
  CHECK(Contains(silent.back()->Read("refused"), "HTTP/1.1 503 "));
  const size_t asked = silent.size();
  for (int i = 0; i < 20; ++i) {
    Client modest(server);
    modest.Send(Get("/m100"));
    CHECK(server.Until([&] {
      modest.Poll();
      return modest.received.size() > 100 * 1024;
    }));
    CHECK(modest.received.rfind("HTTP/1.1 200 ", 0) == 0);
    modest.Close();
  }
  CHECK(server.handler.events.size() == asked + 20);
}

TEST_CASE("kept: when others need the room, whoever holds the most loses clients, at once") {
  Limits limits;
  limits.buffer_bytes = 16 * kMiB;
  Server server(limits);
  Apps apps(server);
  Client greedy(server, 4096);
  greedy.Send(Get("/g32768"));
  CHECK(server.Until([&] { return server.handler.events.size() == 1; }));
  // What these do not take comes to more than the last eighth.
  std::vector<std::unique_ptr<Client>> modest;
  const auto begin = Clock::now();
  for (size_t i = 0; i < 8 && server.handler.slow.empty(); ++i) {
    modest.push_back(std::make_unique<Client>(server, 4096));
    modest.back()->Send(Get("/m6144"));
    CHECK(server.Until([&] { return server.handler.events.size() == i + 2; }));
    server.Run(5);
  }
  CHECK(server.handler.slow == std::vector{SlowWith::kKept});
  CHECK(Clock::now() - begin < milliseconds(2000));  // Which is as long as they might have waited.
  greedy.ReadAll();
  for (const auto& client : modest) {
    client->Poll();
    CHECK_FALSE(client->ended);
    CHECK(client->received.rfind("HTTP/1.1 200 ", 0) == 0);
  }
}
