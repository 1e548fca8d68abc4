// How an app calls others, as its client needs it: what nano.yaml says under `outbound`, with the
// server's environment in it, read and checked.
//
// Made by the supervisor with the release that it is part of; workers inherit it. Owns its values;
// immutable, safe to read on any thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "config/schema/app.h"
#include "config/values/template.h"
#include "http/client/outbound_policy.h"
#include "http/client/pool.h"
#include "http/client/proxy.h"

namespace nano::server {

struct ClientSettings {
  http::OutboundPolicy policy;
  http::ProxyRules proxies;
  std::string authorities;  // A PEM file, by an absolute path; empty: none but the system's.
  uint32_t connections = 0;
  uint32_t subrequests = 0;
  http::CallTimeouts timeouts;

  // Those of `app`. Errors, told together and with their places: a variable that is not set and has
  // no default, what is no proxy, what names no host, a file that holds no certificate. None has a
  // proxy's credentials in it.
  static Result<ClientSettings> Make(const config::AppSettings& app,
                                     const config::EnvironmentLookup& lookup);

  // For a pool of the app's connections. The authorities are read when it first needs them.
  http::Pool::Settings ForPool() const;
};

}  // namespace nano::server
