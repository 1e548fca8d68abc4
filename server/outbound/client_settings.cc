// Expands, reads and checks what is under `outbound`.
#include "server/outbound/client_settings.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "net/tls/client_context.h"
#include "net/tls/trust_store.h"

namespace nano::server {
namespace {

using config::PlacedText;

uint64_t Milliseconds(std::chrono::milliseconds duration) {
  return static_cast<uint64_t>(duration.count());
}

// Goes on after what is wrong, so that all of it can be told at once.
class Maker {
 public:
  Maker(const config::AppSettings& app, const config::EnvironmentLookup& lookup)
      : app_(app), outbound_(app.outbound), lookup_(lookup) {}

  Result<ClientSettings> Make() {
    ClientSettings settings;
    settings.policy = outbound_.none ? http::OutboundPolicy::Nobody()
                                     : http::OutboundPolicy(outbound_.allow, outbound_.deny);
    settings.proxies = http::ProxyRules(ProxyAt("http", outbound_.proxy.http),
                                        ProxyAt("https", outbound_.proxy.https), Direct());
    settings.authorities = Authorities();
    settings.connections = outbound_.connections;
    settings.subrequests = outbound_.subrequests;
    settings.timeouts = {.connect = Milliseconds(outbound_.timeouts.connect),
                         .first_byte = Milliseconds(outbound_.timeouts.first_byte),
                         .idle = Milliseconds(outbound_.timeouts.idle),
                         .total = Milliseconds(outbound_.timeouts.total)};
    if (!errors_.empty()) return Together(std::move(errors_));
    return settings;
  }

 private:
  // Without the lines of the file, where somebody may have written credentials.
  void Fail(const PlacedText& text, const std::string& key, const Error& error) {
    errors_.push_back({"app '" + app_.name + "', outbound." + key + ": " + error.message,
                       text.place.ToString(), error.hint});
  }

  // Nothing, also of what is wrong.
  std::optional<std::string> Expand(const PlacedText& text, const std::string& key) {
    Result<std::string> expanded = config::ExpandEnvironment(text.text, lookup_);
    if (expanded.ok()) return std::move(expanded).value();
    Fail(text, key, expanded.error());
    return std::nullopt;
  }

  std::optional<http::Proxy> ProxyAt(const std::string& scheme, const PlacedText& url) {
    const std::string key = "proxy." + scheme;
    const std::optional<std::string> expanded = Expand(url, key);
    if (!expanded || expanded->empty()) return std::nullopt;
    Result<http::Proxy> proxy = http::ParseProxy(*expanded);
    if (proxy.ok()) return std::move(proxy).value();
    Fail(url, key, proxy.error());
    return std::nullopt;
  }

  std::vector<HostRule> Direct() {
    std::vector<HostRule> all;
    for (const PlacedText& text : outbound_.proxy.no_proxy) {
      const std::optional<std::string> expanded = Expand(text, "proxy.no_proxy");
      if (!expanded) continue;
      auto rules = HostRule::ParseList(*expanded, HostRule::Bare::kWithBelow);
      if (rules.ok()) {
        all.insert(all.end(), rules->begin(), rules->end());
      } else {
        Fail(text, "proxy.no_proxy", rules.error());
      }
    }
    return all;
  }

  std::string Authorities() {
    const PlacedText& ca = outbound_.ca;
    if (ca.text.empty()) return {};
    std::string path = config::PathOf(ca);
    const Result<void> checked = net::TrustStore::Check(path);
    if (!checked.ok()) {
      const Error& error = checked.error();
      Fail(ca, "ca", {error.where + ": " + error.message, {}, error.hint});
    }
    return path;
  }

  const config::AppSettings& app_;
  const config::OutboundSettings& outbound_;
  const config::EnvironmentLookup& lookup_;
  std::vector<Error> errors_;
};

}  // namespace

Result<ClientSettings> ClientSettings::Make(const config::AppSettings& app,
                                            const config::EnvironmentLookup& lookup) {
  return Maker(app, lookup).Make();
}

http::Pool::Settings ClientSettings::ForPool() const {
  using Context = std::shared_ptr<net::TlsClientContext>;
  http::Pool::Settings pool;
  pool.connections = connections;
  pool.timeouts = timeouts;
  pool.policy = policy;
  pool.tls = [authorities = authorities, context = Context()]() mutable -> Result<Context> {
    if (!context) context = TRY(net::TlsClientContext::Make(authorities));
    return context;
  };
  return pool;
}

}  // namespace nano::server
