// What was changed through the API against what the files say; and as text, which is read strictly.
#include "server/release/stored_state.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "server/deploy/stored_state_json.h"
#include "tests/unit/mutation.h"

namespace nano::server {
namespace {

using Catch::Contains;

Json Parsed(std::string_view text) {
  Result<Json> json = Json::Parse(text);
  if (!json.ok()) FAIL(json.error().ToString());
  return std::move(json).value();
}

// With the members of all objects in the order of their names: equality heeds it.
Json Sorted(Json json) {
  if (Json::Array* items = json.array()) {
    for (Json& item : *items) item = Sorted(std::move(item));
  } else if (Json::Object* members = json.object()) {
    std::sort(members->begin(), members->end(),
              [](const Json::Member& a, const Json::Member& b) { return a.name < b.name; });
    for (Json::Member& member : *members) member.value = Sorted(std::move(member.value));
  }
  return json;
}

StoredSnapshot Snapshot(char digit) { return {std::string(64, digit), 4096}; }

FileApp Shop(const std::string& config =
                 R"({"hosts":["shop.com"],"env":{"A":"1","B":"1","TOKEN":"${TOKEN}","OLD":"1"}})") {
  return {.name = "shop", .digest = std::string(64, 'a'), .config = Parsed(config)};
}

using Names = std::vector<std::string>;

StoredApp FullShop() {
  const FileApp shop = Shop();
  StoredApp app{.name = "shop"};
  app.code = StoredApp::Code{Snapshot('b'), shop.digest};
  NoteSettings(app, Parsed(R"({"env":{"A":"2","B":null},"limits":{"memory":"64MB"}})"), &shop);
  NoteSecret(app, "TOKEN", "s3cret ${X} \"\n", &shop);
  NoteSecret(app, "OLD", std::nullopt, &shop);
  app.canary = StoredApp::Canary{Snapshot('c'), 10, "cookie:id", shop.digest};
  app.previous = Snapshot('d');
  return app;
}

StoredState Full() {
  StoredState state;
  state.Put(FullShop());
  state.Put(StoredApp{.name = "blog", .removed = true});
  return state;
}

}  // namespace

TEST_CASE("a state has each app once, by its name, and none of which there is nothing to say",
          "[state]") {
  StoredState state;
  for (const char* name : {"b", "a", "c", "b"}) state.Put(StoredApp{.name = name, .removed = true});
  REQUIRE(state.apps().size() == 3);
  CHECK(state.apps()[0]->name == "a");
  CHECK(state.apps()[2]->name == "c");
  const StoredState before = state;
  state.Put(StoredApp{.name = "b"});
  state.Put(StoredApp{.name = "d"});
  CHECK(state.Find("b") == nullptr);
  CHECK(state.apps().size() == 2);
  // What stays is shared; the copy is what it was.
  CHECK(before.Find("b")->removed);
  CHECK(before.Find("c") == state.Find("c"));
  CHECK_FALSE(before == state);
}

TEST_CASE("changes count while the files say what they said", "[state]") {
  const FileApp shop = Shop();
  const StoredApp app = FullShop();
  const Settled settled = Settle(app, &shop);
  CHECK(settled.app == app);
  CHECK(settled.overtaken.empty());
  CHECK(RespectsOf(app) ==
        Names{"version", "env.A", "env.B", "limits.memory", "env.TOKEN", "env.OLD", "canary"});
  CHECK(ConfigWith(app, shop.config) ==
        Parsed(R"({"hosts":["shop.com"],"env":{"A":"2"},"limits":{"memory":"64MB"}})"));
  const StoredApp blog{.name = "blog", .removed = true};
  CHECK(RespectsOf(blog) == Names{"removed"});
  const FileApp there{.name = "blog", .digest = "x", .config = {}};
  CHECK(Settle(blog, &there).overtaken.empty());
}

TEST_CASE("a file that changes in one respect overtakes that one alone", "[state]") {
  const StoredApp app = FullShop();
  const auto overtaken = [&](const FileApp& shop) {
    const Settled settled = Settle(app, &shop);
    CHECK_FALSE(settled.app.empty());
    return settled.overtaken;
  };
  const auto with = [](const std::string& env, const std::string& more = "") {
    return Shop(R"({"env":{"A":"1","B":"1","OLD":"1","TOKEN":"${TOKEN}")" + env + "}" + more + "}");
  };
  // Nothing that was changed here.
  CHECK(overtaken(with(R"(,"C":"new")", R"(,"hosts":["other"])")).empty());
  CHECK(overtaken(Shop(R"({"env":{"A":"7","B":"1","OLD":"1","TOKEN":"${TOKEN}"}})")) ==
        Names{"env.A"});
  CHECK(overtaken(Shop(R"({"env":{"B":"1","OLD":"1","TOKEN":"${TOKEN}"}})")) == Names{"env.A"});
  CHECK(overtaken(Shop(R"({"env":{"A":"1","B":"new","OLD":"1","TOKEN":"${OTHER}"}})")) ==
        Names{"env.B", "env.TOKEN"});
  CHECK(overtaken(with("", R"(,"limits":{"memory":"1GB"})")) == Names{"limits.memory"});
  FileApp rebuilt = Shop();
  rebuilt.digest = std::string(64, 'e');
  CHECK(overtaken(rebuilt) == Names{"version", "canary"});
}

TEST_CASE("of what changes nothing no note is taken", "[state]") {
  const FileApp shop = Shop();
  const auto respects = [&shop](const std::vector<std::string>& patches) {
    StoredApp app{.name = "shop"};
    for (const std::string& patch : patches) NoteSettings(app, Parsed(patch), &shop);
    return RespectsOf(app);
  };
  CHECK(respects({R"({"env":{"NEVER":null},"limits":null,"health":null})"}).empty());
  CHECK(respects({R"({"env":{"A":"1"},"hosts":["shop.com"]})"}).empty());
  CHECK(respects({R"({"env":{"C":"1"}})", R"({"env":{"C":null}})"}).empty());
  CHECK(respects({R"({"env":{"A":"2"}})", R"({"env":{"A":"1"}})"}).empty());
  CHECK(respects({R"({"env":{"A":null}})", R"({"env":{"A":null}})"}) == Names{"env.A"});
  // What an earlier change has taken away with all around it is not what the files say.
  CHECK(respects({R"({"env":null})", R"({"env":{"A":null}})"}) == Names{"env"});
  CHECK(respects({R"({"env":null})", R"({"env":{"A":"1"}})"}) == Names{"env", "env.A"});
  // An object without members adds itself, and nothing to one that is there.
  CHECK(respects({R"({"env":{"A":"2"}})", R"({"env":{}})"}) == Names{"env.A"});
  CHECK(respects({R"({"limits":{}})"}) == Names{"limits"});

  StoredApp app{.name = "shop"};
  NoteSecret(app, "NEVER", std::nullopt, &shop);
  NoteSecret(app, "C", "secret", &shop);
  NoteSecret(app, "C", std::nullopt, &shop);
  CHECK(app.empty());
  NoteSecret(app, "C", "secret", &shop);
  NoteSettings(app, Parsed(R"({"env":{"C":null}})"), &shop);
  CHECK(app.empty());
  NoteSecret(app, "A", std::nullopt, &shop);
  CHECK(RespectsOf(app) == Names{"env.A"});
  NoteSecret(app, "A", std::nullopt, nullptr);
  CHECK(app.empty());
}

TEST_CASE("an app that goes from the files takes its changes along, one that is the API's stays",
          "[state]") {
  const Settled gone = Settle(FullShop(), nullptr);
  CHECK(gone.app.empty());
  CHECK(gone.overtaken ==
        Names{"version", "env.A", "env.B", "env.TOKEN", "env.OLD", "canary", "limits.memory"});
  const Settled blog = Settle(StoredApp{.name = "blog", .removed = true}, nullptr);
  CHECK(blog.app.empty());
  CHECK(blog.overtaken == Names{"removed"});

  StoredApp made{.name = "made"};
  made.code = StoredApp::Code{Snapshot('b'), ""};
  NoteSettings(made, Parsed(R"({"hosts":["made.com"],"env":{"A":"1"}})"), nullptr);
  CHECK(Settle(made, nullptr).app == made);
  CHECK(ConfigWith(made, {}) == Parsed(R"({"hosts":["made.com"],"env":{"A":"1"}})"));
  // The files have one of that name now, without hosts.
  const FileApp now{.name = "made", .digest = "x", .config = Parsed(R"({"env":{"A":"9"}})")};
  const Settled taken = Settle(made, &now);
  CHECK(taken.overtaken == Names{"version", "env.A"});
  CHECK(RespectsOf(taken.app) == Names{"hosts"});
}

TEST_CASE("a change replaces what was changed of the same value before", "[state]") {
  const FileApp shop = Shop();
  StoredApp app{.name = "shop"};
  const auto patch = [&](std::string_view text) { NoteSettings(app, Parsed(text), &shop); };
  patch(R"({"env":{"A":"2"}})");
  patch(R"({"env":{"A":"3","X":"1"}})");
  CHECK(RespectsOf(app) == std::vector<std::string>{"env.A", "env.X"});
  CHECK(app.settings[0].basis == "\"1\"");
  CHECK(app.settings[1].basis.empty());
  // An open variable is no secret, and a secret no open one.
  NoteSecret(app, "A", "hidden", &shop);
  CHECK(RespectsOf(app) == std::vector<std::string>{"env.X", "env.A"});
  CHECK(app.settings.size() == 1);
  patch(R"({"env":{"A":"4"}})");
  CHECK(app.secrets.empty());
  // All of a map, and then one of it: in this order.
  patch(R"({"env":null})");
  CHECK(RespectsOf(app) == std::vector<std::string>{"env"});
  patch(R"({"env":{"Y":"1"}})");
  CHECK(ConfigWith(app, shop.config) == Parsed(R"({"hosts":["shop.com"],"env":{"Y":"1"}})"));
  patch(R"({"outbound":"none"})");
  patch(R"({"outbound":{"allow":["a.com"]}})");
  CHECK(ConfigWith(app, Parsed(R"({"outbound":{"deny":["b.com"]}})")) ==
        Parsed(R"({"outbound":{"allow":["a.com"]},"env":{"Y":"1"}})"));
  // What is taken away of what only a change had given is as it was before, and what nobody gives
  // cannot be taken away.
  StoredApp back{.name = "shop"};
  NoteSettings(back, Parsed(R"({"env":{"X":"1"}})"), &shop);
  NoteSettings(back, Parsed(R"({"env":{"X":null,"NONE":null}})"), &shop);
  NoteSecret(back, "NONE", std::nullopt, &shop);
  CHECK(back.empty());
  NoteSettings(back, Parsed(R"({"outbound":"none"})"), &shop);
  NoteSettings(back, Parsed(R"({"outbound":{"allow":null}})"), &shop);
  CHECK(RespectsOf(back) == std::vector<std::string>{"outbound", "outbound.allow"});
  // Nothing is noted of a patch that says nothing.
  StoredApp none{.name = "shop"};
  NoteSettings(none, Parsed("{}"), &shop);
  CHECK(none.empty());
}

TEST_CASE("an empty object in a patch takes nothing away", "[state]") {
  const FileApp shop = Shop(R"({"hosts":["shop.com"],"env":{"A":"1"},"outbound":"none"})");
  StoredApp app = FullShop();
  const StoredApp before = app;
  NoteSettings(app, Parsed(R"({"env":{},"limits":{}})"), &shop);
  CHECK(app == before);
  // Also where there are secrets alone.
  const FileApp bare = Shop(R"({"hosts":["shop.com"]})");
  StoredApp secretive{.name = "shop"};
  NoteSecret(secretive, "TOKEN", "s3cret", &bare);
  NoteSettings(secretive, Parsed(R"({"env":{}})"), &bare);
  CHECK(secretive.secrets.size() == 1);
  // What is no object becomes one.
  NoteSettings(app, Parsed(R"({"outbound":{}})"), &shop);
  NoteSettings(app, Parsed(R"({"outbound":{}})"), &shop);
  CHECK(app.settings.size() == before.settings.size() + 1);
  CHECK(*ConfigWith(app, shop.config).Find("outbound") == Json(Json::Object()));
}

TEST_CASE("the patch between two configurations makes one of the other", "[state]") {
  const std::vector<std::string> configs = {"{}",
                                            R"({"a":1})",
                                            R"({"a":{"b":1,"c":[1,2]}})",
                                            R"({"a":{"c":[1],"d":{}}})",
                                            R"({"a":"text","e":{"f":{"g":null}}})",
                                            R"({"e":{"f":{"g":1,"h":2}},"a":{"b":1}})"};
  for (const std::string& from : configs) {
    for (const std::string& to : configs) {
      CAPTURE(from, to);
      // A null in a configuration is none, and a patch cannot say it.
      const Json wanted = MergePatch(Json::Object(), Parsed(to));
      const Json patch = PatchBetween(Parsed(from), wanted);
      CHECK(Sorted(MergePatch(Parsed(from), patch)) == Sorted(wanted));
      if (from == to && from.find("null") == std::string::npos) CHECK(patch == Parsed("{}"));
    }
  }
}

TEST_CASE("a state comes back as it was written", "[state]") {
  for (const StoredState& state : {StoredState(), Full()}) {
    const std::string text = EncodeState(state);
    const Result<StoredState> read = DecodeState(text, "state.json");
    if (!read.ok()) FAIL(read.error().ToString());
    CHECK(*read == state);
    CHECK(EncodeState(*read) == text);
  }
}

TEST_CASE("what is no state is refused, and nothing of a secret is told", "[state]") {
  const auto refused = [](const std::string& text, const std::string& message) {
    const Result<StoredState> read = DecodeState(text, "/s/state.json");
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().where == "/s/state.json");
    CHECK_THAT(read.error().message, Contains(message));
    CHECK_FALSE(read.error().hint.empty());
    CHECK_THAT(read.error().ToString(), !Contains("s3cret"));
  };
  const std::string good = EncodeState(Full());
  refused("", "damaged");
  refused(good.substr(0, good.size() / 2), "damaged: line 3");
  refused(good.substr(0, good.find("s3cret") + 3), "damaged: line 3");
  refused("[]", "no 'format'");
  refused(R"({"format":2,"apps":[],"more":1})", "has format version 2, this program reads 1");
  refused(R"({"format":"1","apps":[]})", "has format version \"1\"");
  refused(R"({"format":1})", "no 'apps'");
  refused(R"({"format":1,"apps":{}})", "expected a list");
  const auto app = [](const std::string& keys) {
    return R"({"format":1,"apps":[{"name":"a")" + keys + "}]}";
  };
  CHECK(DecodeState(app(""), "x").ok());
  refused(app(R"(,"nmae":1)"), "apps[0]: unknown key 'nmae'");
  refused(app(R"(},{"name":"a")"), "two of the app 'a'");
  refused(app(R"(,"previous":{"digest":"../../etc/passwd","bytes":1})"), "64 hexadecimal digits");
  refused(app(R"(,"previous":{"digest":")" + std::string(64, 'a') + R"(","bytes":-1})"),
          "whole number");
  refused(app(R"(,"settings":[{"path":[],"value":1,"basis":""}])"),
          "settings[0].path: it is empty");
  refused(app(R"(,"secrets":[{"name":"T","value":["s3cret"],"basis":""}])"), "secrets[0].value");
  refused(app(R"(,"removed":1)"), "true or false");
}

