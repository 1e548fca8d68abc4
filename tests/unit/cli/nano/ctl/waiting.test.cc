// What is said of waits.
#include "cli/nano/ctl/waiting.h"

#include <catch2/catch.hpp>
#include <string>
#include <thread>

#include "base/file.h"
#include "tests/unit/pseudo_terminal.h"
#include "tests/unit/temporary_directory.h"

namespace nano::cli::ctl {
namespace {

Json Parsed(const std::string& text) { return Json::Parse(text).value(); }

TEST_CASE("an operation is told with what holds it, and the workers that do") {
  CHECK(Waiting(Parsed(R"({"kind":"drain","app":"shop","message":"it goes on"})")) ==
        "draining shop: it goes on");
  CHECK(Waiting(Parsed(R"({"kind":"remove","app":null,"holding":[{"in_flight":1}],)"
                       R"("workers":[{"number":2,"answered":true}]})")) ==
        "removing apps: 1 request, worker 2");
  CHECK(Waiting(Parsed(R"({"kind":"drain","app":"shop","holding":[{"streams":2}],)"
                       R"("workers":[{"number":1,"answered":false,"running":"report"},)"
                       R"({"number":2,"answered":true}]})")) ==
        "draining shop: 2 streams, worker 2; worker 1 is busy with the app report");
  CHECK(Waiting(Parsed(R"({"kind":"drain","app":"shop",)"
                       R"("workers":[{"number":6,"group":"blue","answered":false}]})")) ==
        "draining shop: worker 6 (blue) does not answer");
}

TEST_CASE("workers that do not answer are named, and none that is not there") {
  CHECK(BusyWorkers(Parsed(R"({"workers":[{"number":1,"pid":7,"answered":true},)"
                           R"({"number":2,"pid":8,"answered":false,"running":"report"},)"
                           R"({"number":3,"pid":null,"answered":false}]})")) ==
        "worker 2 is busy with the app report");
  CHECK(BusyWorkers(Parsed("{}")).empty());
}

TEST_CASE("what is over soon is not told, nor how it ended") {
  const test::TemporaryDirectory directory;
  std::FILE* file = std::fopen((directory / "out").c_str(), "w");
  REQUIRE(file != nullptr);
  {
    WaitingLine line(file);
    line.Update("one");
    line.End("it is over");
  }
  std::fflush(file);
  CHECK(ReadFile(directory / "out").value().empty());

  WaitingLine line(file);
  std::this_thread::sleep_for(WaitingLine::kUntold);
  line.Update("one");
  line.Update("two");  // Within a line's distance.
  line.End("it is over");
  std::fclose(file);
  const std::string told = ReadFile(directory / "out").value();
  CHECK(told.starts_with("… one\n… it is over, after "));
  CHECK(told.find("two") == std::string::npos);
}

TEST_CASE("a terminal that takes no line back gets lines of their own") {
  test::PseudoTerminal terminal;
  const test::ScopedVariable dumb("TERM", "dumb");
  WaitingLine line(terminal.stream());
  std::this_thread::sleep_for(WaitingLine::kUntold);
  line.Update("one");
  CHECK(terminal.Read() == "… one\r\n");
}

}  // namespace
}  // namespace nano::cli::ctl
