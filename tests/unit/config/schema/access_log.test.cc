// `server.access_log`: a word or a map.
#include "config/schema/access_log.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>

#include "config/schema/file.h"

using namespace nano;
using namespace nano::config;
using Catch::Contains;

namespace {

Result<FileFields> Parse(std::string text) {
  return ParseFile(
      std::make_shared<Source>(Source{"nano.yaml", "server:\n  access_log: " + std::move(text)}));
}

}  // namespace

TEST_CASE("an access log is a format, or a map with one") {
  const auto read = [](const char* text) { return Parse(text).value().server.access_log; };
  CHECK(AccessLogSettings().format == AccessLogFormat::kOff);
  CHECK(read("json\n").format == AccessLogFormat::kJson);
  CHECK(read("off\n").format == AccessLogFormat::kOff);
  const AccessLogSettings all = read("{ format: combined, sample: 100, query: false }\n");
  CHECK(all.format == AccessLogFormat::kCombined);
  CHECK(all.sample == 100);
  CHECK_FALSE(all.query);
  CHECK(ShowAccessLog(all) == "{ format: combined, sample: 100, query: false }");
}

TEST_CASE("what is no access log is refused with what it could be") {
  const auto refused = [](const char* text) { return Parse(text).error().ToString(); };
  CHECK_THAT(refused("nginx\n"), Contains("server.access_log") && Contains("nano.yaml:2") &&
                                     Contains("`json`, `combined` or `off`"));
  CHECK_THAT(refused("{ format: no }\n"), Contains("server.access_log.format"));
  CHECK_THAT(refused("{ sample: 0 }\n"), Contains("server.access_log.sample"));
  CHECK_THAT(refused("{ formats: json }\n"), Contains("format"));
}
