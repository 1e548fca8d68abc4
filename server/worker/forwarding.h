// What a worker has to do with the other groups' (release/groups.h): connections whose next request
// is of an app that it does not run leave for those that do, and others come.
//
// Owns the ways to the other groups. Thread: the worker's loop.
#pragma once

#include <uv.h>

#include <cstdint>
#include <string>

#include "base/descriptor.h"
#include "base/result.h"
#include "http/handler.h"
#include "http/http1/listener.h"
#include "server/groups/departures.h"
#include "server/limits/refusal_log.h"
#include "server/release/release.h"
#include "server/worker/app_slot.h"

namespace nano::server {

class Forwarding {
 public:
  // Both outlive this.
  Forwarding(const SlotContext& context, http1::Listener& listener);
  Forwarding(const Forwarding&) = delete;
  Forwarding& operator=(const Forwarding&) = delete;

  // Takes connections out of a channel from now on.
  Result<void> Receive(int fd);

  // Inside OnRequest, of an app that others run: gives them the connection, or answers with 503 if
  // they do not take it.
  void Forward(const ServedApp& app, http::ServerExchange& exchange);

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

  // No connection waits to leave.
  bool idle() const { return departures_.empty(); }

 private:
  // Of a request: how far it has come.
  struct Way {
    uint64_t since = 0;
    uint32_t hops = 0;
  };

  http1::TookMessage Take(int fd);
  void Adopt(HandedConnection connection, bool stays);
  void Refuse(const ServedApp& app, http::ServerExchange& exchange);

  const SlotContext& context_;
  http1::Listener& listener_;
  RefusalLog refusals_;
  bool closed_ = false;
  Way arriving_;  // Of the request whose connection is just being adopted.
  Departures departures_;
};

}  // namespace nano::server
