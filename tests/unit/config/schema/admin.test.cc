// `server.admin` and `server.health`: what is read, and what makes no sense.
#include "config/schema/admin.h"

#include <catch2/catch.hpp>
#include <string>

#include "base/file.h"
#include "config/load.h"
#include "config/schema/file.h"
#include "tests/unit/temporary_directory.h"

using namespace nano;
using namespace nano::config;
using Catch::Contains;

namespace {

Result<FileFields> Parse(const std::string& text) {
  return ParseFile(std::make_shared<Source>(Source{"nano.yaml", text}));
}

AdminSettings Accepted(const std::string& text) {
  Result<FileFields> file = Parse("server:\n  admin: " + text);
  if (!file.ok()) FAIL(file.error().ToString());
  return std::move(file)->server.admin;
}

std::string Refused(const std::string& text) {
  const Result<FileFields> file = Parse("server:\n  admin: " + text);
  return file.ok() ? "accepted" : file.error().ToString();
}

}  // namespace

TEST_CASE("the admin API's settings") {
  CHECK(Accepted("off").listen.ToString() == "off");
  CHECK(Accepted("unix:run/admin.sock").listen.ToString() == "unix:run/admin.sock");
  CHECK(Accepted("{}").listen == AdminAddress());
  // Whatever a build can have made can be uploaded: assets of half the size, and what is packed of
  // them (compiler/assets).
  CHECK(Accepted("{}").max_upload == kMaxFileBytes);
  const AdminSettings admin = Accepted(R"({ listen: "127.0.0.1:9000", token: "${NANO_TOKEN}",
    tokens: [{ token: "${CI}", scopes: [read, "deploy:shop"] }], certificate: a.pem, key: a.key,
    client_ca: ca.pem, hosts: [Admin.Example.com], plain: true, max_upload: 1GiB })");
  CHECK(admin.listen.ToString() == "127.0.0.1:9000");
  CHECK(admin.token.text == "${NANO_TOKEN}");
  REQUIRE(admin.tokens.size() == 1);
  CHECK(admin.tokens[0].token.text == "${CI}");
  CHECK(admin.tokens[0].scopes == std::vector<std::string>{"read", "deploy:shop"});
  CHECK(PathOf(admin.client_ca).ends_with("/ca.pem"));
  CHECK(admin.hosts == std::vector<std::string>{"admin.example.com"});
  CHECK(admin.plain);
  CHECK(admin.max_upload == uint64_t{1} << 30);

  CHECK(Parse("server:\n  health: [\":9090\", \"[::1]:9091\"]")->server.health.size() == 2);
  CHECK(Parse("")->server.health.empty());
}

TEST_CASE("an admin API that would be open, or good for nothing, is refused") {
  CHECK_THAT(Refused("on"), Contains("unix:PATH"));
  CHECK_THAT(Refused("{ listen: unix:a, token: abc }"), Contains("for an address of TCP"));
  CHECK_THAT(Refused("{ listen: off, plain: true }"), Contains("for an address of TCP"));
  CHECK_THAT(Refused("{ listen: 9000, certificate: a }"), Contains("`certificate` alone"));
  CHECK_THAT(Refused("{ listen: 9000, client_ca: a }"), Contains("need TLS"));
  CHECK_THAT(Refused("{ listen: 9000, tokens: [{ token: a }] }"), Contains("no `scopes`"));
  CHECK_THAT(Refused("{ listen: 9000, tokens: [{ scopes: [read] }] }"), Contains("no `token`"));
  CHECK_THAT(Refused("{ listen: 9000, tokens: [{ token: a, scopes: [all] }] }"),
             Contains("'all' is no scope"));
  CHECK_THAT(Refused("{ listen: 9000, tokens: [{ token: a, scopes: [\"deploy:\"] }] }"),
             Contains("is no scope"));
  CHECK_THAT(Refused("{ listen: 9000, token: \"${\" }"), Contains("server.admin.token"));
  CHECK_THAT(Refused("{ listen: 9000, hosts: [\"a:80\"] }"), Contains("not a host's name"));
  CHECK_THAT(Refused("{ listn: 9000 }"), Contains("Did you mean 'listen'?"));
}

TEST_CASE("the admin API's socket is seen from the file that names it") {
  const nano::test::TemporaryDirectory folder;
  const std::string path = folder.Write("nano.yaml", "server: { admin: unix:run/a.sock }\n");
  CHECK(LoadConfig(path)->server.admin.listen.ToString() ==
        "unix:" + folder.path() + "/run/a.sock");
}
