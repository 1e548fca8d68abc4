// What an app is told of the clients of its requests. See app_slot.h.
#include "server/worker/app_slot.h"

namespace nano::server {

// All exchanges that its isolate has are those of Dispatch, a server's.
std::string AppSlot::VisitorOf(http::Exchange* exchange) {
  if (context_.visitors == nullptr) return VisitorPort::VisitorOf(exchange);
  return context_.visitors->Describe(static_cast<http::ServerExchange*>(exchange));
}

}  // namespace nano::server
