// What the server answers in an app's place: there is none for the host, or it is not served. Each
// ends its exchange, by problem+json (RFC 9457) with the header field nano-error. Errors of HTTP
// itself (a malformed head, say) are answered by http/http1, an exception of an app by its
// exchange's Fail: as text.
//
// Owns nothing. Thread: the worker's loop.
#pragma once

#include <string_view>

#include "http/handler.h"

namespace nano::server {

// 404, unknown-host: no app answers for the host that a request names.
void RespondUnknownHost(http::ServerExchange& exchange, std::string_view authority);

// 503 with Retry-After, app-removed, and the connection closed: the app is being removed.
void RespondLeaving(http::ServerExchange& exchange, std::string_view app);

}  // namespace nano::server
