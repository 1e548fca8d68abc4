// What of an app a call is for that is not its `fetch`: of another app of the server an entry point
// other than the default one, or a method; of the server itself an event. Said by the server and by
// the runtime, never by a client or by what an app sends. A plain value, shared by the two ends of
// a call. Thread-safe.
#pragma once

#include <string>

namespace nano::http {

struct ServiceAim {
  std::string entrypoint;  // An export's name; empty: the default one.
  std::string props;       // JSON, an object: `ctx.props`; empty: none.
  std::string method;      // That is called with the values in the body; empty: `fetch`.
  // JSON, {"cron", "scheduledTime"}: a call of `scheduled`, which the server makes; or empty.
  std::string scheduled{};
};

}  // namespace nano::http
