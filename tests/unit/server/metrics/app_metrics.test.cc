// Tests of counters in shared memory, with real processes.
#include "server/metrics/app_metrics.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nano::server {
namespace {

uint64_t Boots(const AppMetrics& metrics, std::string_view app) {
  return metrics.Sum(app, [](const AppCounters& counters) { return counters.boots.value(); });
}

TEST_CASE("what processes count of an app is summed up, also when they are gone") {
  AppMetrics metrics(2);
  for (size_t row = 0; row < 2; ++row) {
    const pid_t pid = fork();
    if (pid == 0) {
      metrics.At(row, "shop").boots.Add(row + 1);
      metrics.At(row, "blog").boots.Add(10);
      _exit(0);
    }
    REQUIRE(waitpid(pid, nullptr, 0) == pid);
  }
  metrics.OfSupervisor("shop").boots.Add(100);
  CHECK(Boots(metrics, "shop") == 103);
  CHECK(Boots(metrics, "blog") == 20);
  CHECK(Boots(metrics, "other") == 0);
  // The probe is asked by no client.
  metrics.At(2, "shop").boots.Add(1000);
  CHECK(Boots(metrics, "shop") == 103);
}

TEST_CASE("what processes count of clients is summed up, whichever app they asked") {
  constexpr auto kAt = static_cast<size_t>(http::SlowWith::kBody);
  const auto sum = [](const AppMetrics& metrics) {
    return metrics.SumOfWorkers(
        [](const WorkerCounters& counters) { return counters.slow_clients[kAt].value(); });
  };
  AppMetrics metrics(2, /*more=*/1);
  CHECK(sum(metrics) == 0);
  const pid_t pid = fork();
  if (pid == 0) {
    metrics.OfWorker(1).slow_clients[kAt].Add(3);
    _exit(0);
  }
  REQUIRE(waitpid(pid, nullptr, 0) == pid);
  metrics.OfWorker(3).slow_clients[kAt].Add(4);  // Of a group.
  metrics.OfWorker(2).slow_clients[kAt].Add(1000);
  CHECK(sum(metrics) == 7);
  // Beside those of apps.
  CHECK(Boots(metrics, "shop") == 0);
}

TEST_CASE("processes that begin to count the same apps at once find the same places") {
  constexpr int kNames = 2000;
  AppMetrics metrics(4);
  std::vector<pid_t> children;
  for (size_t row = 0; row < 4; ++row) {
    const pid_t pid = fork();
    if (pid == 0) {
      for (int i = 0; i < kNames; ++i) metrics.At(row, "app-" + std::to_string(i)).boots.Add(1);
      _exit(0);
    }
    children.push_back(pid);
  }
  for (const pid_t pid : children) REQUIRE(waitpid(pid, nullptr, 0) == pid);
  for (int i = 0; i < kNames; ++i) {
    if (Boots(metrics, "app-" + std::to_string(i)) != 4) FAIL_CHECK("app-" << i);
  }
}

TEST_CASE("when there is no place left, the rest share one, and nothing is lost of the others") {
  AppMetrics metrics(1);
  for (size_t i = 0; i < AppMetrics::kApps; ++i) {
    metrics.At(0, "app-" + std::to_string(i)).boots.Add(1);
  }
  metrics.At(0, "one-more").boots.Add(1);
  metrics.At(0, "another").boots.Add(1);
  CHECK(Boots(metrics, "app-0") == 1);
  CHECK(Boots(metrics, "app-16383") == 1);
  CHECK(Boots(metrics, "one-more") == 0);
}

TEST_CASE("what was under way in a worker that died is counted, but for the guilty app's own") {
  AppMetrics metrics(1);
  metrics.At(0, "guilty").in_flight.Add(5);
  metrics.At(0, "shop").in_flight.Add(2);
  metrics.At(0, "blog").in_flight.Add(1);
  CHECK(metrics.EndRow(0, "guilty") == 3);
  CHECK(metrics.EndRow(0, "guilty") == 0);
  CHECK(metrics.At(0, "shop").in_flight.value() == 0);
  const auto lost = [&](std::string_view app) {
    return metrics.Sum(app, [](const AppCounters& counters) {
      return counters.requests[static_cast<size_t>(Ended::kLost)].value();
    });
  };
  CHECK(lost("guilty") == 5);
  CHECK(lost("shop") == 2);
  CHECK(lost("blog") == 1);
  // Nobody's requests are the probe's.
  metrics.At(1, "shop").in_flight.Add(1);
  metrics.EndRow(1, {});
  CHECK(lost("shop") == 2);
}

TEST_CASE("what is under way is told of apps that have any, of the processes that clients ask") {
  AppMetrics metrics(2, /*more=*/2);
  metrics.At(0, "shop").in_flight.Add(1);
  metrics.At(1, "shop").in_flight.Add(2);
  metrics.At(0, "quiet").boots.Add(1);
  metrics.At(2, "tried").in_flight.Add(4);    // In the probe.
  metrics.At(3, "group").in_flight.Add(8);    // In a group's worker …
  metrics.At(4, "unused").in_flight.Add(16);  // … and where there is none.
  metrics.UseRow(3);
  std::vector<std::pair<std::string, uint64_t>> told;
  metrics.EachInFlight(
      [&](std::string_view app, uint64_t requests) { told.emplace_back(app, requests); });
  CHECK(told == std::vector<std::pair<std::string, uint64_t>>{{"shop", 3}, {"group", 8}});
}

}  // namespace
}  // namespace nano::server
