// Servers that are none, and how it is told.
#include "cli/nano/ctl/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>
#include <thread>

#include "base/file.h"
#include "tests/unit/temporary_directory.h"

namespace nano::cli::ctl {
namespace {

using Catch::Contains;
using namespace std::chrono_literals;

// Takes one connection on a Unix socket, reads until it has so much, answers, and closes.
class OneAnswer {
 public:
  OneAnswer(const std::string& path, std::string answer, size_t reads = 1, bool stays = false)
      : path_(path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    unlink(path.c_str());
    listener_ = Descriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(listen(listener_.get(), 1) == 0);
    thread_ = std::thread([this, answer = std::move(answer), reads, stays] {
      const Descriptor client(accept(listener_.get(), nullptr, nullptr));
      char buffer[65536];
      while (read_.size() < reads) {
        const ssize_t size = read(client.get(), buffer, sizeof buffer);
        if (size <= 0) break;
        read_.append(buffer, static_cast<size_t>(size));
      }
      WriteAll(client.get(), answer);
      // Until the other side has given up.
      while (stays && read(client.get(), buffer, sizeof buffer) > 0) {
      }
    });
  }
  ~OneAnswer() {
    if (thread_.joinable()) thread_.join();
  }
  // What was read, when all is done.
  const std::string& Read() {
    thread_.join();
    return read_;
  }

 private:
  const std::string path_;
  Descriptor listener_;
  std::string read_;
  std::thread thread_;
};

Result<HttpAnswer> AskAt(const std::string& path, const HttpRequest& request = {.target = "/"},
                         std::chrono::milliseconds timeout = 10s) {
  return HttpClient({.endpoint = {.socket = path}, .timeout = timeout}).Ask(request);
}

std::string FailureAt(const std::string& path, const HttpRequest& request = {.target = "/"},
                      std::chrono::milliseconds timeout = 10s) {
  const Result<HttpAnswer> answer = AskAt(path, request, timeout);
  return answer.ok() ? "answered " + std::to_string(answer->status) : answer.error().ToString();
}

TEST_CASE("a request is sent whole, and its answer read whole") {
  const test::TemporaryDirectory folder;
  OneAnswer server(folder / "s",
                   "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  const Result<HttpAnswer> answer = AskAt(folder / "s", {.target = "/x?y=1"});
  REQUIRE(answer.ok());
  CHECK(answer->status == 200);
  CHECK(answer->body == "abcde");
  CHECK(answer->Field("etag") == "\"a\"");
  CHECK(answer->Field("none").empty());
  CHECK_THAT(server.Read(), Catch::StartsWith("GET /x?y=1 HTTP/1.1\r\nhost: localhost\r\n"));
}

TEST_CASE("a body is sent in its parts, with the length of all of them") {
  const test::TemporaryDirectory folder;
  const std::string large(5'000'000, 'x');
  const HttpRequest request{
      .method = "PUT", .target = "/", .body = {"a", large, "b"}, .has_body = true};
  OneAnswer server(folder / "s", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
                   large.size() + 100);
  CHECK(FailureAt(folder / "s", request) == "answered 200");
  const std::string& read = server.Read();
  CHECK_THAT(read.substr(0, 200), Contains("content-length: 5000002\r\n"));
  CHECK(read.ends_with("xb"));
}

TEST_CASE("an answer that comes before the body is sent ends the sending") {
  const test::TemporaryDirectory folder;
  const std::string large(50'000'000, 'x');
  const HttpRequest request{.method = "PUT", .target = "/", .body = {large}, .has_body = true};
  OneAnswer server(folder / "s", "HTTP/1.1 412 Stale\r\ncontent-length: 2\r\n\r\n{}", 1, true);
  const Result<HttpAnswer> answer = AskAt(folder / "s", request);
  REQUIRE(answer.ok());
  CHECK(answer->status == 412);
  CHECK(answer->body == "{}");
}

TEST_CASE("a sink takes what comes until it has enough") {
  const test::TemporaryDirectory folder;
  OneAnswer server(folder / "s", "HTTP/1.1 200 OK\r\n\r\nline\nline\n", 1, true);
  std::string taken;
  const auto sink = [&](std::string_view part) {
    taken += part;
    return false;
  };
  const Result<HttpAnswer> answer =
      HttpClient({.endpoint = {.socket = folder / "s"}}).Ask({.target = "/"}, sink);
  REQUIRE(answer.ok());
  CHECK_THAT(taken, Catch::StartsWith("line\n"));
  CHECK(answer->body.empty());
}

TEST_CASE("nobody there, no socket, and no way in are told apart") {
  const test::TemporaryDirectory folder;
  CHECK_THAT(FailureAt(folder / "none"), Contains("no server is listening") &&
                                             Contains("there is no such socket") &&
                                             Contains("--admin") && Contains("NANO_ADMIN"));
  {
    OneAnswer ended(folder / "s", ""), &gone = ended;
    FailureAt(folder / "s");
    (void)gone;
  }
  CHECK_THAT(FailureAt(folder / "s"), Contains("no server is listening at unix:"));
  CHECK_THAT(FailureAt(std::string(200, 'x')), Contains("too long"));
  folder.Write("file", "");
  CHECK_THAT(FailureAt(folder / "file"), Contains("no server is listening"));
}

TEST_CASE("what does not speak HTTP, or stops in the middle, is no answer") {
  const test::TemporaryDirectory folder;
  const auto answered = [&](const std::string& bytes) {
    OneAnswer server(folder / "s", bytes);
    return FailureAt(folder / "s");
  };
  CHECK_THAT(answered("SSH-2.0-OpenSSH_9.2\r\n"), Contains("is no NANO"));
  CHECK_THAT(answered(""), Contains("closed before the answer"));
  CHECK_THAT(answered("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"),
             Contains("closed before the answer"));
}

TEST_CASE("a server that says nothing is not waited for without end") {
  const test::TemporaryDirectory folder;
  OneAnswer server(folder / "s", "", 1, true);
  CHECK_THAT(FailureAt(folder / "s", {.target = "/"}, 20ms), Contains("does not answer"));
}

TEST_CASE("whoever is told of a server's silence takes no time beyond the one there is") {
  const test::TemporaryDirectory folder;
  OneAnswer server(folder / "s", "", 1, true);
  int told = 0;
  const HttpRequest request{.target = "/",
                            .while_silent =
                                [&told] {
                                  ++told;
                                  std::this_thread::sleep_for(1'500ms);
                                },
                            .timeout = 2'000ms};
  CHECK_THAT(FailureAt(folder / "s", request, 60s), Contains("does not answer"));
  // After a second; when it is back there is no other left.
  CHECK(told == 1);
}

}  // namespace
}  // namespace nano::cli::ctl
