// The way out of an app's isolates: calls to the network, over connections that no other app has
// ever spoken on, as the app's settings allow; and to other apps of the server.
//
// Owned by the app's slot. Owns the app's pool of connections, which is made with the first call.
// Thread: the worker's loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "http/client/pool.h"
#include "http/http1/client_loop.h"
#include "net/later.h"
#include "runtime/embedder.h"
#include "server/metrics/app_counters.h"
#include "server/outbound/client_settings.h"
#include "server/outbound/service_call.h"
#include "server/outbound/turn_call.h"

namespace nano::server {

// What a worker's clients share.
class ClientState {
 public:
  explicit ClientState(uv_loop_t* loop) : later(loop), uv_loop_(loop) {}

  // Names, buffers; made when the first client needs it.
  http1::ClientLoop& loop() {
    if (!loop_) loop_.emplace(uv_loop_);
    return *loop_;
  }

  net::Later later;

 private:
  uv_loop_t* const uv_loop_;
  std::optional<http1::ClientLoop> loop_;
};

class OutboundClient final : public runtime::OutboundPort {
 public:
  // Finds how an app is called by the name that this one has for it; empty: it has none of that
  // name.
  using Services = std::function<StartService(std::string_view service)>;

  // Collects the app's garbage, with the responses in it that hold connections.
  using Collect = std::function<void()>;

  // What of the app's caches is at hand (runtime::OutboundPort::FindKept).
  using FindsKept = std::function<std::optional<KeptResponse>(
      std::string_view cache, std::string_view url, std::string_view fields)>;

  // Settings, shared state and counters outlive the client.
  OutboundClient(const ClientSettings& settings, ClientState& shared, AppCounters& counters,
                 Turn turn, Services services, FindsKept finds_kept, Collect collect);
  ~OutboundClient() override;

  // runtime::OutboundPort
  Result<std::unique_ptr<http::Call>> Start(const http::CallRequest& request,
                                            std::string_view service,
                                            http::Caller& caller) override;
  std::optional<KeptResponse> FindKept(std::string_view cache, std::string_view url,
                                       std::string_view fields) override {
    return finds_kept_(cache, url, fields);
  }
  bool traced() const override { return settings_.trace; }

 private:
  Result<std::unique_ptr<http::Call>> Call(const http::CallRequest& request,
                                           std::string_view service, http::Caller& caller);
  http::Pool& pool();

  const ClientSettings& settings_;
  ClientState& shared_;
  AppCounters& counters_;
  const Turn turn_;
  const Services services_;
  const FindsKept finds_kept_;
  const Collect collect_;
  std::optional<http::Pool> pool_;
};

}  // namespace nano::server
