// What an app's client is given: every key arrives, templates are expanded, and what is wrong is
// told with its place and without anybody's credentials.
#include "server/outbound/client_settings.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>

#include "config/load.h"
#include "tests/unit/temporary_directory.h"

namespace nano::server {
namespace {

using Catch::Contains;

// Signed by itself, for a hundred years.
constexpr char kCertificate[] = R"(-----BEGIN CERTIFICATE-----
MIIBdTCCARugAwIBAgIUEoIvsy5pQSBMwY+I1eD6+xB3+owwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjkxNDU3NDdaGA8yMTI2MTEwNTE0NTc0
N1owDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABIfW
xbG6s9U7PhcJfQwALYUXPZsBF9wfSg47yhpgy75YaYn26sZLDGkytysAE5XKKLMf
FZXrqrgTfs8PrJTmCp+jUzBRMB0GA1UdDgQWBBShSp5pD5FcaUa6JgtDAwRR93i6
yjAfBgNVHSMEGDAWgBShSp5pD5FcaUa6JgtDAwRR93i6yjAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0gAMEUCIBhAAljh3ZZCYDHH9dXf2cUTgrrQ5UhrlF8k
ZMdpr4/eAiEAlC/yAU86Gi6E36RTAkG1QkDPeFHhj/tZa19hfaKu1rE=
-----END CERTIFICATE-----
)";

// Settings of the app that a file in a directory of its own describes.
class Fixture {
 public:
  Result<ClientSettings> Make(const std::string& outbound) {
    const std::string path = root.Write("shop/nano.yaml", "outbound:\n" + outbound);
    Result<config::Config> config = config::LoadConfig(path);
    if (!config.ok()) FAIL(config.error().ToString());
    return ClientSettings::Make(config->apps[0],
                                [this](const std::string& name) -> std::optional<std::string> {
                                  const auto found = environment.find(name);
                                  if (found == environment.end()) return std::nullopt;
                                  return found->second;
                                });
  }
  ClientSettings Made(const std::string& outbound) {
    Result<ClientSettings> settings = Make(outbound);
    if (!settings.ok()) FAIL(settings.error().ToString());
    return std::move(settings).value();
  }

  test::TemporaryDirectory root;
  std::map<std::string, std::string> environment;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "client settings: the defaults are the client's own") {
  const ClientSettings settings = Made("");
  const http::Pool::Settings defaults;
  CHECK(settings.connections == defaults.connections);
  CHECK(settings.timeouts == defaults.timeouts);
  CHECK(settings.proxies.empty());
  CHECK(settings.authorities.empty());
  CHECK_FALSE(settings.policy.RefuseHost("a.example", 80).has_value());
  CHECK(settings.policy.RefuseHost("169.254.169.254", 80).has_value());
}

TEST_CASE_METHOD(Fixture, "client settings: every bound of nano.yaml reaches the pool") {
  const http::Pool::Settings pool =
      Made(
          "  connections: 2\n"
          "  timeouts: {connect: 4ms, first_byte: 5ms, idle: 6ms, total: 7ms}\n  deny: ['*']\n")
          .ForPool();
  CHECK(pool.connections == 2);
  CHECK(pool.timeouts == http::CallTimeouts{.connect = 4, .first_byte = 5, .idle = 6, .total = 7});
  CHECK(pool.policy.RefuseHost("a.example", 80).has_value());
}

TEST_CASE_METHOD(Fixture, "client settings: none is nobody") {
  config::AppSettings app;
  app.outbound.none = true;
  const auto settings = ClientSettings::Make(app, {});
  REQUIRE(settings.ok());
  CHECK_THAT(settings->policy.RefuseHost("a.example", 80).value_or(""), Contains("outbound: none"));
}

TEST_CASE_METHOD(Fixture, "client settings: proxies with what the environment has") {
  environment = {{"USER", "me"}, {"SECRET", "p@ss"}, {"no_proxy", "a.example, 10.0.0.0/8"}};
  const ClientSettings settings = Made(
      "  proxy:\n    http: 'http://${USER}:${SECRET}@proxy.example:3128'\n"
      "    https: '${https_proxy:-}'\n    no_proxy: ['${no_proxy}', b.example]\n");
  const http::Proxy* proxy = settings.proxies.For(false, "c.example", 80);
  REQUIRE(proxy != nullptr);
  CHECK(proxy->ToString() == "http://proxy.example:3128");
  CHECK(proxy->authorization == "Basic bWU6cEBzcw==");
  CHECK(settings.proxies.For(true, "c.example", 443) == nullptr);
  for (const char* direct : {"a.example", "www.a.example", "10.1.2.3", "b.example"}) {
    CHECK(settings.proxies.For(false, direct, 80) == nullptr);
  }
}

TEST_CASE_METHOD(Fixture, "client settings: mistakes are told together, without credentials") {
  environment = {{"PROXY", "http://me:s3cret@proxy:x"}, {"no_proxy", "a b..c"}};
  const auto settings = Make(
      "  proxy:\n    http: ${PROXY}\n    https: 'http://me:s3cret@${HOST}'\n"
      "    no_proxy: '${no_proxy}'\n  ca: ca.pem\n");
  REQUIRE_FALSE(settings.ok());
  const std::string text = settings.error().ToString();
  CHECK_THAT(text, !Contains("s3cret"));
  const std::string file = root / "shop/nano.yaml";
  for (const char* part :
       {":3:11: app 'shop', outbound.proxy.http: the proxy's port is not a port",
        ":4:12: app 'shop', outbound.proxy.https: the environment variable HOST is not set",
        ":5:15: app 'shop', outbound.proxy.no_proxy: 'b..c' names no host",
        ":6:7: app 'shop', outbound.ca: "}) {
    CHECK_THAT(text, Contains(file + part));
  }
  CHECK_THAT(text, Contains(root / "shop/ca.pem" + ": cannot open it: No such file"));
}

TEST_CASE_METHOD(Fixture, "client settings: authorities lie beside the file that names them") {
  root.Write("shop/ca.pem", kCertificate);
  const ClientSettings settings = Made("  ca: ca.pem\n");
  CHECK(settings.authorities == root / "shop/ca.pem");
  const http::Pool::Settings pool = settings.ForPool();
  const auto context = pool.tls();
  REQUIRE(context.ok());
  // For all of the app's connections.
  CHECK(*pool.tls() == *context);
  REQUIRE(settings.authorities_text != nullptr);
  CHECK(*settings.authorities_text == kCertificate);

  root.Write("shop/ca.pem", "no certificate\n");
  CHECK_FALSE(Make("  ca: ca.pem\n").ok());
}

TEST_CASE_METHOD(Fixture, "client settings: whoever serves them opens no file of authorities") {
  root.Write("shop/ca.pem", kCertificate);
  const ClientSettings settings = Made("  ca: ca.pem\n");
  std::filesystem::remove(root / "shop/ca.pem");
  CHECK(settings.ForPool().tls().ok());
  ByteWriter out;
  settings.Encode(out);
  const std::string bytes = out.Take();
  ByteReader in(bytes);
  const auto received = ClientSettings::Decode(in);
  REQUIRE(received.ok());
  CHECK(in.Done());
  CHECK(received->ForPool().tls().ok());
  // A thousand apps with the same file hold it once.
  CHECK(received->authorities_text == settings.authorities_text);
}

}  // namespace nano::server
