// Where the admin API is looked for.
#include "cli/nano/ctl/endpoint.h"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <string>

#include "base/descriptor.h"
#include "tests/unit/temporary_directory.h"

namespace nano::cli::ctl {
namespace {

using Catch::Contains;

std::string Parsed(const std::string& text) {
  const Result<Endpoint> endpoint = ParseEndpoint(text);
  return endpoint.ok() ? endpoint->ToString() : "refused: " + endpoint.error().message;
}

Lookup Variables(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

TEST_CASE("the admin API's address is a socket, a host with a port, or a URL") {
  CHECK(Parsed("unix:/run/nano.sock") == "unix:/run/nano.sock");
  CHECK(Parsed("unix:nano") == "unix:nano");
  CHECK(Parsed("./nano") == "unix:./nano");
  CHECK(Parsed("nano.sock") == "unix:nano.sock");
  CHECK(Parsed("localhost:9000") == "http://localhost:9000");
  CHECK(Parsed(":9000") == "http://127.0.0.1:9000");
  CHECK(Parsed("[::1]:9000") == "http://[::1]:9000");
  CHECK(Parsed("http://admin.example.com") == "http://admin.example.com:80");
  CHECK(Parsed("https://admin.example.com/") == "https://admin.example.com:443");
  CHECK(Parsed("https://[::1]:9000") == "https://[::1]:9000");
  for (const char* wrong :
       {"", "unix:", "off", "localhost", "localhost:", "localhost:0", "localhost:99999", "http://",
        "http://a/admin", "http://a:b", "https://user@host", "a b:1"}) {
    INFO(wrong);
    CHECK_THAT(Parsed(wrong), Catch::StartsWith("refused: "));
  }
}

TEST_CASE("the command line goes before the environment, which goes before nano.yaml") {
  const test::TemporaryDirectory folder;
  const std::string file = folder.Write("nano.yaml", "server: { admin: 'unix:run/n.sock' }\n");
  const auto found = [&](const Place& place, std::map<std::string, std::string> variables) {
    const Result<Endpoint> endpoint = FindEndpoint(place, Variables(std::move(variables)));
    return endpoint.ok() ? endpoint->ToString() : endpoint.error().ToString();
  };
  CHECK(found({.admin = ":1", .config = file}, {{"NANO_ADMIN", ":2"}}) == "http://127.0.0.1:1");
  CHECK(found({.config = file}, {{"NANO_ADMIN", ":2"}}) == "http://127.0.0.1:2");
  CHECK(found({.config = file}, {{"NANO_ADMIN", ""}}) == "unix:" + (folder / "run/n.sock"));
  CHECK_THAT(found({}, {{"NANO_ADMIN", "nowhere"}}), Contains("NANO_ADMIN: 'nowhere' has no port"));

  folder.Write("nano.yaml", "server: { admin: off }\n");
  CHECK_THAT(found({.config = file}, {}), Contains("the admin API is off"));
  folder.Write("nano.yaml", "build: { out: out/ }\n");
  CHECK(found({.config = file}, {}) == "unix:" + (folder / "nano.sock"));
  CHECK_THAT(found({.config = folder / "none.yaml"}, {}), Contains("none.yaml"));
}

TEST_CASE(
    "a nano.yaml that is wrong does not keep from asking the server that serves an older one") {
  const test::TemporaryDirectory folder;
  folder.Write("nano.yaml", "serverr: {}\n");
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  const Result<Endpoint> endpoint = FindEndpoint({}, Variables({}));
  std::filesystem::current_path(before);
  REQUIRE(endpoint.ok());
  CHECK(endpoint->socket.ends_with("/nano.sock"));
  CHECK_THAT(endpoint->hint, Contains("serverr"));
}

TEST_CASE("the token comes from the command line, a file, or the environment") {
  const test::TemporaryDirectory folder;
  const std::string file = folder.Write("token", "from-file\n");
  const auto found = [&](const Place& place) {
    const Result<std::string> token = FindToken(place, Variables({{"NANO_TOKEN", "from-env"}}));
    return token.ok() ? *token : token.error().ToString();
  };
  CHECK(found({}) == "from-env");
  CHECK(found({.token_file = file}) == "from-file");
  CHECK(found({.token = "said"}) == "said");
  CHECK_THAT(found({.token = "a\r\nb"}), Contains("white space"));
  CHECK_THAT(found({.token_file = folder / "none"}), Contains("none"));
  CHECK(FindToken({}, Variables({})).value().empty());
}

TEST_CASE("a token that cannot be read from standard input is no empty one, nor a part of one") {
  const test::TemporaryDirectory folder;
  const auto read_from = [](const std::string& path) {
    const Descriptor before(dup(STDIN_FILENO));
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(dup2(file.get(), STDIN_FILENO) == STDIN_FILENO);
    const Result<std::string> token = FindToken({.token_file = "-"}, Variables({}));
    REQUIRE(dup2(before.get(), STDIN_FILENO) == STDIN_FILENO);
    return token.ok() ? *token : token.error().ToString();
  };
  CHECK(read_from(folder.Write("token", "said\n")) == "said");
  CHECK_THAT(read_from(folder.path()), Contains("cannot be read"));
  CHECK_THAT(read_from(folder.Write("long", std::string(70'000, 'x'))), Contains("64 KiB"));
}

}  // namespace
}  // namespace nano::cli::ctl
