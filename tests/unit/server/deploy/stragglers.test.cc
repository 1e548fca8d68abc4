// Tests of workers that are left behind: what is said of them, and when they are ended.
#include "server/deploy/stragglers.h"

#include <fcntl.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <memory>
#include <string>

#include "base/file.h"
#include "server/log/log_sink.h"
#include "tests/unit/server/deploy/scripted_workers.h"
#include "tests/unit/temporary_directory.h"

namespace nano::server {
namespace {

using namespace testing;
using std::chrono::milliseconds;

constexpr uint32_t kVersion = 5;

ServedApp Limited(milliseconds cpu) {
  ServedApp app = AppOf(VersionOf(kVersion, "busy"));
  app.terms.limits.cpu = cpu;
  return app;
}

struct Behind {
  // `cpu`: of the one app, which may compute for so long.
  explicit Behind(milliseconds patience, milliseconds cpu = milliseconds(0))
      : workers(2, ReleaseOf(1, {Limited(cpu)})),
        file(open((directory.path() + "/log").c_str(), O_CREAT | O_RDWR, 0600)),
        sink(file.get()),
        log(sink, LogFormat::kText) {
    stragglers = std::make_unique<Stragglers>(
        &workers.loop, workers, log, patience,
        [](uint32_t version) { return version == kVersion ? "busy" : ""; });
    workers.running[worker().id] = kVersion;
  }
  ~Behind() { stragglers.reset(); }

  WorkerLink& worker() { return workers.all[1]->link; }
  std::string Log() { return ReadFile(directory.path() + "/log").value(); }

  test::TemporaryDirectory directory;
  ScriptedWorkers workers;
  Descriptor file;
  LogSink sink;
  server::Log log;
  std::unique_ptr<Stragglers> stragglers;
};

TEST_CASE("a worker that is left behind is told of once, with the app that keeps it", "[deploy]") {
  Behind behind(milliseconds(30'000));
  CHECK_THAT(behind.stragglers->Add(behind.worker(), 7),
             Catch::StartsWith("worker 2 is busy with the app busy: it changes over as soon as"));
  CHECK_THAT(behind.Log(), Catch::Contains("release 7 is served without one of the workers: worker "
                                           "2 is busy with the app busy"));
  CHECK_THAT(behind.Log(), Catch::Contains("is ended 30s after it was left behind"));
  const size_t told = behind.Log().size();
  behind.stragglers->Add(behind.worker(), 8);
  CHECK(behind.Log().size() == told);
  behind.stragglers->Caught(behind.worker());
  CHECK_THAT(behind.Log(), Catch::Contains("worker 2 has changed over, after the others"));
  const size_t caught = behind.Log().size();
  behind.stragglers->Caught(behind.worker());
  CHECK(behind.Log().size() == caught);
}

TEST_CASE("a worker that stays behind is ended, and no other", "[deploy]") {
  Behind behind(milliseconds(5));
  behind.stragglers->Add(behind.workers.all[0]->link, 7);
  behind.stragglers->Add(behind.worker(), 7);
  SECTION("though the others have followed") {
    behind.stragglers->Caught(behind.workers.all[0]->link);
  }
  SECTION("though the others have ended") {
    behind.stragglers->OnEnded(behind.workers.all[0]->link);
  }
  REQUIRE(behind.workers.Until([&] { return !behind.workers.ended.empty(); }));
  CHECK(behind.workers.ended == std::vector<uint64_t>{behind.worker().id});
  CHECK(behind.workers.blames == std::vector<Blame>{Blame::kWhatItRuns});
  REQUIRE(behind.workers.limits.front().has_value());
  CHECK(behind.workers.limits.front()->reason == Reason::kDrainTimeout);
  CHECK(behind.workers.limits.front()->limit == 5);
  CHECK(behind.workers.limits.front()->used >= 5);
}

TEST_CASE("a worker is waited for as long as the limits of its apps let one turn take",
          "[deploy]") {
  Behind behind(milliseconds(0), milliseconds(1'000));
  CHECK_THAT(behind.stragglers->Add(behind.worker(), 7),
             Catch::Contains("is ended 12s after it was left behind (longer than "
                             "`server.drain_timeout`, for the `limits.cpu` of its apps)"));
  CHECK_THAT(behind.stragglers->Add(behind.worker(), 8), Catch::Contains("is ended 12s after"));
  Behind patient(milliseconds(30'000), milliseconds(1'000));
  CHECK_THAT(patient.stragglers->Add(patient.worker(), 7),
             Catch::Contains("is ended 30s after it was left behind (`server.drain_timeout`)"));
}

TEST_CASE("versions that finish what they have begun are waited for by the limits that they had",
          "[deploy]") {
  constexpr uint32_t kFormer = kVersion - 1;
  Behind behind(milliseconds(0), milliseconds(1'000));
  behind.worker().draining = {kFormer};
  behind.worker().draining_cpu = {{kFormer, milliseconds(2'000)}};
  CHECK_THAT(behind.stragglers->Add(behind.worker(), 7), Catch::Contains("is ended 22s after"));
  behind.workers.running[behind.worker().id] = kFormer;
  EndBusy(behind.workers, behind.worker(), "was busy");
  behind.worker().draining_cpu = {{kFormer, milliseconds(0)}};
  EndBusy(behind.workers, behind.worker(), "was busy");
  CHECK(behind.workers.blames == std::vector<Blame>{Blame::kNobody, Blame::kWhatItRuns});
}

TEST_CASE("apps of other groups are not what a worker is waited for", "[deploy]") {
  Behind behind(milliseconds(50), milliseconds(1'000));
  behind.worker().group = "blue";
  CHECK_THAT(behind.stragglers->Add(behind.worker(), 7), Catch::Contains("is ended 50ms after"));
}

TEST_CASE("an app whose limits bound how long it computes is not blamed for its worker's end",
          "[deploy]") {
  Behind behind(milliseconds(0), milliseconds(1));
  EndBusy(behind.workers, behind.worker(), "was busy");
  behind.workers.running[behind.worker().id] = kVersion + 1;  // Which nobody knows any more.
  EndBusy(behind.workers, behind.worker(), "was busy");
  behind.workers.running.clear();
  EndBusy(behind.workers, behind.worker(), "was busy");
  CHECK(behind.workers.blames ==
        std::vector<Blame>{Blame::kNobody, Blame::kWhatItRuns, Blame::kNobody});
}

TEST_CASE("a worker that is replaced is left to that", "[deploy]") {
  Behind behind(milliseconds(5));
  behind.stragglers->Add(behind.worker(), 7);
  behind.stragglers->Add(behind.workers.all[0]->link, 7);
  behind.worker().replaced = true;
  REQUIRE(behind.workers.Until([&] { return !behind.workers.ended.empty(); }));
  CHECK(behind.workers.ended == std::vector<uint64_t>{behind.workers.all[0]->link.id});
}

}  // namespace
}  // namespace nano::server
