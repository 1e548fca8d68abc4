// From an app's request to a call on its pool.
#include "server/outbound/outbound_client.h"

#include <charconv>
#include <string>
#include <utility>

#include "http/client/pooled_call.h"
#include "http/client/route.h"
#include "server/outbound/turn_call.h"

namespace nano::server {
namespace {

// An authority as the URL Standard serialises it: "a.test", "a.test:8080", "[::1]:8080".
http::Route RouteTo(const http::CallRequest& request, const ClientSettings& settings) {
  const bool tls = request.scheme == "https";
  std::string_view host = request.authority;
  uint16_t port = tls ? 443 : 80;
  const size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
    std::from_chars(host.data() + colon + 1, host.data() + host.size(), port);
    host = host.substr(0, colon);
  }
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return http::MakeRoute(tls, std::string(host), port, settings.proxies, settings.policy);
}

}  // namespace

OutboundClient::OutboundClient(const ClientSettings& settings, LazyClientLoop& loop, Turn turn)
    : settings_(settings), loop_(loop), turn_(std::move(turn)) {}

OutboundClient::~OutboundClient() = default;

http::Pool& OutboundClient::pool() {
  if (!pool_) pool_.emplace(loop_.Get(), settings_.ForPool());
  return *pool_;
}

Result<std::unique_ptr<http::Call>> OutboundClient::Start(const http::CallRequest& request,
                                                          std::string_view /*service*/,
                                                          http::Caller& caller) {
  return std::unique_ptr<http::Call>(
      std::make_unique<TurnCall>(turn_, caller, [&](http::Caller& turned) {
        return std::make_unique<http::PooledCall>(pool(), RouteTo(request, settings_), request,
                                                  turned);
      }));
}

}  // namespace nano::server
