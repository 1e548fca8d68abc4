// Lines that come by the stream `stderr`, as entries of the log.
#include "server/log/standard_error_log.h"

#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <string>

namespace nano::server {
namespace {

TEST_CASE("what is written to standard error becomes entries of the log, in whole lines") {
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  std::FILE* const before = stderr;
  {
    LogSink sink(ends[1]);
    const StandardErrorLog told(Log(sink, LogFormat::kJson, 3), [] { return "shop"; });
    std::fputs("\n\n#\n# Fatal error:\n# ", stderr);
    std::fprintf(stderr, "%s %d", "invalid \"size\"", 5);
    std::fputs("\n#\nhalf", stderr);
  }
  CHECK(stderr == before);
  close(ends[1]);
  std::string text(4096, '\0');
  text.resize(static_cast<size_t>(read(ends[0], text.data(), text.size())));
  close(ends[0]);
  for (size_t at = 0; (at = text.find("{\"time\":\"2", at)) != text.npos;) text.erase(at + 9, 24);
  const std::string begin = R"({"time":"","level":"error","worker":3,"app":"shop","msg":")";
  const std::string end = "\",\"source\":\"stderr\"}\n";
  CHECK(text == begin + "Fatal error:" + end + begin + R"(invalid \"size\" 5)" + end + begin +
                    "half" + end);
}

}  // namespace
}  // namespace nano::server
