// Where the admin API listens by the command line and nano.yaml, and what is refused at the start.
#include "server/admin/settings.h"

#include <catch2/catch.hpp>
#include <string>

#include "config/schema/file.h"

namespace nano::server::admin {
namespace {

using Catch::Contains;

Result<Settings> Resolve(const std::string& yaml, const std::string& flag = "",
                         const std::string& dist = "/srv/dist") {
  const auto file = config::ParseFile(
      std::make_shared<config::Source>(config::Source{"/etc/nano/nano.yaml", yaml}));
  if (!file.ok()) FAIL(file.error().ToString());
  std::optional<config::AdminAddress> place;
  if (!flag.empty()) place = config::ParseAdminAddress(flag).value();
  return ResolveSettings(place, file->server, dist,
                         [](const std::string& name) -> std::optional<std::string> {
                           if (name == "LONG") return "0123456789abcdef";
                           if (name == "SHORT") return "0123456789abcde";
                           if (name == "SPACE") return "0123456789 abcdef";
                           return std::nullopt;
                         });
}

std::string Refused(const std::string& yaml, const std::string& flag = "") {
  const Result<Settings> settings = Resolve(yaml, flag);
  return settings.ok() ? "accepted" : settings.error().ToString();
}

TEST_CASE("where the admin API listens", "[admin]") {
  CHECK(Resolve("")->socket == "/srv/nano.sock");
  CHECK(Resolve("", "", "/srv/dist/")->socket == "/srv/nano.sock");
  CHECK(Resolve("", "unix:/run/a.sock")->socket == "/run/a.sock");
  CHECK(Resolve("", "off")->off());
  CHECK(Resolve("server: { admin: off }")->off());
  CHECK(Resolve("server: { admin: off }", "unix:/a")->socket == "/a");
  CHECK(Resolve("server: { admin: off, health: \":9090\" }")->health.size() == 1);
  const Result<Settings> tcp = Resolve(
      "server: { admin: { listen: '127.0.0.1:9000', token: '${LONG}', tokens: [{ token: "
      "'${LONG}x', scopes: [read] }], max_upload: 1MiB, hosts: a.example } }");
  REQUIRE(tcp.ok());
  CHECK(tcp->address->port == 9000);
  CHECK(tcp->socket.empty());
  REQUIRE(tcp->tokens.size() == 2);
  CHECK(tcp->tokens[0].token == "0123456789abcdef");
  CHECK(tcp->tokens[0].scopes == std::vector<std::string>{"admin"});
  CHECK(tcp->tokens[1].scopes == std::vector<std::string>{"read"});
  CHECK(tcp->max_upload == 1 << 20);
  // A socket needs no token, and no variable of the environment for one.
  CHECK(Resolve("server: { admin: { token: '${NONE}' } }")->tokens.empty());
  CHECK(Resolve("server: { admin: { token: '${LONG}' } }", "127.0.0.1:1")->tokens.size() == 1);
}

TEST_CASE("an admin API is never open", "[admin]") {
  CHECK_THAT(Refused("", "127.0.0.1:9000"), Contains("would be open"));
  CHECK_THAT(Refused("server: { admin: '9000' }"), Contains("would be open"));
  const auto with = [](const std::string& listen, const std::string& more) {
    return "server: { admin: { listen: '" + listen + "', " + more + " } }";
  };
  CHECK_THAT(Refused(with("127.0.0.1:1", "token: '${NONE}'")), Contains("NONE"));
  CHECK_THAT(Refused(with("127.0.0.1:1", "token: '${NONE:-}'")), Contains("fewer than 16"));
  const std::string weak = Refused(with("127.0.0.1:1", "token: '${SHORT}'"));
  CHECK_THAT(weak, Contains("fewer than 16"));
  CHECK_THAT(weak, !Contains("0123456789abcde"));
  CHECK_THAT(Refused(with("127.0.0.1:1", "token: '${SPACE}'")), Contains("white space"));
  for (const char* listen : {":1", "192.0.2.1:1", "[::]:1"}) {
    CHECK_THAT(Refused(with(listen, "token: '${LONG}'")), Contains("readable for others"));
    CHECK(Refused(with(listen, "token: '${LONG}', plain: true")) == "accepted");
    CHECK(Refused(with(listen, "token: '${LONG}', certificate: a, key: b")) == "accepted");
    CHECK_THAT(Refused(with(listen, "certificate: a, key: b")), Contains("would be open"));
    CHECK(Refused(with(listen, "certificate: a, key: b, client_ca: c")) == "accepted");
  }
  CHECK(Refused(with("[::1]:1", "token: '${LONG}'")) == "accepted");
  CHECK(Resolve(with(":1", "certificate: a, key: b, client_ca: c"))->client_ca == "/etc/nano/c");
}

}  // namespace
}  // namespace nano::server::admin
