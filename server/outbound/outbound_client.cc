// From an app's request to a call on its pool.
#include "server/outbound/outbound_client.h"

#include <charconv>
#include <string>
#include <utility>

#include "http/client/pooled_call.h"
#include "http/client/route.h"

namespace nano::server {
namespace {

// Apps that call each other in a row.
constexpr uint32_t kDeepestService = 16;

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

OutboundClient::OutboundClient(const ClientSettings& settings, ClientState& shared,
                               AppCounters& counters, Turn turn, Services services,
                               FindsKept finds_kept, Collect collect)
    : settings_(settings),
      shared_(shared),
      counters_(counters),
      turn_(std::move(turn)),
      services_(std::move(services)),
      finds_kept_(std::move(finds_kept)),
      collect_(std::move(collect)) {}

OutboundClient::~OutboundClient() = default;

http::Pool& OutboundClient::pool() {
  if (!pool_) {
    http::Pool::Settings settings = settings_.ForPool();
    settings.on_starving = collect_;
    pool_.emplace(shared_.loop(), std::move(settings));
  }
  return *pool_;
}

Result<std::unique_ptr<http::Call>> OutboundClient::Start(const http::CallRequest& request,
                                                          std::string_view service,
                                                          http::Caller& caller) {
  if (service == kCache) {
    return MakeTurnCall<NoMeter>(turn_, counters_, caller, [&](http::Caller& turned) {
      return services_(service)(request, turned);
    });
  }
  if (!service.empty()) {
    auto call = Call(request, service, caller);
    if (!call.ok()) CallMeter::Count(counters_, CallEnded::kDenied);
    return call;
  }
  return MakeTurnCall(turn_, counters_, caller, [&](http::Caller& turned) {
    return http::PooledCall(pool(), RouteTo(request, settings_), request, turned);
  });
}

Result<std::unique_ptr<http::Call>> OutboundClient::Call(const http::CallRequest& request,
                                                         std::string_view service,
                                                         http::Caller& caller) {
  if (request.depth >= kDeepestService) {
    return Error{"services call each other more than " + std::to_string(kDeepestService) + " deep",
                 "", ""};
  }
  const StartService start = services_(service);
  if (!start) {
    return Error{"there is no service " + std::string(service) + "; see `services` in nano.yaml",
                 "", ""};
  }
  return MakeTurnCall(turn_, counters_, caller,
                      [&](http::Caller& turned) { return start(request, turned); });
}

}  // namespace nano::server
