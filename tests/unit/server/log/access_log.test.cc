// Tests of the access log between exchanges and the sink: who has a line, when, and what of a
// request is still known at its end.
#include "server/log/access_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/json_fields.h"

namespace nano::server {
namespace {

class ClientExchange final : public http::ServerExchange {
 public:
  std::string_view peer() override { return "10.0.0.1"; }
  std::string_view protocol() const override { return "HTTP/1.0"; }
  void RespondError(int, std::string_view) override {}
  void ReadBody(bool) override {}
  void Respond(const http::ResponseHead&, std::string_view) override {}
  void StartBody(const http::ResponseHead&, std::optional<uint64_t>) override {}
  bool WriteBody(std::string_view) override { return true; }
  void EndBody() override {}
  void Fail() override {}
};

// A sink whose reader is the test.
class Output {
 public:
  Output() {
    REQUIRE(pipe2(ends_, O_CLOEXEC) == 0);
    fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    fcntl(ends_[1], F_SETPIPE_SZ, 1 << 20);
    sink.emplace(ends_[1]);
  }
  ~Output() {
    sink.reset();
    close(ends_[0]);
    close(ends_[1]);
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  std::string Read() {
    std::string all;
    char buffer[1 << 16];
    for (ssize_t size; (size = read(ends_[0], buffer, sizeof buffer)) > 0;) {
      all.append(buffer, static_cast<size_t>(size));
    }
    return all;
  }
  size_t ReadCount() {
    const std::string all = Read();
    return static_cast<size_t>(std::count(all.begin(), all.end(), '\n'));
  }

  std::optional<LogSink> sink;

 private:
  int ends_[2];
};

void Answer(AccessLog& log, int status, http::Ending ending = http::Ending::kWhole,
            const char* refusal = nullptr) {
  ClientExchange exchange;
  log.Begin(exchange, {.method = "GET", .target = "/"}, "shop");
  exchange.status = status;
  exchange.refusal = refusal;
  exchange.TellEnded(ending);
}

TEST_CASE("a line has what the head said, though that is gone, and how it ended") {
  Output output;
  AccessLog log(*output.sink, {.format = config::AccessLogFormat::kJson}, 2);
  ClientExchange exchange;
  {
    std::string head =
        "user-agent\ncurl\nx\nreferer\nreferer\nhttp://a.test/?q\ntraceparent\n"
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n";
    log.Begin(exchange,
              {.method = "POST",
               .authority = "shop.test",
               .target = "/pay?card=1",
               .headers = head,
               .traceparent = std::string_view(head).substr(head.size() - 56, 55)},
              "shop");
    std::fill(head.begin(), head.end(), '!');
  }
  exchange.status = 201;
  exchange.received = 7;
  exchange.sent = 11;
  exchange.cpu_ticks = 3;
  exchange.TellEnded(http::Ending::kCut);
  CHECK(output.Read().empty());  // A turn's lines go together.
  log.Flush();
  const Json line = Json::Parse(output.Read()).value();
  CHECK(NumberOf(line, "worker") == 2);
  CHECK(TextOf(line, "app") == "shop");
  CHECK(TextOf(line, "method") == "POST");
  CHECK(TextOf(line, "host") == "shop.test");
  CHECK(TextOf(line, "target") == "/pay?card=1");
  CHECK(TextOf(line, "protocol") == "HTTP/1.0");
  CHECK(TextOf(line, "peer") == "10.0.0.1");
  CHECK(TextOf(line, "user_agent") == "curl");
  CHECK(TextOf(line, "referer") == "http://a.test/?q");
  CHECK(TextOf(line, "trace_id") == "0af7651916cd43dd8448eb211c80319c");
  CHECK(TextOf(line, "request_id").size() == 16);
  CHECK(TextOf(line, "ended") == "cut");
  CHECK(NumberOf(line, "status") == 201);
  CHECK(NumberOf(line, "bytes_in") == 7);
  CHECK(NumberOf(line, "bytes_out") == 11);
  CHECK(NumberOf(line, "cpu_ms") == 30);
}

TEST_CASE("of a sample, failures have a line all the same") {
  Output output;
  AccessLog log(*output.sink, {.format = config::AccessLogFormat::kJson, .sample = 1'000'000}, 1);
  for (int i = 0; i < 100; ++i) Answer(log, 404);
  log.Flush();
  CHECK(output.ReadCount() == 0);
  Answer(log, 500);
  Answer(log, 200, http::Ending::kCut);
  Answer(log, 0, http::Ending::kAborted, "duration-limit");
  log.Add(505, "no version", "10.0.0.1");
  log.Add(400, "nonsense", "10.0.0.1");  // Whoever likes can send that.
  log.Flush();
  const std::string lines = output.Read();
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 4);
  CHECK(lines.find("sample") == std::string::npos);  // They stand for themselves.
}

TEST_CASE("a sample is as large as it is to be, and says so") {
  Output output;
  AccessLog log(*output.sink, {.format = config::AccessLogFormat::kJson, .sample = 10}, 1);
  for (int i = 0; i < 20'000; ++i) Answer(log, 200);
  log.Flush();
  const std::string lines = output.Read();
  const auto count = std::count(lines.begin(), lines.end(), '\n');
  CHECK(count > 1700);
  CHECK(count < 2300);
  CHECK(NumberOf(Json::Parse(lines.substr(0, lines.find('\n'))).value(), "sample") == 10);
}

TEST_CASE("queries can be left out") {
  Output output;
  AccessLog log(*output.sink, {.format = config::AccessLogFormat::kCombined, .query = false}, 1);
  ClientExchange exchange;
  log.Begin(
      exchange,
      {.method = "GET", .target = "/a?token=1", .headers = "referer\nhttp://a.test/?token=2\n"},
      "shop");
  exchange.status = 200;
  exchange.TellEnded(http::Ending::kWhole);
  log.Flush();
  const std::string line = output.Read();
  CHECK(line.find("\"GET /a HTTP/1.0\" 200 0 \"http://a.test/\" \"-\"") != std::string::npos);
  CHECK(line.find("token") == std::string::npos);
}

TEST_CASE("lines of the access log leave room to others, are counted when lost, and in no tail") {
  Output output;
  LogSink& sink = *output.sink;
  std::string lines;
  for (int i = 0; i < 10; ++i) lines += std::string(999, 'x') + "\n";
  // What the pipe takes, and half of what can be kept.
  for (int i = 0; i < 400; ++i) sink.WriteAside(lines, 10);
  const uint64_t lost = sink.lost();
  CHECK(lost > 1000);
  CHECK(lost < 4000);
  for (int i = 0; i < 40; ++i) sink.Write(std::string(9'999, 'y') + "\n", "shop");
  CHECK(sink.lost() == lost);
  uint64_t at = 0;
  for (const LogTail::Line& line : sink.ReadTail(at)) CHECK(line.text.front() == 'y');
  // What has been kept comes, whole.
  std::string all;
  for (int i = 0; i < 100; ++i) {
    all += output.Read();
    sink.Flush();
  }
  const auto whole = std::count(all.begin(), all.end(), '\n');
  CHECK(static_cast<uint64_t>(whole) == 4000 - lost + 40);
}

}  // namespace
}  // namespace nano::server
