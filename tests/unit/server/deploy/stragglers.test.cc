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

struct Behind {
  explicit Behind(milliseconds patience)
      : workers(2, ReleaseOf(1, {AppOf(VersionOf(1, "app"))})),
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
}

}  // namespace
}  // namespace nano::server
