// The API over sockets: methods and paths, tags, preconditions, changes and what comes of them.
#include "server/admin/api.h"

#include "base/json_fields.h"
#include "tests/unit/server/admin/admin_fixture.h"

namespace nano::server::admin::testing {
namespace {

TEST_CASE("apps are shown, and no secret", "[admin]") {
  Fixture fixture;
  const Answered all = Ask(fixture, "GET", "/admin/apps");
  CHECK(all.status == 200);
  CHECK(all.Field("content-type") == "application/json");
  CHECK(all.json().Find("release")->integer() == 7);
  CHECK(all.json().Find("apps")->array()->size() == 2);
  const Answered shop = Ask(fixture, "GET", "/admin/apps/shop");
  CHECK(shop.Field("etag") == "\"shop-1\"");
  CHECK(shop.json().Find("env")->ToString() ==
        R"({"GREETING":{"value":"hi"},"TOKEN":{"secret":true}})");
  CHECK(shop.json().Find("limits")->ToString() == R"({"memory":"64MiB"})");
  CHECK(Ask(fixture, "GET", "/admin/apps/sh%6Fp").status == 200);
  const Answered none = Ask(fixture, "GET", "/admin/apps/none");
  CHECK(none.status == 404);
  CHECK(none.Field("content-type") == "application/problem+json");
  CHECK(none.Slug() == "no-such-app");
}

TEST_CASE("who asks about one app, or changes it, is not told of all", "[admin]") {
  Fixture fixture;
  const std::vector<std::pair<std::string, std::string>> any = {
      {"if-match", "*"}, {"content-type", "application/json"}};
  CHECK(Ask(fixture, "GET", "/admin/apps/shop").status == 200);
  CHECK(Ask(fixture, "GET", "/admin/apps/none").status == 404);
  CHECK(Ask(fixture, "GET", "/admin/apps/shop/versions").status == 200);
  CHECK(Ask(fixture, "PATCH", "/admin/apps/shop", any, R"({"env":{"A":"1"}})").status == 200);
  CHECK(Ask(fixture, "POST", "/admin/apps/shop/rollback", any, "{}").status == 200);
  CHECK(Ask(fixture, "DELETE", "/admin/apps/shop", {{"if-match", "\"old\""}}).status == 412);
  CHECK(fixture.deployments->overviews_ == 0);
  CHECK(Ask(fixture, "GET", "/admin/apps").status == 200);
  CHECK(fixture.deployments->overviews_ == 1);
}

TEST_CASE("paths and methods that are not there", "[admin]") {
  Fixture fixture;
  CHECK(Ask(fixture, "GET", "/admin").Slug() == "not-found");
  CHECK(Ask(fixture, "GET", "/admin/apps/").Slug() == "not-found");
  CHECK(Ask(fixture, "GET", "/admin/apps/shop/versions/x").Slug() == "not-found");
  CHECK(Ask(fixture, "GET", "/admin/apps/%zz").Slug() == "malformed-request");
  CHECK(Ask(fixture, "GET", "/admin/apps/%00").Slug() == "malformed-request");
  const Answered method = Ask(fixture, "POST", "/admin/apps/shop");
  CHECK(method.Slug() == "method-not-allowed");
  CHECK(method.Field("allow") == "GET, HEAD, PUT, PATCH, DELETE");
  const Answered options = Ask(fixture, "OPTIONS", "/admin/reload");
  CHECK(options.status == 204);
  CHECK(options.Field("allow") == "POST");
  CHECK(options.Field("access-control-allow-origin").empty());
  const Answered head = Ask(fixture, "HEAD", "/admin/apps/shop");
  CHECK(head.status == 200);
  CHECK(head.Field("etag") == "\"shop-1\"");
}

TEST_CASE("the status has what was counted of each app, or of one", "[admin]") {
  Fixture fixture;
  AppCounters& counters = fixture.deployments->metrics_.At(0, "shop");
  counters.requests[static_cast<size_t>(Ended::k2xx)].Add(98);
  counters.requests[static_cast<size_t>(Ended::k5xx)].Add(2);
  counters.durations[0].Add(60);
  counters.durations[4].Add(40);
  counters.cpu_ticks.Add(3);
  counters.stops[static_cast<size_t>(Reason::kCpuLimit)].Add(2);
  counters.calls[static_cast<size_t>(CallEnded::kDenied)].Add(5);
  fixture.deployments->metrics_.OfSupervisor("shop").worker_deaths.Add(1);
  fixture.deployments->metrics_.OfSupervisor("shop").lost_unread.Add(4);
  const Answered all = Ask(fixture, "GET", "/admin/status");
  CHECK(ListOf(all.json(), "totals").size() == 2);
  const Answered one = Ask(fixture, "GET", "/admin/status?app=shop");
  REQUIRE(one.status == 200);
  const Json status = one.json();
  CHECK(ListOf(status, "apps").size() == 1);
  REQUIRE(ListOf(status, "totals").size() == 1);
  const Json& totals = ListOf(status, "totals")[0];
  CHECK(TextOf(totals, "app") == "shop");
  CHECK(NumberOf(MemberOf(totals, "requests"), "2xx") == 98);
  CHECK(NumberOf(MemberOf(totals, "requests"), "5xx") == 2);
  CHECK(NumberOf(totals, "p50_us") == 1'000);
  CHECK(NumberOf(totals, "p99_us") == 25'000);
  CHECK(NumberOf(totals, "cpu_ms") == 30);
  CHECK(MemberOf(totals, "stops").ToString() == R"({"cpu-limit":2})");
  CHECK(NumberOf(MemberOf(totals, "subrequests"), "denied") == 5);
  CHECK(NumberOf(totals, "worker_deaths") == 1);
  CHECK(NumberOf(totals, "lost_unread_connections") == 4);
  CHECK(ListOf(ListOf(status, "workers")[0], "versions").size() == 1);
  // Of another one nothing is told of this one.
  const Json other = Ask(fixture, "GET", "/admin/status?app=blog").json();
  CHECK(TextOf(ListOf(other, "totals")[0], "app") == "blog");
  CHECK(MemberOf(ListOf(other, "totals")[0], "p50_us").is_null());
  CHECK(ListOf(ListOf(other, "workers")[0], "versions").empty());
  CHECK(Ask(fixture, "GET", "/admin/status?app=none").Slug() == "no-such-app");
}

TEST_CASE("what has not changed is not sent again", "[admin]") {
  Fixture fixture;
  for (const char* path : {"/admin/apps", "/admin/apps/shop", "/admin/apps/shop/versions",
                           "/admin/releases", "/admin/diff", "/admin/status", "/admin/logs",
                           "/admin/operations/op1", "/admin/openapi.json", "/metrics", "/health"}) {
    INFO(path);
    const Answered first = Ask(fixture, "GET", path);
    CHECK(first.status == 200);
    const std::string etag = first.Field("etag");
    CHECK(etag.size() > 2);
    const Answered again = Ask(fixture, "GET", path, {{"if-none-match", "\"x\", W/" + etag}});
    CHECK(again.status == 304);
    CHECK(again.Field("etag") == etag);
    CHECK(again.body.empty());
    CHECK(Ask(fixture, "GET", path, {{"if-none-match", "\"x\""}}).status == 200);
  }
}

TEST_CASE("a circuit that opens and closes is sent again, and changes go by the app's own tag",
          "[admin]") {
  Fixture fixture;
  const std::string path = "/admin/apps/shop";
  const auto tag = [&] { return Ask(fixture, "GET", path).Field("etag"); };
  std::optional<Circuit>& circuit = fixture.deployments->overview_.apps[0].version->circuit;
  const std::string calm = tag();
  circuit = {.state = Circuit::State::kOpen, .deaths = 5};
  const std::string open = tag();
  circuit->deaths = 6;
  const std::string longer = tag();
  CHECK(open != calm);
  CHECK(longer != open);
  CHECK(Ask(fixture, "GET", path, {{"if-none-match", calm}}).status == 200);
  CHECK(Ask(fixture, "GET", path, {{"if-none-match", longer}}).status == 304);
  circuit.reset();
  CHECK(Ask(fixture, "GET", path, {{"if-none-match", longer}}).status == 200);
  CHECK(Ask(fixture, "PATCH", path, With(kJsonType, "if-match", open), R"({"env":{"A":"1"}})")
            .status == 200);
}

TEST_CASE("a change says what it is based on", "[admin]") {
  Fixture fixture;
  const std::string patch = R"({"env":{"A":"1"}})";
  const Answered needed = Ask(fixture, "PATCH", "/admin/apps/shop", kJsonType, patch);
  CHECK(needed.status == 428);
  CHECK(needed.Field("etag") == "\"shop-1\"");
  const Answered stale =
      Ask(fixture, "PATCH", "/admin/apps/shop", With(kJsonType, "if-match", "\"old\""), patch);
  CHECK(stale.status == 412);
  CHECK(stale.Slug() == "stale");
  const Answered weak =
      Ask(fixture, "PATCH", "/admin/apps/shop", With(kJsonType, "if-match", "W/\"shop-1\""), patch);
  CHECK(weak.status == 412);
  CHECK(Ask(fixture, "PATCH", "/admin/apps/shop", With(kJsonType, "if-match", "shop-1"), patch)
            .Slug() == "malformed-request");
  CHECK(fixture.deployments->changes_.empty());
  const Answered done = Ask(fixture, "PATCH", "/admin/apps/shop",
                            With(kJsonType, "if-match", "\"x\", \"shop-1\""), patch);
  CHECK(done.status == 200);
  CHECK(done.Text("outcome") == "done");
  CHECK(done.Field("etag") == "\"shop-8\"");
  CHECK(Ask(fixture, "PATCH", "/admin/apps/shop", With(kJsonType, "if-match", "*"), patch).status ==
        200);
  CHECK(Ask(fixture, "PATCH", "/admin/apps/none", With(kJsonType, "if-match", "*"), patch).Slug() ==
        "no-such-app");
  CHECK(Ask(fixture, "DELETE", "/admin/apps/shop").status == 428);
  const Answered removed = Ask(fixture, "DELETE", "/admin/apps/shop", {{"if-match", "*"}});
  CHECK(removed.status == 202);
  CHECK(removed.Field("location") == "/admin/operations/op1");
  CHECK(Ask(fixture, "GET", "/admin/operations/op1").Text("state") == "running");
  CHECK(Ask(fixture, "GET", "/admin/operations/op2").Slug() == "no-such-operation");
}

TEST_CASE("the deployer has the last word on what a change is based on", "[admin]") {
  Fixture fixture;
  fixture.deployments->scripted_ = Outcome{.kind = Outcome::Kind::kConflict};
  const Answered late =
      Ask(fixture, "PATCH", "/admin/apps/shop", With(kJsonType, "if-match", "\"shop-1\""), "{}");
  CHECK(late.status == 412);
  CHECK(late.Field("etag") == "\"shop-1\"");
  REQUIRE(fixture.deployments->changes_.size() == 1);
  CHECK(fixture.deployments->changes_[0].precondition.etags == std::vector<std::string>{"shop-1"});
}

TEST_CASE("a patch brings configuration, and secrets apart from it", "[admin]") {
  Fixture fixture;
  const Fields fields = With(kJsonType, "if-match", "*");
  REQUIRE(Ask(fixture, "PATCH", "/admin/apps/shop", fields,
              R"({"env":{"A":null},"secrets":{"KEY":"s3cret","OLD":null}})")
              .status == 200);
  const auto& patch = std::get<PatchApp>(fixture.deployments->changes_[0].action);
  CHECK(patch.config.ToString() == R"({"env":{"A":null}})");
  REQUIRE(patch.secrets.size() == 2);
  CHECK(patch.secrets[0].second == "s3cret");
  CHECK_FALSE(patch.secrets[1].second.has_value());
  const Answered wrong =
      Ask(fixture, "PATCH", "/admin/apps/shop", fields, R"({"secrets":{"KEY":["s3cret"]}})");
  CHECK(wrong.status == 422);
  CHECK(wrong.body.find("secrets.KEY") != std::string::npos);
  CHECK(wrong.body.find("s3cret") == std::string::npos);
  CHECK(Ask(fixture, "PATCH", "/admin/apps/shop", fields, R"({"secrets":{"a b":"x"}})").status ==
        422);
}

TEST_CASE("bodies that are none are refused", "[admin]") {
  Fixture fixture;
  const Fields fields = With(kJsonType, "if-match", "*");
  CHECK(Ask(fixture, "PATCH", "/admin/apps/shop", fields, "[1]").Slug() == "malformed-request");
  const Answered place = Ask(fixture, "PATCH", "/admin/apps/shop", fields, "{\"a\":1,}");
  CHECK(place.Text("detail").find("line 1, column 8") != std::string::npos);
  CHECK(Ask(fixture, "PATCH", "/admin/apps/shop", {{"if-match", "*"}, {"content-type", "text/x"}},
            "{}")
            .Slug() == "media-type");
  CHECK(Ask(fixture, "PATCH", "/admin/apps/shop",
            {{"if-match", "*"}, {"content-type", "Application/Merge-Patch+JSON; charset=utf-8"}},
            "{}")
            .status == 200);
  CHECK(
      Ask(fixture, "PATCH", "/admin/apps/shop", fields, std::string(1024 * 1024 + 1, ' ')).Slug() ==
      "too-large");
  CHECK(Ask(fixture, "POST", "/admin/reload", kJsonType, R"({"drop":true})").Slug() == "invalid");
}

TEST_CASE("reloads, rollbacks and canaries", "[admin]") {
  Fixture fixture;
  FakeDeployments& fake = *fixture.deployments;
  CHECK(Ask(fixture, "POST", "/admin/reload").Text("outcome") == "unchanged");
  CHECK(Ask(fixture, "POST", "/admin/reload", kJsonType, R"({"drop_state":true})").status == 200);
  REQUIRE(fake.reloads_.size() == 2);
  CHECK_FALSE(fake.reloads_[0].drop_state);
  CHECK(fake.reloads_[1].drop_state);

  CHECK(Ask(fixture, "POST", "/admin/apps/shop/rollback").status == 200);
  CHECK(std::get<RollBack>(fake.changes_.back().action).version == "previous");
  CHECK(Ask(fixture, "POST", "/admin/apps/shop/rollback", kJsonType, R"({"version":"bbbb"})")
            .status == 200);
  CHECK(std::get<RollBack>(fake.changes_.back().action).version == "bbbb");
  CHECK(Ask(fixture, "POST", "/admin/apps/shop/rollback", kJsonType, R"({"version":7})").status ==
        422);
  CHECK(Ask(fixture, "POST", "/admin/apps/shop/rollback", {{"if-match", "\"old\""}}).status == 412);
  CHECK(Ask(fixture, "POST", "/admin/apps/none/rollback").Slug() == "no-such-app");
  fake.scripted_ = Outcome{.kind = Outcome::Kind::kNotFound, .message = "No version begins so."};
  CHECK(Ask(fixture, "POST", "/admin/apps/shop/rollback").Slug() == "no-such-version");

  const auto canary = [&](const std::string& body) {
    return Ask(fixture, "POST", "/admin/apps/shop/canary", kJsonType, body);
  };
  CHECK(canary(R"({"version":"bbbb","percent":10})").status == 200);
  CHECK(std::get<SetCanary>(fake.changes_.back().action).percent == 10);
  CHECK(canary(R"({"version":"bbbb"})").status == 422);
  CHECK(canary(R"({"version":"bbbb","percent":101})").status == 422);
  CHECK(canary(R"({"version":"bbbb","percent":1.5})").status == 422);
  CHECK(canary(R"({"percent":20})").status == 422);
  fake.overview_.apps[0].canary = CanaryView{.version = {.digest = "cccc"}};
  CHECK(canary(R"({"percent":20})").status == 200);
  CHECK(std::get<SetCanary>(fake.changes_.back().action).version == "cccc");
  CHECK(canary(R"({"promote":true})").status == 200);
  CHECK(std::holds_alternative<PromoteCanary>(fake.changes_.back().action));
  CHECK(canary(R"({"promote":false})").status == 422);
  CHECK(Ask(fixture, "DELETE", "/admin/apps/shop/canary").status == 200);
  CHECK(std::holds_alternative<EndCanary>(fake.changes_.back().action));
}

TEST_CASE("a swap that fails says at which step, with the app's lines", "[admin]") {
  Fixture fixture;
  const auto outcome = [&](Outcome scripted) {
    fixture.deployments->scripted_ = std::move(scripted);
    return Ask(fixture, "POST", "/admin/reload", kJsonType, "{}");
  };
  // A reload is scripted by a change of the same answers.
  const auto change = [&](Outcome scripted) {
    fixture.deployments->scripted_ = std::move(scripted);
    return Ask(fixture, "POST", "/admin/apps/shop/rollback");
  };
  CHECK(outcome({}).status == 200);
  const Answered boot = change({.kind = Outcome::Kind::kFailed,
                                .release = 7,
                                .step = "boot",
                                .app = "shop",
                                .message = "It threw.",
                                .log = {"TypeError: x"}});
  CHECK(boot.status == 422);
  CHECK(boot.Slug() == "swap-refused");
  CHECK(boot.Text("step") == "boot");
  CHECK(boot.json().Find("log")->ToString() == R"(["TypeError: x"])");
  CHECK(change({.kind = Outcome::Kind::kFailed, .step = "persist"}).status == 500);
  CHECK(change({.kind = Outcome::Kind::kNoSpace}).status == 507);
  CHECK(change({.kind = Outcome::Kind::kStopping}).status == 503);
  const Answered busy = change({.kind = Outcome::Kind::kBusy});
  CHECK(busy.status == 503);
  CHECK(busy.Field("retry-after") == "1");
  const Answered invalid = change({.kind = Outcome::Kind::kInvalid,
                                   .message = "No.",
                                   .errors = {{"too small", "config: limits.memory", "4MiB"}}});
  CHECK(invalid.status == 422);
  CHECK(invalid.body.find("config: limits.memory") != std::string::npos);
}

TEST_CASE("a client that goes away does not undo what it began", "[admin]") {
  Fixture fixture;
  fixture.deployments->holds_ = true;
  {
    Client client(fixture);
    client.Send(
        RequestText("POST", "/admin/apps/shop/rollback", {{"idempotency-key", "k1"}}, "", kToken));
    REQUIRE(fixture.Until([&] { return fixture.deployments->changes_.size() == 1; }));
  }
  REQUIRE(fixture.Until([&] { return fixture.listener->connections() == 0; }));
  fixture.deployments->Release();
  // It can ask again, and gets the answer that it did not wait for.
  const Answered again =
      Ask(fixture, "POST", "/admin/apps/shop/rollback", {{"idempotency-key", "k1"}});
  CHECK(again.status == 200);
  CHECK(again.Field("idempotent-replayed") == "true");
  CHECK(fixture.deployments->changes_.size() == 1);
}

TEST_CASE("a request with a key is done once", "[admin]") {
  Fixture fixture;
  const Fields fields = {
      {"content-type", "application/json"}, {"if-match", "\"shop-1\""}, {"idempotency-key", "k1"}};
  const Answered first = Ask(fixture, "PATCH", "/admin/apps/shop", fields, "{}");
  CHECK(first.status == 200);
  const Answered again = Ask(fixture, "PATCH", "/admin/apps/shop", fields, "{}");
  CHECK(again.status == 200);
  CHECK(again.body == first.body);
  CHECK(again.Field("idempotent-replayed") == "true");
  CHECK(Ask(fixture, "PATCH", "/admin/apps/shop", fields, "{ }").Slug() ==
        "idempotency-key-reused");
  CHECK(fixture.deployments->changes_.size() == 1);
  // Another client's keys are others.
  CHECK(Ask(fixture, "PATCH", "/admin/apps/shop", fields, "{}", kShopToken).status == 412);

  fixture.deployments->scripted_ = Outcome{.kind = Outcome::Kind::kFailed, .step = "persist"};
  const Fields other = {{"idempotency-key", "k2"}};
  CHECK(Ask(fixture, "POST", "/admin/apps/shop/rollback", other).status == 500);
  CHECK(Ask(fixture, "POST", "/admin/apps/shop/rollback", other).status == 200);

  fixture.deployments->holds_ = true;
  Client waiting(fixture);
  waiting.Send(
      RequestText("POST", "/admin/apps/shop/rollback", {{"idempotency-key", "k3"}}, "", kToken));
  REQUIRE(fixture.Until([&] { return fixture.deployments->changes_.size() == 4; }));
  CHECK(Ask(fixture, "POST", "/admin/apps/shop/rollback", {{"idempotency-key", "k3"}}).Slug() ==
        "in-progress");
  fixture.deployments->Release();
  CHECK(waiting.Read().status == 200);
}

TEST_CASE("an API that goes away before the deployer answers", "[admin]") {
  Fixture fixture;
  fixture.deployments->holds_ = true;
  Client client(fixture);
  client.Send(RequestText("POST", "/admin/apps/shop/rollback", {}, "", kToken));
  REQUIRE(fixture.Until([&] { return fixture.deployments->changes_.size() == 1; }));
  bool stopped = false;
  fixture.listener->Stop(0, [&] { stopped = true; });
  REQUIRE(fixture.Until([&] { return stopped; }));
  fixture.api = std::make_unique<Api>(&fixture.loop, TestAccess(), *fixture.deployments,
                                      *fixture.log, Api::Options());
  fixture.listener = std::make_unique<http1::Listener>(&fixture.loop, http::Limits(), *fixture.api);
  fixture.deployments->Release();
  fixture.Until([&] { return uv_run(&fixture.loop, UV_RUN_NOWAIT) == 0; });
}

}  // namespace
}  // namespace nano::server::admin::testing
