// The clients of requests, and what apps are told of them, as `server.clients` has it: finds who is
// behind trusted proxies when a request comes, and tells of whoever has sent it when an app asks
// (runtime/embedder/visitors.h), which few requests pay for.
//
// Owns the rules; immutable. Thread: the worker's loop.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "config/schema/clients.h"
#include "http/handler.h"
#include "http/message.h"
#include "http/visitor/trusted_proxies.h"

namespace nano::server {

class Visitors {
 public:
  explicit Visitors(const config::ClientSettings& settings);

  // Whether a peer may speak for somebody else; else there is nothing to be found.
  bool has_proxies() const { return !proxies_.empty(); }
  // Notes whom the peer speaks for, if it is trusted, before the request is answered. Returns the
  // head with the scheme of the URL that the client has asked for.
  http::RequestHead Find(http::ServerExchange& exchange, const http::RequestHead& head) const;

  // As runtime::VisitorPort. What one app passes on to another is that one's word.
  std::string Describe(http::ServerExchange* exchange) const;

 private:
  // `request.cf` of a client behind a proxy, with what that says in the request's fields.
  std::string CfBehindProxy(const http::RequestHead& head) const;

  const http::TrustedProxies proxies_;
  const std::vector<std::string> headers_;
  const config::NamedTexts cf_headers_;
  const Json cf_;  // What is known of everybody.
  // The same as text: of a client behind a proxy that says nothing more …
  const std::string cf_text_behind_;
  // … and of one that speaks for itself, by HTTP/1.0 and by HTTP/1.1.
  const std::string cf_text_[2];
};

}  // namespace nano::server
