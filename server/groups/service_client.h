// Calls of apps that other workers run: by HTTP over a pair of sockets (socketpair(2)), one end of
// which goes to the other worker as connections of clients do. To the caller they are as calls in
// the same worker (server/outbound/service_call.h).
//
// Owns the connections. Thread: the worker's loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "http/call.h"
#include "http/client/pool.h"
#include "http/http1/client_loop.h"

namespace nano::server {

class ServiceClient {
 public:
  // Sends one end to the workers of a group.
  using Send = std::function<void(const std::string& group, Descriptor end)>;

  // The loop outlives this.
  ServiceClient(http1::ClientLoop& loop, Send send);

  // This outlives the call, and so does the caller.
  std::unique_ptr<http::Call> Start(const std::string& group, std::string_view app,
                                    const http::CallRequest& request, http::Caller& caller);

 private:
  Result<Descriptor> Connect(const std::string& group);

  const Send send_;
  http::Pool pool_;
};

}  // namespace nano::server
