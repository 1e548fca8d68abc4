// The steps from a route to a connection.
#include "http/client/dialer.h"

#include <utility>

#include "http/client/proxy.h"
#include "http/http1/request_writer.h"

namespace nano::http {
namespace {

constexpr std::string_view kProtocol = "http/1.1";

// Of a route by address, whatever keeps it from its host.
const char kByAddress[] =
    " (the name is looked up here, and the proxy asked for the address, since no rule of "
    "outbound.allow in nano.yaml has the host by its name: add one, and the proxy looks it up)";

}  // namespace

Dialer::Dialer(http1::ClientLoop& loop, Host& host, Route route)
    : loop_(loop), host_(host), route_(std::move(route)) {}

Dialer::~Dialer() { Close(); }

void Dialer::Start() {
  if (const MakeConnection* make = host_.connect()) {
    turn_.emplace(loop_.loop, [this, make] { Make(*make); });
    return turn_->Start(0);
  }
  if (auto refusal = host_.policy().RefuseHost(route_.host, route_.port)) {
    turn_.emplace(loop_.loop, [this, refusal] { Fail(Denied(*refusal)); });
    return turn_->Start(0);
  }
  if (route_.proxy == nullptr) return Connect(route_.host, route_.port);
  if (route_.by_address) return LookUp();
  target_ = route_.HostAndPort();
  ConnectToProxy();
}

std::optional<std::string> Dialer::Refuse(const IpAddress& address) const {
  return host_.policy().RefuseAddress(route_.host, route_.port, address);
}

void Dialer::Make(const MakeConnection& make) {
  Result<Descriptor> made = make(route_);
  if (!made.ok()) return Fail({FailureKind::kConnect, "ECONNABORTED", made.error().ToString()});
  OnConnected(made->Release());
}

void Dialer::LookUp() {
  addresses_.emplace(loop_.loop, loop_.resolver,
                     net::AddressLookup::Events{
                         [this] { OnLookedUp(); },
                         [this](const IpAddress& address) { return Refuse(address); },
                     });
  addresses_->Start(route_.host);
}

void Dialer::OnLookedUp() {
  const std::optional<IpAddress> address = addresses_->Next();
  if (!address) {
    Failure failure = FailureOf(addresses_->failure());
    if (failure.kind == FailureKind::kName) failure.message += kByAddress;
    return Fail(failure);
  }
  target_ = Route::HostAndPort(address->ToString(), route_.port);
  ConnectToProxy();
}

void Dialer::ConnectToProxy() { Connect(route_.proxy->host, route_.proxy->port); }

void Dialer::Connect(const std::string& host, uint16_t port) {
  connector_.emplace(loop_.loop, loop_.resolver,
                     net::Connector::Events{
                         [this](int fd, const IpAddress&) { OnConnected(fd); },
                         [this](const net::ConnectFailure& failure) { OnNotConnected(failure); },
                         [this](const IpAddress& address) -> std::optional<std::string> {
                           stage_ = "connecting";
                           // A proxy is the operator's choice; what it is asked for is checked.
                           return route_.proxy == nullptr ? Refuse(address) : std::nullopt;
                         },
                     });
  connector_->Start(host, port);
}

void Dialer::OnNotConnected(const net::ConnectFailure& failure) {
  Failure told = FailureOf(failure);
  // An address that was asked for as such need not be said twice.
  const std::string asked = (route_.proxy == nullptr ? route_.host : route_.proxy->host) + ": ";
  if (told.message.starts_with(asked)) told.message.erase(0, asked.size());
  if (route_.proxy != nullptr) {
    told.kind = FailureKind::kProxy;
    told.message = "the proxy " + route_.proxy->ToString() + ": " + told.message;
  }
  Fail(told);
}

void Dialer::OnConnected(int fd) {
  connector_.reset();
  connection_ = &host_.NewConnection();
  connection_->Start(fd, nullptr, *this);
  if (route_.proxy == nullptr) {
    if (!route_.tls) return Finish();
    return Secure(route_.host, route_.port);
  }
  if (route_.proxy->tls) return Secure(route_.proxy->host, route_.proxy->port);
  OnReady();
}

void Dialer::Secure(std::string_view server, uint16_t port) {
  stage_ = "the TLS handshake";
  Result<std::shared_ptr<net::TlsClientContext>> tls = host_.Tls();
  if (!tls.ok()) return Fail({FailureKind::kTls, "ERR_TLS_AUTHORITIES", tls.error().ToString()});
  connection_->Secure(tls.value()->Connect(server, port, kProtocol));
}

// A step is done: of a proxy that is still to be asked for a tunnel, or the last one.
void Dialer::OnReady() {
  if (route_.tunnels() && tunnel_status_ == 0) return Tunnel();
  Finish();
}

void Dialer::Tunnel() {
  stage_ = "the proxy's answer";
  std::string credentials;
  if (!route_.proxy->authorization.empty()) {
    credentials = "proxy-authorization: " + route_.proxy->authorization + "\r\n";
  }
  connection_->Begin(http1::ResponseParser::Request::kConnect);
  http1::AppendRequestHead(connection_->buffer(), {"CONNECT", {}, target_, target_}, credentials,
                           {});
  connection_->Flush();
}

void Dialer::OnHead(const http1::ParsedResponse& head) {
  tunnel_status_ = head.status;
  if (head.status / 100 == 2) return OnTunnel();
  // It may be this address that the proxy has no way to.
  const std::optional<IpAddress> next =
      addresses_ && head.status / 100 == 5 ? addresses_->Next() : std::nullopt;
  if (next) {
    Close();
    tunnel_status_ = 0;
    target_ = Route::HostAndPort(next->ToString(), route_.port);
    return ConnectToProxy();
  }
  if (head.status == kProxyAuthenticationRequired) {
    return Fail(WantsOtherCredentials(*route_.proxy));
  }
  std::string message = "the proxy " + route_.proxy->ToString() + " refused the tunnel to " +
                        target_ + " (status " + std::to_string(head.status) + ")";
  if (route_.by_address) message += kByAddress;
  Fail({FailureKind::kProxy, "ERR_PROXY_TUNNEL", std::move(message)});
}

void Dialer::OnTunnel() {
  if (!connection_->settled()) {
    return Fail(
        {FailureKind::kProxy, "ERR_PROXY_TUNNEL",
         "the proxy " + route_.proxy->ToString() + " says more than that there is a tunnel"});
  }
  if (!route_.tls) return Finish();
  Secure(route_.host, route_.port);
}

void Dialer::OnEnded(const http1::ClientConnection::Ending& ending) {
  connection_ = nullptr;
  using End = http1::ClientConnection::End;
  if (route_.proxy != nullptr && tunnel_status_ == 0) {
    return Fail({FailureKind::kProxy, ending.end == End::kTls ? ending.code : "ERR_PROXY_TUNNEL",
                 "the proxy " + route_.proxy->ToString() + ": " + ending.reason});
  }
  if (ending.end == End::kTls) return Fail({FailureKind::kTls, ending.code, ending.reason});
  Fail({FailureKind::kTls, "ECONNRESET", "during the TLS handshake: " + ending.reason});
}

void Dialer::Close() {
  if (http1::ClientConnection* connection = std::exchange(connection_, nullptr)) {
    connection->Close();
  }
}

void Dialer::Fail(const Failure& failure) {
  Close();
  host_.OnDialFailed(*this, failure);
}

void Dialer::Finish() { host_.OnDialed(*this, *std::exchange(connection_, nullptr)); }

}  // namespace nano::http
