// Cron triggers over the API: what is told of them, and calls for trying.
#include <string>

#include "tests/unit/server/admin/admin_fixture.h"

namespace nano::server::admin::testing {
namespace {

constexpr char kPath[] = "/admin/apps/shop/cron";

TEST_CASE("what is due is told, and how it went", "[admin]") {
  Fixture fixture;
  CHECK(Ask(fixture, "GET", "/admin/crons").body == "{\"crons\":[]}\n");
  fixture.deployments->crons_.views = {{.app = "blog", .cron = "* * * * *"},
                                       {.app = "shop",
                                        .cron = "0 3 * * *",
                                        .next = 1'769'868'187'000,
                                        .last = CronRun{.app = "shop",
                                                        .cron = "0 3 * * *",
                                                        .time = 1'769'781'787'000,
                                                        .outcome = "not-run",
                                                        .why = "no"},
                                        .outcomes = {{"ok", 2}, {"not-run", 1}},
                                        .ms = 12,
                                        .missed = 4}};
  const Answered told = Ask(fixture, "GET", "/admin/crons");
  CHECK(told.status == 200);
  CHECK_THAT(told.body,
             Catch::Contains(R"({"app":"blog","cron":"* * * * *","next":null,"last":null)"));
  CHECK_THAT(told.body, Catch::Contains(R"("next":"2026-01-31T14:03:07.000Z")"));
  CHECK_THAT(told.body,
             Catch::Contains(R"("outcome":"not-run","why":"no","milliseconds":0,"worker":null)"));
  CHECK_THAT(told.body, Catch::Contains(R"("runs":{"not-run":1,"ok":2},"missed":4)"));
  const Answered page = Ask(fixture, "GET", "/metrics");
  CHECK_THAT(page.body,
             Catch::Contains(
                 "nano_scheduled_calls_total{app=\"shop\",cron=\"0 3 * * *\",outcome=\"ok\"} 2"));
  CHECK_THAT(page.body, Catch::Contains(
                            "nano_scheduled_seconds_total{app=\"shop\",cron=\"0 3 * * *\"} 0.012"));
}

TEST_CASE("a call for trying says what came of it", "[admin]") {
  Fixture fixture;
  const Answered ended = Ask(fixture, "POST", kPath, kJsonType,
                             R"({"cron":"0  3 * * *","time":"2026-01-31T16:03:07+02:00"})");
  CHECK(ended.status == 200);
  CHECK(
      ended.body ==
      R"({"app":"shop","cron":"0 3 * * *","time":"2026-01-31T14:03:07.000Z","outcome":"ok","why":null,)"
      R"("milliseconds":5,"worker":2,"request_id":"r1"})"
      "\n");
  const auto slug = [&](const char* body) {
    return Ask(fixture, "POST", kPath, kJsonType, body).Slug();
  };
  CHECK(slug("{}") == "invalid");  // It has none of its own.
  CHECK(slug(R"({"cron":"60 * * * *"})") == "invalid");
  CHECK(slug(R"({"cron":5})") == "invalid");
  CHECK(slug(R"({"cron":"* * * * *","time":"noon"})") == "invalid");
  CHECK(slug(R"({"cron":"* * * * *","app":"shop"})") == "invalid");
  CHECK(Ask(fixture, "POST", "/admin/apps/none/cron").Slug() == "no-such-app");
  CHECK(Ask(fixture, "POST", kPath, {}, "", kReadToken).status == 403);
  REQUIRE(fixture.deployments->crons_.asked.size() == 1);
}

}  // namespace
}  // namespace nano::server::admin::testing
