// Calls of apps that other workers run: by HTTP over a pair of sockets (socketpair(2)), one end of
// which goes to the other worker as connections of clients do. To the caller they are as calls in
// the same worker (server/outbound/service_call.h).
//
// So many calls of an app are under way at once, and more wait: apps that call each other in a
// circle, each call leading to several, would have all descriptors of both workers. A call from
// which a stub is left is under way until that has gone: while others wait, stubs that nobody has
// any more are looked for.
//
// Owns the connections. Thread: the worker's loop.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
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

  // To one app.
  static constexpr size_t kMostConnections = 256;

  // Ends calls that nobody has a use for, by collecting garbage. Not from within an isolate.
  using Collect = std::function<void()>;

  // The loop outlives this.
  ServiceClient(http1::ClientLoop& loop, Send send, Collect collect);

  // This outlives the call, and so does the caller.
  std::unique_ptr<http::Call> Start(const std::string& group, std::string_view app,
                                    const http::CallRequest& request, http::Caller& caller);

 private:
  Result<Descriptor> Connect(const std::string& group);
  http::Pool& PoolOf(std::string_view app);

  http1::ClientLoop& loop_;
  const Send send_;
  const Collect collect_;
  std::map<std::string, http::Pool, std::less<>> pools_;  // By the called app's name.
};

}  // namespace nano::server
