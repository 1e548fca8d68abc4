// What a worker has to do with the other groups' (release/groups.h): connections whose next request
// is of an app that it does not run leave for those that do, and others come.
//
// Apps call each other across groups in the same way.
//
// Owns the ways to the other groups, and those calls. Thread: the worker's loop.
#pragma once

#include <uv.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/descriptor.h"
#include "base/result.h"
#include "http/handler.h"
#include "http/http1/listener.h"
#include "server/groups/departures.h"
#include "server/groups/service_client.h"
#include "server/release/release.h"
#include "server/worker/app_slot.h"
#include "server/worker/refusal_log.h"
#include "server/worker/service_requests.h"

namespace nano::server {

class Forwarding {
 public:
  // Calls of apps that this worker runs are answered by `answer`. Context and listener outlive
  // this.
  Forwarding(SlotContext& context, http1::Listener& listener, ServiceRequests::Answer answer);
  Forwarding(const Forwarding&) = delete;
  Forwarding& operator=(const Forwarding&) = delete;

  // Takes connections out of a channel from now on.
  Result<void> Receive(int fd);

  // Inside OnRequest, of an app that others run: gives them the connection, or answers with 503 if
  // they do not take it. `is_call`: another app has called it.
  void Forward(const ServedApp& app, http::ServerExchange& exchange, bool is_call);
  // Calls an app that others run.
  std::unique_ptr<http::Call> Call(const ServedApp& app, const http::CallRequest& request,
                                   http::Caller& caller);

  // See Departures.
  void SetChannel(const std::string& group, Descriptor sender) {
    departures_.SetChannel(group, std::move(sender));
  }
  // Another server has taken over: its workers know where all others' requests go.
  void Redirect() { departures_.Redirect(); }
  // Idle connections go to the workers that serve all.
  void PassOn();
  // Those are gone: what they run is refused.
  void Close() { closed_ = true; }

  // No connection waits to leave, and no call to be answered.
  bool idle() const { return departures_.empty() && (!services_ || services_->calls() == 0); }

 private:
  // Of a request: how far it has come.
  struct Way {
    uint64_t since = 0;
    uint32_t hops = 0;
  };

  http1::TookMessage Take(int fd);
  // `is_late`: nobody has taken it in time.
  void Adopt(HandedConnection connection, bool is_late);
  void Refuse(const ServedApp& app, http::ServerExchange& exchange);

  SlotContext& context_;
  http1::Listener& listener_;
  const ServiceRequests::Answer answer_;
  std::optional<ServiceRequests> services_;      // When the first call has come …
  std::optional<ServiceClient> service_client_;  // … and when one was made.
  RefusalLog refusals_;
  bool closed_ = false;
  Way arriving_;  // Of the request whose connection is just being adopted.
  Departures departures_;
};

}  // namespace nano::server
