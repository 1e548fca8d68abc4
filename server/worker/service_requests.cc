// Heads, and who is meant. See service_requests.h for ownership and threads.
#include "server/worker/service_requests.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "http/limits.h"
#include "server/groups/service_head.h"

namespace nano::server {
namespace {

// What an app sends to another one is bounded by its memory; how long the two take is theirs.
http::Limits LimitsOfCalls() {
  return {.header_bytes = size_t{1} << 20,
          .header_count = 10'000,
          .target_bytes = size_t{1} << 20,
          .body_bytes = 0,
          .idle_timeout = 0,
          .header_timeout = 0,
          .body_timeout = 0,
          .write_timeout = 0,
          .min_receive_rate = 0,
          .min_send_rate = 0,
          .buffer_bytes = 0};
}

}  // namespace

ServiceRequests::ServiceRequests(uv_loop_t* loop, Answer answer)
    : answer_(std::move(answer)), listener_(loop, LimitsOfCalls(), *this) {}

void ServiceRequests::OnRequest(http::ServerExchange& exchange, const http::RequestHead& head) {
  const std::optional<ServiceHead> service = ServiceHeadOf(head.headers);
  // Nobody but a worker has the other end.
  if (!service) return exchange.RespondError(400, "This is no call of an app.");
  exchange.depth = service->depth;
  exchange.calls = service->calls;
  exchange.request_id = service->request_id;
  exchange.aim = service->aim;
  if (!service->cf.empty()) {
    exchange.visitor = std::make_unique<const http::Visitor>(http::Visitor{.cf = service->cf});
  }
  http::RequestHead asked = head;
  asked.scheme = service->scheme;
  asked.headers = service->headers;
  answer_(service->app, exchange, asked);
}

}  // namespace nano::server
