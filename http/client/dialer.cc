// The steps from a route to a connection.
#include "http/client/dialer.h"

#include <utility>

#include "http/client/proxy.h"
#include "http/http1/request_writer.h"

namespace nano::http {
namespace {

constexpr std::string_view kProtocol = "http/1.1";
constexpr int kProxyAuthenticationRequired = 407;

}  // namespace

Dialer::Dialer(http1::ClientLoop& loop, Host& host, Route route)
    : loop_(loop), host_(host), route_(std::move(route)) {}

Dialer::~Dialer() {
  if (connection_ != nullptr) connection_->Close();
}

void Dialer::Start() {
  const std::string& host = route_.proxy == nullptr ? route_.host : route_.proxy->host;
  const uint16_t port = route_.proxy == nullptr ? route_.port : route_.proxy->port;
  connector_.emplace(loop_.loop, loop_.resolver,
                     net::Connector::Events{
                         [this](int fd, const IpAddress&) { OnConnected(fd); },
                         [this](const net::Connector::Failure& failure) {
                           Failure told = ConnectFailure(failure);
                           if (route_.proxy != nullptr) {
                             told.kind = FailureKind::kProxy;
                             told.message =
                                 "the proxy " + route_.proxy->ToString() + ": " + told.message;
                           }
                           Fail(told);
                         },
                         [this, port](const IpAddress& address) -> std::optional<std::string> {
                           // A proxy is the operator's choice; what it may be asked for was checked
                           // before.
                           if (route_.proxy != nullptr) return std::nullopt;
                           stage_ = "connecting";
                           return host_.Refuse(address, port);
                         },
                     });
  connector_->Start(host, port);
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
  const std::string target = route_.HostAndPort();
  std::string credentials;
  if (!route_.proxy->authorization.empty()) {
    credentials = "proxy-authorization: " + route_.proxy->authorization + "\r\n";
  }
  connection_->Begin(http1::ResponseParser::Request::kConnect);
  http1::AppendRequestHead(connection_->buffer(), {"CONNECT", {}, target, target}, credentials, {});
  connection_->Flush();
}

void Dialer::OnHead(const http1::ParsedResponse& head) {
  tunnel_status_ = head.status;
  if (head.status / 100 == 2) return;  // On to OnResponseEnd.
  const bool credentials = head.status == kProxyAuthenticationRequired;
  Fail({FailureKind::kProxy, credentials ? "ERR_PROXY_AUTHENTICATION" : "ERR_PROXY_TUNNEL",
        "the proxy " + route_.proxy->ToString() +
            (credentials ? " wants other credentials" : " refused the tunnel") + " (status " +
            std::to_string(head.status) + ")"});
}

void Dialer::OnBody(std::string_view /*part*/) {}

void Dialer::OnResponseEnd() {
  if (route_.proxy->tls) {
    return Fail({FailureKind::kProxy, "ERR_PROXY_TUNNEL",
                 "https requests cannot go through a proxy that is itself spoken to by https; "
                 "name it as http://"});
  }
  Secure(route_.host, route_.port);
}

void Dialer::OnEnded(const http1::ClientConnection::Ending& ending) {
  connection_ = nullptr;
  using End = http1::ClientConnection::End;
  if (route_.proxy != nullptr && tunnel_status_ == 0) {
    return Fail({FailureKind::kProxy, "ERR_PROXY_TUNNEL",
                 "the proxy " + route_.proxy->ToString() + ": " + ending.reason});
  }
  if (ending.end == End::kTls) return Fail({FailureKind::kTls, ending.code, ending.reason});
  Fail({FailureKind::kTls, "ECONNRESET", "during the TLS handshake: " + ending.reason});
}

void Dialer::Fail(const Failure& failure) {
  if (http1::ClientConnection* connection = std::exchange(connection_, nullptr)) {
    connection->Close();
  }
  host_.OnDialFailed(*this, failure);
}

void Dialer::Finish() { host_.OnDialed(*this, *std::exchange(connection_, nullptr)); }

}  // namespace nano::http
