// Texts and header fields of the server's own answers.
#include "server/worker/error_responses.h"

#include <string>

namespace nano::server {

// The authority was validated by the HTTP layer: it holds nothing that would need escaping in text.
void RespondUnknownHost(http::ServerExchange& exchange, std::string_view authority) {
  std::string text = "No app answers for the host \"";
  text += authority;
  text +=
      "\". Add it to an app's `hosts` in nano.yaml, and have the server read it again (SIGHUP).";
  exchange.RespondError(404, text);
}

// Whoever sent the request may find the app elsewhere, or this server knowing it no more: on
// another connection, after a moment.
void RespondLeaving(http::ServerExchange& exchange) {
  exchange.Respond({.status = 503,
                    .headers = "connection: close\r\ncontent-type: text/plain; charset=utf-8\r\n"
                               "retry-after: 1\r\n"},
                   "This app has been removed from the server.\n");
}

}  // namespace nano::server
