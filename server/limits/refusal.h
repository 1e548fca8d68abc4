// The server's answer where a limit keeps an app from giving one: problem+json (RFC 9457) with the
// header field nano-error, so that programs need not read the body. Owns nothing. Thread: the
// worker's loop.
#pragma once

#include <cstdint>
#include <string_view>

#include "http/exchange.h"
#include "server/limits/reason.h"

namespace nano::server {

struct Refusal {
  Reason reason = Reason::kCircuitOpen;
  std::string_view app;
  uint64_t limit = 0;        // Bytes, milliseconds or a number, by the reason; 0: there is none.
  uint64_t used = 0;         // The same.
  uint64_t retry_after = 0;  // Seconds; 0: it makes no difference.
  std::string_view key{};    // Of the configuration, static, if not as ReasonWords has it.
};

// Of what a request's body or a response came upon; `too_large` says which of them it is.
Refusal RefusalOf(const http::Obstacle& obstacle, Reason too_large);

// Ends the exchange. One whose response has begun is cut, so that its client sees that it is not
// whole.
void Refuse(http::Exchange& exchange, const Refusal& refusal);

}  // namespace nano::server
