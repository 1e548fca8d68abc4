// Events and log lines: in order, from where the client stopped, at its pace, or not at all.
#include "server/deploy/feed.h"
#include "tests/unit/server/admin/admin_fixture.h"

namespace nano::server::admin::testing {
namespace {

void Follow(Client& client, const std::string& target, const Fields& fields = {},
            const std::string& method = "GET") {
  client.Send(RequestText(method, target, fields, "", kToken));
}

TEST_CASE("events come as they happen", "[admin]") {
  Fixture fixture;
  Feed& feed = fixture.deployments->events();
  feed.Publish("swap", "shop", R"({"before":1})");
  Client client(fixture);
  Follow(client, "/admin/events");
  REQUIRE(client.Await(": following"));
  CHECK(client.received.find("content-type: text/event-stream\r\n") != std::string::npos);
  feed.Publish("swap", "shop", R"({"n":1})");
  feed.Publish("drain", "blog", R"({"n":2})");
  REQUIRE(client.Await("id: 3\nevent: drain\ndata: {\"n\":2}\n\n"));
  CHECK(client.received.find("id: 2\nevent: swap\ndata: {\"n\":1}\n\n") != std::string::npos);
  CHECK(client.received.find("before") == std::string::npos);
}

TEST_CASE("events go on where the client stopped", "[admin]") {
  Fixture fixture;
  Feed& feed = fixture.deployments->events();
  for (int i = 1; i <= 3; ++i) feed.Publish("e", "", std::to_string(i));
  Client client(fixture);
  Follow(client, "/admin/events", {{"last-event-id", "1"}});
  REQUIRE(client.Await("data: 3\n"));
  CHECK(client.received.find("data: 2\n") != std::string::npos);
  CHECK(client.received.find("data: 1\n") == std::string::npos);
  CHECK(client.received.find("gap") == std::string::npos);

  for (const char* id : {"0", "99"}) {
    // Dropped since, or of another life of the server.
    for (int i = 0; i < 100; ++i) feed.Publish("e", "", "later");
    Client late(fixture);
    Follow(late, "/admin/events", {{"last-event-id", id == std::string("99") ? "9999" : id}});
    REQUIRE(late.Await("event: gap\n"));
    CHECK(late.Await("id: " + std::to_string(feed.last()) + "\n"));
  }
  CHECK(Ask(fixture, "GET", "/admin/events", {{"last-event-id", "x"}}).Slug() ==
        "malformed-request");
}

TEST_CASE("events of one app, and signs of life", "[admin]") {
  Fixture fixture(TestAccess(), {.beat_ms = 5});
  Client client(fixture);
  Follow(client, "/admin/events?app=shop");
  REQUIRE(client.Await("\r\n:\n\n"));
  fixture.deployments->events().Publish("e", "blog", "other");
  fixture.deployments->events().Publish("e", "shop", "own");
  REQUIRE(client.Await("data: own"));
  CHECK(client.received.find("other") == std::string::npos);
}

TEST_CASE("who asks for the head of the news gets that", "[admin]") {
  Fixture fixture;
  const Answered head = Ask(fixture, "HEAD", "/admin/events");
  CHECK(head.status == 200);
  CHECK(head.Field("content-type") == "text/event-stream");
}

TEST_CASE("who does not read is cut off, and the others are served", "[admin]") {
  Fixture fixture;
  Feed& feed = fixture.deployments->events();
  Client slow(fixture, 4096);
  Client quick(fixture);
  Follow(slow, "/admin/events");
  Follow(quick, "/admin/events");
  REQUIRE(quick.Await(": following"));
  REQUIRE(slow.Await(": following"));
  const std::string large(60'000, 'x');
  // More than the buffers on the way and the feed hold.
  for (int i = 0; i < 400; ++i) {
    feed.Publish("e", "", large);
    uv_run(&fixture.loop, UV_RUN_NOWAIT);
    quick.Poll();
    quick.received.clear();
  }
  // What was on its way arrives, and then the end that is none.
  CHECK(fixture.Until([&] {
    slow.Poll();
    quick.Poll();
    return slow.ended;
  }));
  CHECK_FALSE(slow.received.ends_with("\r\n0\r\n\r\n"));
  CHECK(fixture.Until([&] { return fixture.listener->connections() == 1; }));
  CHECK_FALSE(quick.ended);
  feed.Publish("e", "", "still");
  CHECK(quick.Await("data: still"));
}

TEST_CASE("a follower that goes away leaves the feed", "[admin]") {
  Fixture fixture;
  {
    Client client(fixture);
    Follow(client, "/admin/events");
    REQUIRE(client.Await(": following"));
  }
  REQUIRE(fixture.Until([&] { return fixture.listener->connections() == 0; }));
  fixture.deployments->events().Publish("e", "", "nobody");
}

TEST_CASE("not more than some may follow, and all end with the server", "[admin]") {
  Fixture fixture(TestAccess(), {.most_followers = 1});
  Client client(fixture);
  Follow(client, "/admin/events");
  REQUIRE(client.Await(": following"));
  CHECK(Ask(fixture, "GET", "/admin/events").Slug() == "busy");
  fixture.api->StopFollowing(true);
  CHECK(client.Await("\r\n0\r\n\r\n"));
  CHECK(Ask(fixture, "GET", "/admin/events").Slug() == "stopping");
}

TEST_CASE("log lines as events go on where the client stopped", "[admin]") {
  Fixture fixture;
  Feed& lines = fixture.deployments->log_lines();
  for (int i = 1; i <= 5; ++i) lines.Publish("log", i % 2 == 0 ? "shop" : "", std::to_string(i));
  const Fields events = {{"accept", "text/event-stream"}};
  Client client(fixture);
  Follow(client, "/admin/logs?lines=1&app=shop", events);
  REQUIRE(client.Await("id: 4\nevent: log\ndata: 4\n\n"));
  CHECK(client.received.find("content-type: text/event-stream\r\n") != std::string::npos);
  CHECK(client.received.find("data: 2\n") == std::string::npos);
  lines.Publish("log", "shop", "six");
  REQUIRE(client.Await("data: six\n"));
  Client again(fixture);
  Follow(again, "/admin/logs?lines=1", {{"accept", "text/event-stream"}, {"last-event-id", "2"}});
  REQUIRE(again.Await("data: six\n"));
  CHECK(again.received.find("data: 3\n") != std::string::npos);
  CHECK(again.received.find("data: 2\n") == std::string::npos);
}

TEST_CASE("who follows the log does so until nobody writes to it, and has the last lines",
          "[admin]") {
  Fixture fixture;
  Client events(fixture);
  Client log(fixture);
  Follow(events, "/admin/events");
  Follow(log, "/admin/logs?follow=1&lines=0");
  REQUIRE(events.Await(": following"));
  Feed& lines = fixture.deployments->log_lines();
  REQUIRE(fixture.Until([&] { return lines.followed(); }));
  fixture.api->StopFollowing(false);
  CHECK(events.Await("\r\n0\r\n\r\n"));
  lines.Publish("log", "", "stopping");
  CHECK(log.Await("stopping\n"));
  lines.Publish("log", "", "the last one");
  fixture.api->StopFollowing(true);
  CHECK(log.Await("the last one\n\r\n0\r\n\r\n"));
}

TEST_CASE("log lines: the last ones, an app's, those to come", "[admin]") {
  Fixture fixture;
  Feed& lines = fixture.deployments->log_lines();
  for (int i = 1; i <= 5; ++i) lines.Publish("log", i % 2 == 0 ? "shop" : "", std::to_string(i));
  const Answered all = Ask(fixture, "GET", "/admin/logs");
  CHECK(all.body == "1\n2\n3\n4\n5\n");
  CHECK(all.Field("content-type") == "text/plain; charset=utf-8");
  CHECK(Ask(fixture, "GET", "/admin/logs?lines=2").body == "4\n5\n");
  CHECK(Ask(fixture, "GET", "/admin/logs?lines=0").body.empty());
  CHECK(Ask(fixture, "GET", "/admin/logs?app=shop").body == "2\n4\n");
  CHECK(Ask(fixture, "GET", "/admin/logs?app=shop&lines=1").body == "4\n");
  CHECK(Ask(fixture, "GET", "/admin/logs?lines=x").Slug() == "malformed-request");
  CHECK(Ask(fixture, "GET", "/admin/logs?lines=10001").Slug() == "malformed-request");
  Client client(fixture);
  Follow(client, "/admin/logs?follow=1&lines=1&app=shop");
  REQUIRE(client.Await("4\n"));
  lines.Publish("log", "blog", "6");
  lines.Publish("log", "shop", "seven");
  REQUIRE(client.Await("seven\n"));
  CHECK(client.received.find("2\n\r\n") == std::string::npos);
  // That lines are missing is for everybody, who cannot know whose they were.
  lines.Publish(std::string(Feed::kGap), "", "some are missing");
  REQUIRE(client.Await("some are missing\n"));
  CHECK(Ask(fixture, "GET", "/admin/logs?app=shop&lines=1").body == "some are missing\n");
}

}  // namespace
}  // namespace nano::server::admin::testing
