// How an app calls others, as its client needs it: what nano.yaml says under `outbound`, with the
// server's environment in it, read and checked.
//
// Made by the supervisor with the version of an app that it is part of; workers inherit it, or make
// the same from the words that the supervisor sends. Owns its values; immutable, safe to read on
// any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/byte_stream.h"
#include "base/result.h"
#include "config/schema/app.h"
#include "config/values/template.h"
#include "http/client/outbound_policy.h"
#include "http/client/pool.h"
#include "http/client/proxy.h"

namespace nano::server {

// The same as texts, all of them expanded and checked: what goes from process to process, and what
// tells settings that are equal.
struct ClientWords {
  bool none = false;  // Nobody may be called.
  std::vector<std::string> allow, deny;
  std::string http_proxy, https_proxy;  // URLs, with their credentials; empty: none.
  std::vector<std::string> no_proxy;
  std::string authorities;  // See ClientSettings::authorities …
  std::string
      authorities_digest;  // … and the SHA-256 of that file: another one is another setting.

  bool operator==(const ClientWords&) const = default;
};

struct ClientSettings {
  ClientWords words;
  http::OutboundPolicy policy;
  http::ProxyRules proxies;
  // A PEM file, by an absolute path; empty: none but the system's. What it holds was read when the
  // release was made: workers open no files of the operator's. Equal texts are held once.
  std::string authorities;
  std::shared_ptr<const std::string> authorities_text;
  uint32_t connections = 0;
  bool trace = true;  // Whether calls carry on the trace of a request.
  http::CallTimeouts timeouts;

  // Those of `app`. Errors, told together and with their places: a variable that is not set and has
  // no default, what is no proxy, what names no host, a file that holds no certificate. None has a
  // proxy's credentials in it.
  static Result<ClientSettings> Make(const config::AppSettings& app,
                                     const config::EnvironmentLookup& lookup);

  void Encode(ByteWriter& out) const;
  // Fails on what Encode has not written.
  static Result<ClientSettings> Decode(ByteReader& in);

  // For a pool of the app's connections. The authorities are parsed when it first needs them.
  http::Pool::Settings ForPool() const;
};

}  // namespace nano::server
