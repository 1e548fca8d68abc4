// Each command against the admin API itself.
#include <catch2/catch.hpp>
#include <string>

#include "base/named.h"
#include "snapshot/digest.h"
#include "snapshot/manifest.h"
#include "tests/unit/cli/nano/ctl/api_server.h"

namespace nano::cli::ctl::testing {
namespace {

using Catch::Contains;
using Catch::StartsWith;
using server::Outcome;
using server::admin::testing::FakeDeployments;
using server::admin::testing::kReadToken;
using server::admin::testing::kShopToken;
using server::admin::testing::kToken;

// The last change that was asked for, as a T.
template <typename T>
T LastChange(ApiServer& server, std::string* app = nullptr) {
  T last;
  server.OnDeployments([&](FakeDeployments& deployments) {
    REQUIRE_FALSE(deployments.changes_.empty());
    auto& change = deployments.changes_.back();
    if (app != nullptr) *app = change.app;
    REQUIRE(std::holds_alternative<T>(change.action));
    last = std::move(std::get<T>(change.action));
  });
  return last;
}

TEST_CASE("what there is is printed for people, or as the server's JSON") {
  ApiServer server;
  const Ran status = server.Ctl({"status"});
  CHECK(status.status == 0);
  CHECK_THAT(status.out, StartsWith("nano ") && Contains("release 7") && Contains("shop") &&
                             Contains("no answer") && Contains("127.0.0.1:8080"));
  CHECK(status.err.empty());
  CHECK_THAT(server.Ctl({"status", "--json"}).out, StartsWith("{\"nano\":\""));

  CHECK_THAT(server.Ctl({"apps"}).out,
             Contains("shop  aaaaaaaaaaaa") && Contains("blog.localhost"));
  CHECK(server.Ctl({"apps", "--names"}).out == "shop\nblog\n");
  CHECK_THAT(server.Ctl({"apps", "shop"}).out, Contains("env.GREETING") && Contains("hi") &&
                                                   Contains("env.TOKEN") && Contains("(secret)"));
  CHECK_THAT(server.Ctl({"versions", "shop"}).out,
             Contains("current") && Contains("bbbbbbbbbbbb") && Contains("previous"));
  CHECK(server.Ctl({"versions", "shop", "--names"}).out ==
        std::string(64, 'a') + "\n" + std::string(64, 'b') + "\n");
  CHECK_THAT(server.Ctl({"releases"}).out, StartsWith("release 7"));
  CHECK_THAT(server.Ctl({"diff"}).out,
             Contains("shop  unchanged") && Contains("blog  code changed"));
  CHECK_THAT(server.Ctl({"diff", "--json"}).out, StartsWith("{\"changes\":true"));
}

TEST_CASE("changes say what they are based on, and what has come of them") {
  ApiServer server;
  std::string app;
  CHECK(server.Ctl({"env", "set", "shop", "A=1", "B=x=y", "C="}).status == 0);
  const auto env = LastChange<server::PatchApp>(server, &app);
  CHECK(app == "shop");
  CHECK(env.config.ToString() == R"({"env":{"A":"1","B":"x=y","C":""}})");

  CHECK(server.Ctl({"env", "unset", "shop", "A"}).status == 0);
  CHECK(LastChange<server::PatchApp>(server).config.ToString() == R"({"env":{"A":null}})");

  const Ran back = server.Ctl({"rollback", "shop"});
  CHECK(back.status == 0);
  CHECK_THAT(back.out, Contains("code changed") && Contains("serves"));
  CHECK(LastChange<server::RollBack>(server).version == "previous");
  server.Ctl({"rollback", "blog", "bbbb"});
  CHECK(LastChange<server::RollBack>(server, &app).version == "bbbb");
  CHECK(app == "blog");

  server.Ctl({"canary", "shop", "bbbb", "10%"});
  CHECK(LastChange<server::SetCanary>(server).percent == 10);
  server.Ctl({"canary", "shop", "--promote"});
  LastChange<server::PromoteCanary>(server);
  server.Ctl({"canary", "shop", "--end"});
  LastChange<server::EndCanary>(server);

  CHECK(server.Ctl({"reload", "--files"}).status == 0);
  CHECK_THAT(server.Ctl({"reload"}).out, StartsWith("Nothing changed."));
  server.OnDeployments([](FakeDeployments& deployments) {
    REQUIRE(deployments.reloads_.size() == 2);
    CHECK(deployments.reloads_[0].drop_state);
    CHECK_FALSE(deployments.reloads_[1].drop_state);
  });
}

TEST_CASE("a secret comes from a file, and is in nothing that is printed") {
  ApiServer server;
  const test::TemporaryDirectory folder;
  folder.Write("token", "s3cret-value\n");
  const Ran set = server.Ctl({"secret", "set", "shop", "TOKEN", "--file", folder / "token"});
  CHECK(set.status == 0);
  CHECK((set.out + set.err).find("s3cret") == std::string::npos);
  const auto patch = LastChange<server::PatchApp>(server);
  REQUIRE(patch.secrets.size() == 1);
  CHECK(patch.secrets[0].first == "TOKEN");
  CHECK(patch.secrets[0].second == "s3cret-value");

  CHECK(server.Ctl({"secret", "unset", "shop", "TOKEN"}).status == 0);
  CHECK_FALSE(LastChange<server::PatchApp>(server).secrets[0].second.has_value());

  folder.Write("empty", "\n");
  const Ran empty = server.Ctl({"secret", "set", "shop", "TOKEN", "--file", folder / "empty"});
  CHECK(empty.status == 1);
  CHECK_THAT(empty.err, Contains("the secret is empty") && Contains("secret unset"));
}

TEST_CASE("what is being drained is waited for, unless it is not to be") {
  ApiServer server;
  const Ran at_once = server.Ctl({"remove", "shop", "--no-wait"});
  CHECK(at_once.status == 0);
  CHECK_THAT(at_once.out, Contains("finishes what it has begun"));

  const auto end_with = [&](server::OperationView::State state, const std::string& message) {
    server.OnDeployments([&](FakeDeployments& deployments) {
      deployments.operations_["op1"].state = state;
      deployments.operations_["op1"].message = message;
    });
  };
  end_with(server::OperationView::State::kDone, "");
  CHECK(server.Ctl({"remove", "blog"}).status == 0);
  end_with(server::OperationView::State::kFailed, "2 streams were cut");
  server.OnDeployments([](FakeDeployments& deployments) { deployments.AddApp("news"); });
  const Ran cut = server.Ctl({"remove", "news"});
  CHECK(cut.status == 1);
  CHECK_THAT(cut.err, Contains("2 streams were cut"));
}

TEST_CASE("a swap that fails tells its step, the app's log lines, and that nothing has changed") {
  ApiServer server;
  server.OnDeployments([](FakeDeployments& deployments) {
    deployments.scripted_ = Outcome{.kind = Outcome::Kind::kFailed,
                                    .step = "boot",
                                    .app = "shop",
                                    .message = "TypeError: x is not a function",
                                    .log = {"\x1b[2Jstarting", "oh no"}};
  });
  const Ran failed = server.Ctl({"rollback", "shop"});
  CHECK(failed.status == 1);
  CHECK(failed.out.empty());
  CHECK_THAT(failed.err, Contains("shop: ") && Contains("step: boot") &&
                             Contains("TypeError: x is not a function") &&
                             Contains("shop │ oh no") && Contains("goes on being served"));
  // What an app writes does not steer the terminal.
  CHECK(failed.err.find('\x1b') == std::string::npos);
}

TEST_CASE("exit statuses tell scripts what kind of thing went wrong") {
  ApiServer server;
  const auto scripted = [&](Outcome::Kind kind) {
    server.OnDeployments([kind](FakeDeployments& deployments) {
      deployments.scripted_ = Outcome{.kind = kind, .message = "no"};
    });
    return server.Ctl({"rollback", "shop"}).status;
  };
  CHECK(scripted(Outcome::Kind::kUnchanged) == 0);
  CHECK(scripted(Outcome::Kind::kFailed) == 1);
  CHECK(scripted(Outcome::Kind::kInvalid) == 1);
  CHECK(scripted(Outcome::Kind::kBusy) == 1);
  CHECK(scripted(Outcome::Kind::kConflict) == 4);
  CHECK(scripted(Outcome::Kind::kNotFound) == 4);
  CHECK(server.Ctl({"env", "set", "nobody", "A=1"}).status == 4);
  CHECK(server.Ctl({"apps", "nobody"}).status == 4);
  CHECK(server.Ctl({"status"}, "").status == 3);
  CHECK(server.Ctl({"status"}, "not-one-of-its-tokens").status == 3);
  CHECK(server.Ctl({"env", "set", "blog", "A=1"}, kShopToken).status == 3);
  CHECK(server.Ctl({"reload"}, kReadToken).status == 3);
  CHECK(server.Ctl({"status"}, kReadToken).status == 0);
  CHECK_THAT(server.Ctl({"status"}, "").err, Contains("NANO_TOKEN") && Contains("--token-file"));
}

TEST_CASE("a change by somebody else in between is not lost") {
  ApiServer server;
  server.OnDeployments([](FakeDeployments& deployments) {
    deployments.scripted_ = Outcome{.kind = Outcome::Kind::kConflict};
  });
  const Ran stale = server.Ctl({"env", "set", "shop", "A=1"});
  CHECK(stale.status == 4);
  CHECK_THAT(stale.err, Contains("changed meanwhile") && Contains("try again"));
  server.OnDeployments(
      [](FakeDeployments& deployments) { CHECK(deployments.changes_.size() == 1); });
}

TEST_CASE("the log's lines and the events are shown as they come, until the server ends them") {
  ApiServer server;
  server.OnDeployments([](FakeDeployments& deployments) {
    deployments.log_lines().Publish("log", "shop", R"({"msg":"one"})");
    deployments.log_lines().Publish("log", "blog", R"({"msg":"two"})");
  });
  CHECK(server.Ctl({"logs"}, kReadToken).out == "{\"msg\":\"one\"}\n{\"msg\":\"two\"}\n");
  CHECK(server.Ctl({"logs", "blog"}).out == "{\"msg\":\"two\"}\n");
  CHECK(server.Ctl({"logs", "-n", "0"}).out.empty());

  const Ran followed = server.CtlUntil("one", {"logs", "-f", "shop"}, [](FakeDeployments&) {});
  CHECK(followed.status == 3);
  CHECK_THAT(followed.err, Contains("no more news"));
  CHECK(followed.out == "{\"msg\":\"one\"}\n");

  const auto publish = [](FakeDeployments& deployments) {
    deployments.events().Publish("swap", "shop", R"({"app":"shop","message":"done","release":8})");
  };
  ApiServer second;
  const Ran events = second.CtlUntil("swap", {"events"}, publish);
  CHECK(events.status == 3);
  CHECK_THAT(events.out, StartsWith("swap  shop  done  release=8\n"));
  ApiServer third;
  const Ran json = third.CtlUntil("swap", {"events", "--json"}, publish);
  CHECK_THAT(json.out,
             StartsWith("{\"id\":\"") && Contains(R"("event":"swap","data":{"app":"shop")"));
}

TEST_CASE("a dist is uploaded app by app, and only what is not served already") {
  ApiServer server;
  const test::TemporaryDirectory dist;
  const auto build = [&](const std::string& name, const std::string& contents) {
    const snapshot::Digest digest = snapshot::Sha256Of(contents);
    const std::string bytes =
        contents + std::string(reinterpret_cast<const char*>(digest.data()), digest.size());
    dist.Write(snapshot::SnapshotPath(snapshot::Hex(digest)), bytes);
    return snapshot::ManifestApp{.name = name,
                                 .hosts = {name + ".localhost"},
                                 .digest = snapshot::Hex(digest),
                                 .bytes = bytes.size(),
                                 .limits = config::AppLimits()};
  };
  snapshot::Manifest manifest{.engine_release = "1", .v8_version = "1"};
  manifest.apps = {build("blog", "blog's"), build("new", std::string(3'000'000, 'n'))};
  const std::string served = manifest.apps[0].digest;
  server.OnDeployments([&](FakeDeployments& deployments) {
    FindNamed(deployments.overview_.apps, "blog")->version->digest = served;
  });
  dist.Write("manifest.json", snapshot::EncodeManifest(manifest));

  const Ran plan = server.Ctl({"deploy", dist.path(), "--dry-run"});
  CHECK(plan.status == 0);
  CHECK_THAT(plan.out, StartsWith("blog  unchanged\nnew   new: "));
  server.OnDeployments([](FakeDeployments& deployments) { CHECK(deployments.changes_.empty()); });

  const Ran deployed = server.Ctl({"deploy", dist.path()});
  CHECK(deployed.status == 0);
  CHECK_THAT(deployed.out, Contains("1 app unchanged"));
  std::string app;
  const auto put = LastChange<server::PutApp>(server, &app);
  CHECK(app == "new");
  CHECK(put.snapshot->bytes() == manifest.apps[1].bytes);
  CHECK(put.config->ToString() == R"({"hosts":["new.localhost"]})");
  server.OnDeployments([](FakeDeployments& deployments) {
    CHECK(deployments.changes_.back().precondition.kind == server::Precondition::Kind::kAbsent);
    CHECK(deployments.uploaded_.starts_with(std::string(3'000'000, 'n')));
  });

  // With a file beside it, what that says; or with the one that is named.
  dist.Write("nano.yaml", "not a configuration of this dist's");
  CHECK(server.Ctl({"deploy", dist.path(), "new"}).status == 0);
  manifest.apps[1] = build("newer", "newer's");
  dist.Write("manifest.json", snapshot::EncodeManifest(manifest));
  dist.Write("other.yaml", "apps:\n  - path: newer\n    hosts: [n.test]\n    env: {A: '${B}'}\n");
  const std::string other = dist / "other.yaml";
  CHECK(server.Ctl({"deploy", dist.path(), "newer", "--config", other}, kToken).status == 0);
  CHECK(LastChange<server::PutApp>(server).config->ToString() ==
        R"({"hosts":["n.test"],"env":{"A":"${B}"}})");

  // One that is there keeps its configuration, and a token for it alone is enough.
  manifest.apps[1] = build("shop", "shop's");
  dist.Write("manifest.json", snapshot::EncodeManifest(manifest));
  CHECK(server.Ctl({"deploy", dist.path(), "shop"}, kShopToken).status == 0);
  CHECK_FALSE(LastChange<server::PutApp>(server).config.has_value());
  server.OnDeployments([](FakeDeployments& deployments) {
    CHECK(deployments.changes_.back().precondition.kind == server::Precondition::Kind::kEtag);
  });

  CHECK_THAT(server.Ctl({"deploy", dist.path(), "other"}).err, Contains("It has blog, shop."));
  dist.Write(snapshot::SnapshotPath(manifest.apps[1].digest), "something else");
  server.OnDeployments([](FakeDeployments& deployments) {
    FindNamed(deployments.overview_.apps, "shop")->version->digest = std::string(64, 'c');
  });
  const Ran damaged = server.Ctl({"deploy", dist.path()});
  CHECK(damaged.status == 1);
  CHECK_THAT(damaged.err, Contains("'shop' is damaged"));
  CHECK(server.Ctl({"deploy", dist / "nowhere"}).status == 1);
}

}  // namespace
}  // namespace nano::cli::ctl::testing
