// What of an app a call of another app of the server is for: an entry point other than its default
// one, and a method instead of `fetch`. Said by the server and by the runtime, never by a client or
// by what an app sends. A plain value, shared by the two ends of a call. Thread-safe.
#pragma once

#include <string>

namespace nano::http {

struct ServiceAim {
  std::string entrypoint;  // An export's name; empty: the default one.
  std::string props;       // JSON, an object: `ctx.props`; empty: none.
  std::string method;      // That is called with the values in the body; empty: `fetch`.
};

}  // namespace nano::http
