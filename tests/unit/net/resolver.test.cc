// The resolver against a name server of the test's own.
#include "net/resolver.h"

#include <catch2/catch.hpp>
#include <optional>

#include "name_server.h"
#include "tests/unit/temporary_directory.h"

namespace nano::net {
namespace {

class Fixture {
 public:
  Fixture() {
    uv_loop_init(&loop);
    server.emplace(&loop);
    settings.servers = server->address();
    settings.timeout = 50;
    settings.tries = 2;
  }
  ~Fixture() {
    resolver_.reset();
    server->Close();
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop) == 0);
  }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  Resolver& resolver() {
    if (!resolver_) resolver_.emplace(&loop, settings);
    return *resolver_;
  }
  void RunUntil(const std::function<bool()>& done) {
    while (!done()) uv_run(&loop, UV_RUN_ONCE);
  }
  // Both families' answers, as text: "192.0.2.1 192.0.2.2 / not found".
  std::string Look(const std::string& name) {
    std::optional<NameAnswer> answers[2];
    const Resolver::Lookup lookup =
        resolver().Resolve(name, [&](Family family, const NameAnswer& answer) {
          auto& place = answers[static_cast<size_t>(family)];
          CHECK_FALSE(place.has_value());
          place = answer;
        });
    CHECK_FALSE((answers[0] || answers[1]));  // Never before Resolve has returned.
    RunUntil([&] { return answers[0] && answers[1]; });
    return Text(*answers[0]) + " / " + Text(*answers[1]);
  }
  static std::string Text(const NameAnswer& answer) {
    std::string text;
    for (const IpAddress& address : answer.addresses) {
      text += (text.empty() ? "" : " ") + address.ToString();
    }
    switch (answer.error) {
      case NameError::kNone:
        CHECK_FALSE(text.empty());
        return text;
      case NameError::kNotFound:
        return "not found";
      case NameError::kTimeout:
        return "timeout";
      case NameError::kFailed:
        return "failed";
    }
    return {};
  }

  uv_loop_t loop;
  std::optional<NameServer> server;
  Resolver::Settings settings;

 private:
  std::optional<Resolver> resolver_;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "resolver: addresses of both families, in the order given") {
  server->v4["a.test"] = {{"192.0.2.2", "192.0.2.1"}};
  server->v6["a.test"] = {{"2001:db8::1"}};
  CHECK(Look("a.test") == "192.0.2.2 192.0.2.1 / 2001:db8::1");
}

TEST_CASE_METHOD(Fixture, "resolver: each way to have no address") {
  server->v4["v4.test"] = {{"192.0.2.1"}};
  server->v4["ill.test"] = {{}, 60, 2};
  server->v6["ill.test"] = {{}, 60, 5};
  server->v4["mute.test"] = {{}, 60, 0, true};
  server->v6["mute.test"] = {{"2001:db8::2"}};
  CHECK(Look("v4.test") == "192.0.2.1 / not found");
  CHECK(Look("none.test") == "not found / not found");
  CHECK(Look("ill.test") == "failed / failed");
  CHECK(Look("mute.test") == "timeout / 2001:db8::2");
  CHECK(Look(std::string(300, 'a') + ".test") == "not found / not found");
}

TEST_CASE_METHOD(Fixture, "resolver: one family is told while the other is waited for") {
  server->v4["mute.test"] = {{}, 60, 0, true};
  server->v6["mute.test"] = {{"2001:db8::2"}};
  std::vector<Family> told;
  const Resolver::Lookup lookup = resolver().Resolve(
      "mute.test", [&](Family family, const NameAnswer&) { told.push_back(family); });
  RunUntil([&] { return !told.empty(); });
  CHECK(told == std::vector{Family::kV6});
  RunUntil([&] { return told.size() == 2; });
}

