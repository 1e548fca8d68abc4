// URLs and curl lines that work.
#include "server/supervisor/startup_report.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

#include "base/json_fields.h"
#include "server/worker/protocol_error_log.h"

namespace nano::server {
namespace {

TEST_CASE("an app's URL and curl line suit its host and the address") {
  struct Row {
    config::Address address;
    std::string_view host, url, curl;
  };
  const Row rows[] = {
      {{"127.0.0.1", 8080},
       "a.localhost",
       "http://a.localhost:8080/",
       "curl http://a.localhost:8080/"},
      {{"", 80}, "a.localhost", "http://a.localhost/", "curl http://a.localhost/"},
      {{"::1", 8080}, "a.localhost", "http://a.localhost:8080/", "curl http://a.localhost:8080/"},
      {{"127.0.0.1", 8080},
       "a.test",
       "http://a.test:8080/",
       "curl -H 'Host: a.test' http://127.0.0.1:8080/"},
      {{"::", 8080},
       "a.test",
       "http://a.test:8080/",
       "curl -H 'Host: a.test' -g 'http://[::1]:8080/'"},
      // Not a loopback address, so the name does not lead there.
      {{"10.0.0.1", 8080},
       "a.localhost",
       "http://a.localhost:8080/",
       "curl -H 'Host: a.localhost' http://10.0.0.1:8080/"},
      {{"127.0.0.1", 8080},
       "*.a.localhost",
       "http://any.a.localhost:8080/",
       "curl http://any.a.localhost:8080/"},
      {{"0.0.0.0", 8080}, "", "http://127.0.0.1:8080/", "curl http://127.0.0.1:8080/"},
      {{"", 80}, "", "http://127.0.0.1/", "curl http://127.0.0.1/"},
      {{"::1", 8080}, "[::1]", "http://[::1]:8080/", "curl -g 'http://[::1]:8080/'"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.address.ToString(), row.host);
    const AppAccess access = AccessOf(row.address, row.host);
    CHECK(access.url == row.url);
    CHECK(access.curl == row.curl);
  }
}

TEST_CASE("refused requests are logged up to a number in each second") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  LogSink sink(ends[1]);
  Log log(sink, LogFormat::kJson, 1);
  ProtocolErrorLog errors(log);
  for (int i = 0; i < 25; ++i)
    errors.Add(5000, {.status = 400, .reason = "bad", .peer = "10.0.0.1"}, {});
  errors.Add(6000, {.status = 431, .reason = "long"}, {});
  close(ends[1]);
  std::string text(1 << 16, '\0');
  text.resize(static_cast<size_t>(read(ends[0], text.data(), text.size())));
  close(ends[0]);

  std::vector<Json> lines;
  for (size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos;
       begin = end + 1) {
    lines.push_back(Json::Parse(text.substr(begin, end - begin)).value());
  }
  REQUIRE(lines.size() == ProtocolErrorLog::kPerSecond + 2);
  CHECK(NumberOf(lines.front(), "status") == 400);
  CHECK(TextOf(lines.front(), "peer") == "10.0.0.1");
  CHECK(NumberOf(lines[ProtocolErrorLog::kPerSecond], "count") ==
        25 - ProtocolErrorLog::kPerSecond);
  CHECK(NumberOf(lines.back(), "status") == 431);
}

}  // namespace
}  // namespace nano::server
