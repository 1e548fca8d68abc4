// `server.clients`: who is trusted, and what apps are told.
#include "config/schema/clients.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>

#include "config/schema/file.h"
#include "config/schema/server.h"

using namespace nano;
using namespace nano::config;
using Catch::Contains;

namespace {

Result<FileFields> Parse(std::string text) {
  return ParseFile(
      std::make_shared<Source>(Source{"nano.yaml", "server:\n  clients: " + std::move(text)}));
}

// As the reference, and whoever tells of a change, shows it.
std::string Shown(const ServerSettings& server, const std::string& key) {
  return FindKey(ServerKeys(), "clients." + key)->value.show(server);
}

}  // namespace

TEST_CASE("nobody is trusted unless it is said, and apps are told the peer's address") {
  const ClientSettings settings;
  CHECK(settings.trusted_proxies.empty());
  CHECK(settings.headers == std::vector<std::string>{"cf-connecting-ip"});
  CHECK(settings.cf.empty());
}

TEST_CASE("what is said of clients is read, and shown as a file has it") {
  const ServerSettings server = Parse(
                                    "{ trusted_proxies: [127.0.0.1, 10.0.0.0/8, 'fd00::/8'],"
                                    "  forwarded_header: Forwarded,"
                                    "  headers: [X-Real-IP, cf-connecting-ip],"
                                    "  cf: { colo: FRA, asn: 64496, country: NO, a: { b: [1] } },"
                                    "  cf_headers: { country: CF-IPCountry } }\n")
                                    .value()
                                    .server;
  const ClientSettings& clients = server.clients;
  REQUIRE(clients.trusted_proxies.size() == 3);
  CHECK(clients.forwarded_header == "forwarded");
  CHECK(clients.headers == std::vector<std::string>{"x-real-ip", "cf-connecting-ip"});
  CHECK(clients.cf ==
        NamedTexts{
            {"colo", "\"FRA\""}, {"asn", "64496"}, {"country", "\"NO\""}, {"a", "{\"b\":[1]}"}});
  CHECK(clients.cf_headers == NamedTexts{{"country", "cf-ipcountry"}});

  CHECK(Shown(server, "trusted_proxies") == "127.0.0.1, 10.0.0.0/8, fd00::/8");
  CHECK(Shown(server, "forwarded_header") == "forwarded");
  CHECK(Shown(server, "headers") == "x-real-ip, cf-connecting-ip");
  CHECK(Shown(server, "cf") == "{ colo: \"FRA\", asn: 64496, country: \"NO\", a: {\"b\":[1]} }");
  CHECK(Shown(server, "cf_headers") == "{ country: cf-ipcountry }");

  const ServerSettings off = Parse("{ headers: off, trusted_proxies: '::1' }\n").value().server;
  CHECK(off.clients.headers.empty());
  CHECK(Shown(off, "headers") == "off");
  CHECK(Shown(off, "trusted_proxies") == "::1");
}

TEST_CASE("what means nothing is refused with what it could be") {
  const auto refused = [](const char* text) { return Parse(text).error().ToString(); };
  CHECK_THAT(refused("{ trusted_proxies: 10.0.0.1/8 }\n"),
             Contains("'10.0.0.1/8' is no address and no network") && Contains("nano.yaml:2") &&
                 Contains("server.clients.trusted_proxies"));
  CHECK_THAT(refused("{ trusted_proxies: [proxy.internal] }\n"), Contains("'proxy.internal'"));
  CHECK_THAT(refused("{ forwarded_header: 'X Forwarded' }\n"),
             Contains("is not the name of a header field"));
  CHECK_THAT(refused("{ headers: [x-country] }\n"),
             Contains("the server has nothing to say in 'x-country'") &&
                 Contains("`x-forwarded-for`") && Contains("`off`"));
  CHECK_THAT(refused("{ headers: [x-real-ip, X-Real-IP] }\n"), Contains("is listed twice"));
  CHECK_THAT(refused("{ cf_headers: { country: 'a:b' } }\n"),
             Contains("'a:b' is not the name of a header field"));
  CHECK_THAT(refused("{ cf: [1] }\n"), Contains("server.clients.cf"));
  CHECK_THAT(refused("{ trusted: '::1' }\n"), Contains("trusted_proxies"));
}
