// Puts the answer together. See refusal.h.
#include "server/limits/refusal.h"

#include <string>

#include "base/json.h"
#include "server/log/request_id.h"

namespace nano::server {

Refusal RefusalOf(const http::Obstacle& obstacle, Reason too_large) {
  using Kind = http::Obstacle::Kind;
  const bool overload = obstacle.kind == Kind::kOverload;
  return {.reason = overload                         ? Reason::kOverload
                    : obstacle.kind == Kind::kFields ? Reason::kFieldsLimit
                                                     : too_large,
          .limit = obstacle.limit,
          .used = obstacle.used,
          .retry_after = overload ? 1u : 0u};
}

void Refuse(http::Exchange& exchange, const Refusal& refusal) {
  // What bounds the app's responses is not for this one.
  exchange.response_limit = 0;
  exchange.refused = false;
  const ReasonWords& words = WordsOf(refusal.reason);
  exchange.refusal = words.name.data();  // Of a literal, which ends by a 0.
  if (exchange.streams) return exchange.Fail();
  Json body;
  body.Set("type", "urn:nano:problem:" + std::string(words.name));
  body.Set("title", words.title).Set("status", words.status).Set("app", refusal.app);
  if (refusal.limit != 0) body.Set("limit", refusal.limit).Set("used", refusal.used);
  body.Set("request_id", RequestIdOf(exchange));
  std::string headers =
      "content-type: application/problem+json\r\ncache-control: no-store\r\nnano-error: ";
  headers.append(words.name).append("\r\n");
  if (refusal.retry_after != 0) {
    headers.append("retry-after: ").append(std::to_string(refusal.retry_after)).append("\r\n");
  }
  exchange.Respond({.status = words.status, .headers = headers}, body.ToString() + "\n");
}

}  // namespace nano::server
