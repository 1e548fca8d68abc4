// What people see.
#include "cli/nano/ctl/render.h"

#include <catch2/catch.hpp>
#include <string>

#include "cli/nano/ctl/totals.h"

namespace nano::cli::ctl {
namespace {

using Catch::Contains;

Json Parsed(const std::string& text) {
  Result<Json> json = Json::Parse(text);
  if (!json.ok()) FAIL(json.error().message << " in " << text);
  return std::move(json).value();
}

// A minute past the times below.
const Look kLook{.color = false, .now = 1'769'868'247'000};
constexpr char kTime[] = "\"2026-01-31T14:03:07.000Z\"";

std::string Replaced(std::string text) {
  for (size_t at; (at = text.find("TIME")) != std::string::npos;) text.replace(at, 4, kTime);
  return text;
}

std::string Load(const std::string& app, int id, const std::string& more) {
  return R"({"app":")" + app + R"(","digest":"d)" + std::to_string(id) + R"(","id":)" +
         std::to_string(id) + "," + more + "}";
}

constexpr char kTotals[] =
    R"("totals":[{"app":"shop","requests":{"2xx":70,"4xx":0,"5xx":3,"aborted":7},"p50_us":2500,)"
    R"("p99_us":null,"duration_us":160000,"cpu_ms":12340,"boots":3,)"
    R"("stops":{"cpu-limit":1,"queue-full":2},"evictions":{"idle":6,"memory":0},)"
    R"("subrequests":{"ok":4,"denied":1},"log_lines_dropped":2,"worker_deaths":1,)"
    R"("lost_requests":3},{"app":"bad","requests":{"2xx":0},"p50_us":null,"p99_us":null}],)";

TEST_CASE("the status is one screen") {
  const std::string busy = R"("draining":true,"isolates":1,"memory":5,"in_flight":2,"streams":1)";
  const std::string calm =
      R"("isolates":1,"memory":34000000,"requests":40,"limits_hit":1,"evictions":3)";
  const Json status = Parsed(Replaced(
      R"({"nano":"0.1.0","started":TIME,"release":8,"since":TIME,"dist":"dist","addresses":[":80"],)"
      R"("worker_memory":256000000,"swapping":true,"swaps":{"done":3,"failed":1,"unchanged":2},)"
      R"("last_swap":{"number":8,"time":TIME,"trigger":"api","failed":false,"milliseconds":84,)"
      R"("apps":[{"app":"shop","change":"code"}]},)"
      R"("apps":[{"name":"shop","state":"serving","version":{"digest":"d2","id":2,"since":TIME},)"
      R"("canary":{"version":{"digest":"d3","id":3,"since":TIME},"percent":10}},)"
      R"({"name":"bad","state":"refused","refusal":"it has no snapshot","version":null,"canary":null}],)" +
      std::string(kTotals) +
      R"("workers":[{"number":1,"pid":11,"since":TIME,"answered":true,"release":8,"connections":4,)"
      R"("resident":50000000,"own":20000000,"deaths":0,"versions":[)" +
      Load("shop", 1, busy) + "," + Load("shop", 2, calm) +
      R"(]},{"number":2,"pid":12,"since":TIME,"answered":true,"release":8,"connections":5,)"
      R"("resident":50000000,"own":21000000,"deaths":1,"versions":[)" +
      Load("shop", 1, R"("draining":true,"wait_untils":1)") + "," + Load("shop", 2, calm) +
      R"(]},{"number":3,"pid":null,"since":TIME,"answered":false,"deaths":7},)"
      R"({"number":4,"pid":14,"since":TIME,"answered":false,"running":"shop","deaths":0}]})"));
  CHECK(RenderStatus(status, kLook) ==
        "nano 0.1.0, up 60 s: dist on :80\n"
        "release 8 for 60 s; swaps: 3 done, 1 failed, 2 without a change; one is under way\n"
        "last swap: 60 s ago, by api, in 84 ms: shop\n"
        "\n"
        "app                 version  requests  5xx   p50 ≤  p99 ≤      CPU  memory  isolates  "
        "stops\n"
        "shop                d2             80    3  2.5 ms  > 10 s    12 s   68 MB         2      "
        "3\n"
        "shop (canary 10 %)  d3                                                   -         0\n"
        "bad (refused)                       0    0       -  -       0.00 s       -         0      "
        "0\n"
        "✘ bad\n"
        "  it has no snapshot\n"
        "\n"
        "draining  shop d1: 2 requests, 1 stream, 1 waitUntil (workers 1, 2)\n"
        "\n"
        "worker  pid  since  release         connections       own memory  resident  deaths\n"
        "     1   11   60 s  8                         4  20 MB of 256 MB     50 MB       0\n"
        "     2   12   60 s  8                         5  21 MB of 256 MB     50 MB       1\n"
        "     3    -   60 s  restarting                -                -         -       7\n"
        "     4   14   60 s  busy with shop            -                -         -       0\n");
}

TEST_CASE("a circuit that refuses nothing is told, and is no trouble") {
  const auto shown = [](const std::string& state) {
    return RenderStatus(
        Parsed(Replaced(
            R"({"nano":"0.1.0","started":TIME,"release":8,"since":TIME,"dist":"dist",)"
            R"("addresses":[":80"],"apps":[{"name":"shop","state":"serving","canary":null,)"
            R"("version":{"digest":"d2","id":2,"since":TIME,"circuit":{"state":")" +
            state + R"(","deaths":1,"until":TIME,"last":"it was killed"}}}],"workers":[]})")),
        kLook);
  };
  CHECK_THAT(shown("closed"),
             Contains("\n· shop\n  it has ended 1 worker lately: that is forgotten"));
  CHECK_THAT(shown("closed"), !Contains("✘"));
  CHECK_THAT(shown("open"), Contains("\n✘ shop\n  it has ended 1 worker lately: its requests are"));
}

