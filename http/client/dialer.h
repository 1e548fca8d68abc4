// Makes a connection along a route, ready for a request: what the policy says, name look-up, TCP,
// the proxy's TLS and CONNECT, the origin's TLS. One dialer makes one connection. Whoever owns it
// limits its time.
//
// Owns what is under way; destroying it ends that. Thread: the loop's own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "http/client/failure.h"
#include "http/client/outbound_policy.h"
#include "http/client/route.h"
#include "http/http1/client_connection.h"
#include "http/http1/client_loop.h"
#include "net/address_lookup.h"
#include "net/connector.h"
#include "net/tls/client_context.h"

namespace nano::http {

// Makes a connection to a route's host that is not of the network: its end, in non-blocking mode.
using MakeConnection = std::function<Result<Descriptor>(const Route&)>;

class Dialer final : private http1::ClientConnection::User {
 public:
  // What its owner provides.
  class Host {
   public:
    virtual const OutboundPolicy& policy() const = 0;
    // Null: connections are the network's. Else this makes them, whatever the policy says.
    virtual const MakeConnection* connect() const { return nullptr; }
    // An error: nobody's certificates can be checked.
    virtual Result<std::shared_ptr<net::TlsClientContext>> Tls() = 0;
    // A connection of the owner's, which it deletes when it is closed.
    virtual http1::ClientConnection& NewConnection() = 0;
    // It is ready, and has to be given a user. One of these two comes, once, never before Start has
    // returned; the dialer may be destroyed in it.
    virtual void OnDialed(Dialer& dialer, http1::ClientConnection& connection) = 0;
    virtual void OnDialFailed(Dialer& dialer, const Failure& failure) = 0;

   protected:
    ~Host() = default;
  };

  Dialer(http1::ClientLoop& loop, Host& host, Route route);
  ~Dialer();
  Dialer(const Dialer&) = delete;
  Dialer& operator=(const Dialer&) = delete;

  void Start();

  const Route& route() const { return route_; }
  // How far it has come, for the message of a time limit: "the TLS handshake".
  std::string_view stage() const { return stage_; }

 private:
  std::optional<std::string> Refuse(const IpAddress& address) const;
  void LookUp();
  void OnLookedUp();
  void ConnectToProxy();
  void Make(const MakeConnection& make);
  void Connect(const std::string& host, uint16_t port);
  void OnConnected(int fd);
  void OnNotConnected(const net::ConnectFailure& failure);
  void Tunnel();
  void OnTunnel();
  void Secure(std::string_view server, uint16_t port);
  void Close();
  void Fail(const Failure& failure);
  void Finish();

  // http1::ClientConnection::User
  void OnReady() override;
  bool TakesMore() override { return true; }
  void OnHead(const http1::ParsedResponse& head) override;
  // A proxy that refuses is not listened to any longer.
  void OnBody(std::string_view /*part*/) override {}
  void OnResponseEnd() override {}
  void OnEnded(const http1::ClientConnection::Ending& ending) override;
  void OnDrained() override {}
  void OnProgress() override {}

  http1::ClientLoop& loop_;
  Host& host_;
  const Route route_;
  std::string_view stage_ = "the name look-up";
  std::optional<net::Timer> turn_;               // What would be told too early.
  std::optional<net::AddressLookup> addresses_;  // Of a route by address.
  std::string target_;                           // What the proxy is asked for.
  std::optional<net::Connector> connector_;
  http1::ClientConnection* connection_ = nullptr;
  int tunnel_status_ = 0;  // What the proxy answered to CONNECT.
};

}  // namespace nano::http
