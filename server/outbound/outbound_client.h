// The way out of an app's isolates: calls to the network, over connections that no other app has
// ever spoken on, as the app's settings allow.
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
#include "runtime/embedder.h"
#include "server/outbound/client_settings.h"

namespace nano::server {

// What a worker's clients share: names, buffers; made when the first of them needs it.
class LazyClientLoop {
 public:
  explicit LazyClientLoop(uv_loop_t* loop) : uv_loop_(loop) {}

  http1::ClientLoop& Get() {
    if (!client_loop_) client_loop_.emplace(uv_loop_);
    return *client_loop_;
  }

 private:
  uv_loop_t* const uv_loop_;
  std::optional<http1::ClientLoop> client_loop_;
};

class OutboundClient final : public runtime::OutboundPort {
 public:
  // Calls back into the isolate as a turn of the app's, or as a part of the one that is running.
  using Turn = std::function<void(const std::function<void()>&)>;

  // Settings and loop outlive the client.
  OutboundClient(const ClientSettings& settings, LazyClientLoop& loop, Turn turn);
  ~OutboundClient() override;

  // runtime::OutboundPort
  Result<std::unique_ptr<http::Call>> Start(const http::CallRequest& request,
                                            std::string_view service,
                                            http::Caller& caller) override;
  uint32_t subrequests() const override { return settings_.subrequests; }

 private:
  http::Pool& pool();

  const ClientSettings& settings_;
  LazyClientLoop& loop_;
  const Turn turn_;
  std::optional<http::Pool> pool_;
};

}  // namespace nano::server
