// A dialer with its host, on names that the test gives, and what comes of it.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client_fixture.h"
#include "http/client/dialer.h"
#include "http/client/proxy.h"
#include "tests/unit/net/name_server.h"

namespace nano::http::testing {

inline std::vector<HostRule> Rules(const std::string& text) {
  Result<std::vector<HostRule>> rules = HostRule::ParseList(text, HostRule::Bare::kExact);
  if (!rules.ok()) FAIL(rules.error().ToString());
  return std::move(rules).value();
}

// What a dialer makes, and what it says: "connected", "! CODE".
class DialerFixture : public ClientFixture, Dialer::Host, http1::ClientConnection::Owner {
 public:
  DialerFixture() {
    names.emplace(&loop);
    client_loop.emplace(
        &loop, net::Resolver::Settings{.servers = names->address(), .hosts_file = "/dev/null"});
  }
  ~DialerFixture() {
    if (connection != nullptr && !connection->closed()) connection->Close();
    names->Close();
    uv_run(&loop, UV_RUN_NOWAIT);
  }

  std::string Dial(const std::string& host, uint16_t port, const std::string& allow,
                   const std::string& deny = "") {
    return Dial(host, port, OutboundPolicy(Rules(allow), Rules(deny)));
  }
  std::string Dial(const std::string& host, uint16_t port, OutboundPolicy with) {
    policy_ = std::move(with);
    said.clear();
    const Route route = MakeRoute(tls != nullptr, host, port, proxies, policy_);
    Dialer dialer(*client_loop, *this, route);
    dialer.Start();
    CHECK(said.empty());
    RunUntil([&] { return !said.empty(); });
    return said;
  }
  // For whatever is called.
  void ProxyAt(uint16_t port, const char* scheme = "http") {
    const Proxy proxy =
        *ParseProxy(std::string(scheme) + "://u:p@127.0.0.1:" + std::to_string(port));
    proxies = ProxyRules(proxy, proxy, {});
  }
  int questions() const {
    int all = 0;
    for (const auto& [question, times] : names->asked) all += times;
    return all;
  }

  std::optional<net::NameServer> names;
  ProxyRules proxies;
  std::string said;
  std::optional<Failure> failure;
  http1::ClientConnection* connection = nullptr;
  std::shared_ptr<net::TlsClientContext> tls;  // Null: what is called is called by http.

 private:
  const OutboundPolicy& policy() const override { return policy_; }
  Result<std::shared_ptr<net::TlsClientContext>> Tls() override { return tls; }
  http1::ClientConnection& NewConnection() override {
    return http1::ClientConnection::Make(*client_loop, *this);
  }
  void OnDialed(Dialer&, http1::ClientConnection& ready) override {
    connection = &ready;
    said = "connected";
  }
  void OnDialFailed(Dialer&, const Failure& with) override {
    failure = with;
    said = "! " + with.code;
  }
  void OnClosed(http1::ClientConnection& closed) override {
    if (connection == &closed) connection = nullptr;
  }

  OutboundPolicy policy_;
};

}  // namespace nano::http::testing
