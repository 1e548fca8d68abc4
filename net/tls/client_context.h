// What the outgoing TLS connections of one tenant share: whom they trust, and sessions for shorter
// handshakes, which are shown only to the server they came from. Nobody else's connections use
// either.
//
// Trusted are the system's certificate authorities, read once for all tenants of a thread when the
// first of them connects, and those of a file of the tenant's own. Where such a file holds
// revocation lists, every certificate of a chain is looked up in its authority's, if there is one.
// TLS 1.2 and 1.3.
//
// Thread: the loop's own.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "net/tls/own_certificate.h"
#include "net/tls/tls_layer.h"

struct ssl_ctx_st;
struct ssl_session_st;
struct x509_store_st;

namespace nano::net {

class TrustStore;

class TlsClientContext : public std::enable_shared_from_this<TlsClientContext> {
 public:
  // `authorities`: a PEM file of certificates, and revocation lists if need be; empty: none. Fails
  // if it cannot be read, or if there is nobody to trust at all. `own` is shown to servers that ask
  // for a certificate.
  static Result<std::shared_ptr<TlsClientContext>> Make(const std::string& authorities,
                                                        const OwnCertificate& own = {});
  // The same with what such a file holds, which was read before; `file` names it in what goes
  // wrong.
  static Result<std::shared_ptr<TlsClientContext>> MakeOf(const std::string& pem,
                                                          const std::string& file);
  ~TlsClientContext();
  TlsClientContext(const TlsClientContext&) = delete;
  TlsClientContext& operator=(const TlsClientContext&) = delete;

  // The client's side of a connection to `host`, a name in ASCII or an address without brackets,
  // which the peer's certificate has to be for. Speaks `protocol` ("http/1.1") or what the peer
  // takes instead of agreeing.
  std::unique_ptr<TlsLayer> Connect(std::string_view host, uint16_t port,
                                    std::string_view protocol);

 private:
  class Layer;
  struct ContextDeleter {
    void operator()(ssl_ctx_st* context) const;
  };
  struct SessionDeleter {
    void operator()(ssl_session_st* session) const;
  };
  using Session = std::unique_ptr<ssl_session_st, SessionDeleter>;
  struct Server {
    std::string name;  // "host:port"
    std::deque<Session> sessions;
  };

  static constexpr size_t kServers = 128;  // Whose sessions are kept.
  static constexpr size_t kSessions = 4;   // Of one: each is shown once (RFC 8446, appendix C.4).

  static Result<std::shared_ptr<TlsClientContext>> Trusting(const TrustStore& trust,
                                                            const OwnCertificate& own);
  explicit TlsClientContext(std::unique_ptr<ssl_ctx_st, ContextDeleter> context);

  Session TakeSession(const std::string& server);
  void KeepSession(const std::string& server, Session session);

  const std::unique_ptr<ssl_ctx_st, ContextDeleter> context_;
  std::list<Server> servers_;  // The one used last comes first.
  std::map<std::string, std::list<Server>::iterator, std::less<>> by_name_;
};

}  // namespace nano::net
