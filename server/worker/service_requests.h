// Answers calls of apps of other groups (server/groups/service_client.h): connections that are not
// clients', with bounds of their own, as what is sent on them comes from an app of this server.
//
// Owns the connections. Thread: the worker's loop.
#pragma once

#include <uv.h>

#include <cstddef>
#include <functional>
#include <string_view>

#include "base/descriptor.h"
#include "http/handler.h"
#include "http/http1/listener.h"

namespace nano::server {

class ServiceRequests final : private http::Handler {
 public:
  // Gives a request to the app of this name, or to who runs it.
  using Answer =
      std::function<void(std::string_view app, http::ServerExchange&, const http::RequestHead&)>;

  ServiceRequests(uv_loop_t* loop, Answer answer);

  void Adopt(Descriptor socket, std::string_view input) {
    listener_.Adopt(std::move(socket), input, /*stays=*/false);
  }
  // Calls that have not been answered to the end.
  size_t calls() const { return listener_.connections(); }

 private:
  void OnRequest(http::ServerExchange& exchange, const http::RequestHead& head) override;
  // A caller that went away, or sent a body that it did not end; it is told by its own end.
  void OnProtocolError(const http::ProtocolError&) override {}

  const Answer answer_;
  http1::Listener listener_;
};

}  // namespace nano::server