TEST_CASE("whatever its bytes are, a state is read or refused", "[state]") {
  nano::testing::Random random(1);
  const std::string good = EncodeState(Full());
  const std::vector<std::string> pieces = {"{",         "}",          "[",       "]",   ",",
                                           ":",         "\"",         "null",    "-1",  "1e9",
                                           "\"basis\"", "\"digest\"", "\\u0000", "\xFF"};
  int accepted = 0;
  constexpr int kRuns = 5'000;
  for (int i = 0; i < kRuns; ++i) {
    const std::string text = nano::testing::Mutated(random, good, pieces, 3, 20, 300);
    const Result<StoredState> read = DecodeState(text, "x");
    if (!read.ok()) continue;
    ++accepted;
    const Result<StoredState> again = DecodeState(EncodeState(*read), "x");
    REQUIRE(again.ok());
    REQUIRE(*again == *read);
  }
  CHECK(accepted > 0);
  CHECK(accepted < kRuns);
}

TEST_CASE("a limit that is set to null is again what the files say", "[state]") {
  const FileApp shop{.name = "shop",
                     .digest = "1",
                     .config = Parsed(R"({"limits":{"cpu":"2s","memory":"64MiB"}})")};
  const FileApp* files = &shop;
  std::string said = shop.config.ToString();
  StoredApp app{.name = "shop"};
  SECTION("one of them") {
    NoteSettings(app, Parsed(R"({"limits":{"cpu":"3s","queue":5}})"), files);
    const Json rest =
        UndoLimits(app, Parsed(R"({"limits":{"cpu":null,"body":"1MiB"},"env":{"A":null}})"), files);
    CHECK(rest.ToString() == R"({"limits":{"body":"1MiB"},"env":{"A":null}})");
    CHECK(RespectsOf(app) == std::vector<std::string>{"limits.queue"});
    CHECK(UndoLimits(app, Parsed(R"({"limits":{"queue":null}})"), files).ToString() == "{}");
  }
  SECTION("all of them") {
    NoteSettings(app, Parsed(R"({"limits":{"cpu":"3s","queue":5}})"), files);
    CHECK(UndoLimits(app, Parsed(R"({"limits":null})"), files).ToString() == "{}");
  }
  SECTION("which were taken away together") {
    NoteSettings(app, Parsed(R"({"limits":null})"), files);
    UndoLimits(app, Parsed(R"({"limits":{"cpu":null}})"), files);
    CHECK(ConfigWith(app, shop.config).ToString() == R"({"limits":{"cpu":"2s"}})");
    UndoLimits(app, Parsed(R"({"limits":null})"), files);
  }
  SECTION("of an app that is in no file") {
    files = nullptr;
    said = "{}";
    NoteSettings(app, Parsed(R"({"limits":{"cpu":"3s"}})"), files);
    UndoLimits(app, Parsed(R"({"limits":{"cpu":null}})"), files);
  }
  SECTION("though nothing was changed") {
    UndoLimits(app, Parsed(R"({"limits":{"cpu":null}})"), files);
  }
  CHECK(app.settings.empty());
  CHECK(ConfigWith(app, files == nullptr ? Json() : files->config).ToString() == said);
}

}  // namespace nano::server
