// Stands between a listener and whoever answers, where peers may speak for others: finds the client
// before a request is answered. Whose server trusts no proxy has none of it.
//
// Owns nothing: the handler and the visitors outlive it. Thread: the worker's loop.
#pragma once

#include <memory>

#include "http/handler.h"
#include "server/visitors/visitors.h"

namespace nano::server {

class ProxiedRequests final : public http::Handler {
 public:
  // Null: no proxy is trusted.
  static std::unique_ptr<http::Handler> Before(http::Handler& next, const Visitors& visitors) {
    if (!visitors.has_proxies()) return nullptr;
    return std::make_unique<ProxiedRequests>(next, visitors);
  }
  ProxiedRequests(http::Handler& next, const Visitors& visitors)
      : next_(next), visitors_(visitors) {}

  void OnRequest(http::ServerExchange& exchange, const http::RequestHead& head) override {
    next_.OnRequest(exchange, visitors_.Find(exchange, head));
  }
  void OnServerRequest(http::ServerExchange& exchange, const http::RequestHead& head) override {
    next_.OnServerRequest(exchange, visitors_.Find(exchange, head));
  }
  void OnProtocolError(const http::ProtocolError& error) override { next_.OnProtocolError(error); }
  void OnSlowClient(http::SlowWith with) override { next_.OnSlowClient(with); }

 private:
  http::Handler& next_;
  const Visitors& visitors_;
};

}  // namespace nano::server