TEST_CASE_METHOD(Fixture, "resolver: answers are kept as long as they say, failures briefly") {
  settings.shortest_life = 0;
  settings.longest_life = 50;
  settings.failure_life = 0;
  server->v4["long.test"] = {{"192.0.2.1"}, 3600};
  server->v6["long.test"] = {{"2001:db8::1"}, 0};
  CHECK(Look("long.test") == "192.0.2.1 / 2001:db8::1");
  CHECK(Look("long.test") == "192.0.2.1 / 2001:db8::1");
  CHECK(server->asked["long.test A"] == 1);
  CHECK(server->asked["long.test AAAA"] == 2);
  CHECK(resolver().Cached("long.test", Family::kV4) != nullptr);
  CHECK(resolver().Cached("long.test", Family::kV6) == nullptr);
  // No longer than is allowed.
  Timer tick(&loop, [] {});
  tick.Start(5, 5);
  RunUntil([&] { return resolver().Cached("long.test", Family::kV4) == nullptr; });
  CHECK(Look("none.test") == "not found / not found");
  CHECK(Look("none.test") == "not found / not found");
  CHECK(server->asked["none.test A"] == 2);
}

TEST_CASE_METHOD(Fixture, "resolver: a question that is under way is not asked again") {
  server->v4["a.test"] = {{"192.0.2.1"}};
  int answers = 0;
  std::vector<Resolver::Lookup> lookups;
  for (int i = 0; i < 20; ++i) {
    lookups.push_back(resolver().Resolve("a.test", [&](Family, const NameAnswer&) { ++answers; }));
  }
  RunUntil([&] { return answers == 40; });
  CHECK(server->asked["a.test A"] == 1);
  CHECK(server->asked["a.test AAAA"] == 1);
}

TEST_CASE_METHOD(Fixture, "resolver: what is not wanted any more is not told") {
  server->v4["a.test"] = server->v4["b.test"] = {{"192.0.2.1"}};
  int unwanted = 0;
  Resolver::Lookup first =
      resolver().Resolve("a.test", [&](Family, const NameAnswer&) { ++unwanted; });
  first.Cancel();
  // From its own callback, too.
  Resolver::Lookup second;
  int calls = 0;
  second = resolver().Resolve("b.test", [&](Family, const NameAnswer&) {
    ++calls;
    second.Cancel();
  });
  CHECK(Look("a.test") == "192.0.2.1 / not found");
  CHECK(Look("b.test") == "192.0.2.1 / not found");
  CHECK(unwanted == 0);
  CHECK(calls == 1);
}

TEST_CASE_METHOD(Fixture, "resolver: the cache is bounded") {
  settings.most_names = 3;
  for (const char* name : {"a.test", "b.test", "c.test", "d.test"}) {
    server->v4[name] = {{"192.0.2.1"}};
    Look(name);
    Look("a.test");  // Stays, being used.
  }
  CHECK(resolver().Cached("a.test", Family::kV4) != nullptr);
  CHECK(resolver().Cached("b.test", Family::kV4) == nullptr);
  CHECK(resolver().Cached("d.test", Family::kV4) != nullptr);
  CHECK(server->asked["a.test A"] == 1);
}

TEST_CASE_METHOD(Fixture, "resolver: the hosts file comes first") {
  const test::TemporaryDirectory folder;
  settings.hosts_file = folder.Write("hosts", "192.0.2.9 a.test\n2001:db8::9 a.test\n");
  CHECK(Look("a.test") == "192.0.2.9 / 2001:db8::9");
  CHECK(server->asked["a.test A"] == 0);
  CHECK(Look("localhost") == "127.0.0.1 / ::1");
}

TEST_CASE_METHOD(Fixture, "resolver: it may end while questions are under way") {
  server->v4["mute.test"] = server->v6["mute.test"] = {{}, 60, 0, true};
  bool called = false;
  const Resolver::Lookup lookup =
      resolver().Resolve("mute.test", [&](Family, const NameAnswer&) { called = true; });
  uv_run(&loop, UV_RUN_NOWAIT);
  CHECK_FALSE(called);
}

}  // namespace nano::net