TEST_CASE("the status of an app has all that was counted of it, and its versions") {
  const std::string load =
      R"("isolates":1,"memory":34000000,"requests":40,"limits_hit":1,"evictions":3,"queued":1)";
  const Json status = Parsed(Replaced(
      R"({"apps":[{"name":"shop","state":"serving","version":{"digest":"d2","id":2,"since":TIME},)"
      R"("canary":{"version":{"digest":"d3","id":3,"since":TIME},"percent":10}}],)" +
      std::string(kTotals) + R"("workers":[{"number":1,"versions":[)" + Load("shop", 2, load) +
      R"(]},{"number":2,"versions":[)" + Load("shop", 2, load) + "," +
      Load("shop", 1, R"("draining":true,"wait_untils":1)") + "]}]}"));
  CHECK(RenderAppStatus(status, kLook) ==
        "app        shop\n"
        "requests   80: 2xx 70, 5xx 3, aborted 7\n"
        "durations  p50 ≤ 2.5 ms, p99 > 10 s, on average 2 ms\n"
        "CPU time   12 s\n"
        "calls      5: ok 4, denied 1\n"
        "stops      3: cpu-limit 1, queue-full 2\n"
        "isolates   3 boots\n"
        "given up   idle 6\n"
        "ended      1 worker, with 3 requests of other apps\n"
        "log        2 lines dropped\n"
        "\n"
        "version  since  state        isolates         memory  requests  stopped  evicted   "
        "under way\n"
        "d2        60 s  serving         1 + 1  34 MB + 34 MB        80        2        6  2 "
        "requests\n"
        "d3        60 s  canary 10 %         -              -         0        0        0\n"
        "\n"
        "draining  shop d1: 1 waitUntil (worker 2)\n");
}

TEST_CASE("an app's files are counted in words") {
  const auto shown = [](const std::string& files) {
    return RenderApp(
        Parsed(R"({"name":"shop","code":true,"assets":{"files":)" + files + R"(,"bytes":2}})"),
        kLook);
  };
  CHECK_THAT(shown("1"), Contains("1 file, 2 B"));
  CHECK_THAT(shown("2"), Contains("2 files, 2 B"));
}

TEST_CASE("requests that were lost with a worker have no duration") {
  const Json totals =
      Parsed(R"({"requests":{"2xx":80,"lost":20},"p50_us":2500,"p99_us":2500,"duration_us":160000,)"
             R"("worker_deaths":2,"lost_requests":3,"lost_unread_connections":1})");
  const std::string text = RenderTotals("shop", totals, kLook);
  CHECK(text.find("100: 2xx 80, lost 20\n") != std::string::npos);
  CHECK(text.find("on average 2 ms\n") != std::string::npos);
  CHECK(text.find("2 workers, with 3 requests of other apps, and 1 connection not read yet\n") !=
        std::string::npos);
  const Json none = Parsed(R"({"requests":{"2xx":0,"lost":2},"p50_us":null})");
  CHECK(DurationAt(none, "p50_us") == "-");
}

TEST_CASE("what is under way has a column when there is something, and fits a terminal") {
  const Json status = Parsed(Replaced(
      R"({"nano":"0.1.0","apps":[{"name":"a-name-of-12","state":"serving",)"
      R"("version":{"digest":"0123456789abcdef","id":2,"since":TIME},"canary":null}],)"
      R"("totals":[{"app":"a-name-of-12","requests":{"2xx":12345678,"5xx":123},"p50_us":2500,)"
      R"("p99_us":250000,"cpu_ms":7199000,"stops":{"cpu-limit":12}}],)"
      R"("workers":[{"number":1,"answered":true,"versions":[)" +
      Load("a-name-of-12", 2, R"("isolates":1,"memory":340000000,"in_flight":2)") + "]}]}"));
  const std::string text = RenderStatus(status, kLook);
  CHECK_THAT(text, Contains("under way") && Contains("2 requests\n"));
  const size_t begin = text.find("a-name-of-12");
  const std::string line = text.substr(begin, text.find("  2 requests", begin) - begin);
  CHECK(line ==
        "a-name-of-12  0123456789ab  12345801  123  2.5 ms  250 ms  119 min  340 MB         1     "
        "12");
  CHECK(line.size() < 100);
}

TEST_CASE("a swap that failed last is in the status, with its step") {
  const Json status = Parsed(Replaced(
      R"({"nano":"0.1.0","last_swap":{"time":TIME,"trigger":"files","failed":true,"step":"boot",)"
      R"("message":"shop: it threw"}})"));
  CHECK_THAT(RenderStatus(status, kLook),
             Contains("by files, failed (step: boot): shop: it threw") && Contains("No apps."));
}

TEST_CASE("differences are lines of the server's own words") {
  const Json diff = Parsed(
      R"({"changes":true,"apps":[{"app":"a","change":"added","new_digest":"0123456789abcdef","new_bytes":2048},)"
      R"({"app":"longer","change":"config","keys":["env.A"],"overridden":["hosts"]},)"
      R"({"app":"r","change":"removed"},{"app":"u","change":"unchanged"}]})");
  CHECK(RenderDiff(diff, kLook) ==
        "a       added: 0123456789ab, 2.0 kB\n"
        "longer  configuration changed: env.A\n"
        "        set by `nano ctl`, and not as the files have it: hosts\n"
        "r       removed\n"
        "u       unchanged\n");
  CHECK_THAT(RenderDiff(Parsed(R"({"changes":false,"apps":[]})"), kLook),
             Contains("would change nothing"));
}

TEST_CASE("an outcome says what serves, and what does not go back") {
  const Json outcome = Parsed(
      R"({"outcome":"draining","release":9,"message":"","changes":[{"app":"a","change":"removed"}],)"
      R"("notes":["Data stays as it is."]})");
  CHECK(RenderOutcome(outcome, kLook) ==
        "a  removed\n✔ release 9 serves; what was removed finishes what it has begun: 503 "
        "meanwhile, then "
        "404\n"
        "· Data stays as it is.\n");
  const auto canary = [](const std::string& percent) {
    return RenderOutcome(
        Parsed(
            R"({"outcome":"done","release":2,"app":{"name":"a","canary":{"version":{"digest":"d"},)"
            R"("percent":)" +
            percent + "}}}"),
        kLook);
  };
  CHECK(canary("10") == "a  canary d: 10 % of the clients\n✔ release 2 serves\n");
  CHECK(canary("0") == "a  canary d: requests that ask for it\n✔ release 2 serves\n");
  CHECK(RenderOutcome(Parsed(R"({"outcome":"unchanged","release":9,"message":""})"), kLook) ==
        "Nothing has changed: it is so already.\n");
}

TEST_CASE("an event is a line, with a line for each app that has changed") {
  CHECK(RenderEvent("swap",
                    R"({"release":8,"trigger":"api","apps":[{"app":"shop","change":"removed"}]})",
                    kLook) == "swap  release=8  trigger=api\n  shop  removed\n");
  CHECK(RenderEvent("gap", "not JSON", kLook) == "gap  not JSON\n");
}

TEST_CASE("answers of another server, with less in them or with more, are still shown") {
  for (const char* text : {"{}", R"({"apps":[{}],"workers":[{}],"versions":[{}],"releases":[{}]})",
                           R"({"apps":7,"workers":{"a":1},"last_swap":[],"changes":"x"})"}) {
    const Json json = Parsed(text);
    for (const auto render : {RenderStatus, RenderApps, RenderApp, RenderVersions, RenderReleases,
                              RenderDiff, RenderOutcome}) {
      render(json, kLook);
    }
  }
  SUCCEED();
}

TEST_CASE("what others have written cannot steer the terminal") {
  const std::string evil = R"("\u001b[2Jx\nshop  serving")";
  const Json apps = Parsed(R"({"apps":[{"name":)" + evil + R"(,"hosts":[)" + evil +
                           R"(],"state":)" + evil + "}]}");
  for (const std::string& text :
       {RenderApps(apps, kLook), RenderStatus(apps, kLook),
        RenderApp(Parsed(R"({"name":)" + evil + "}"), kLook),
        RenderEvent("swap", R"({"app":)" + evil + R"(,"x":)" + evil + "}", kLook),
        RenderEvent("\x1b[2J", "\x1b[2J", kLook)}) {
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find("\nshop  serving") == std::string::npos);
  }
}

}  // namespace
}  // namespace nano::cli::ctl
