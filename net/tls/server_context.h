// What the TLS connections that are accepted at an address have in common: the server's certificate
// and key, and, where clients need certificates too, the authorities that give them.
//
// Thread: the loop's own.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "net/tls/tls_layer.h"

struct ssl_ctx_st;

namespace nano::net {

class TlsServerContext {
 public:
  // PEM files: the certificate with those between it and its authority, its key, and the
  // authorities of clients' certificates; without the last, clients need none. Fails if one cannot
  // be read, or the key is another's.
  static Result<std::shared_ptr<TlsServerContext>> Make(const std::string& certificate,
                                                        const std::string& key,
                                                        const std::string& client_authorities);

  // The server's side of a connection. A client that has no certificate where it needs one does not
  // get past the handshake. Speaks HTTP/1.1, to those who ask for protocols by name.
  std::unique_ptr<TlsLayer> Accept() const;

 private:
  struct ContextDeleter {
    void operator()(ssl_ctx_st* context) const;
  };

  explicit TlsServerContext(std::unique_ptr<ssl_ctx_st, ContextDeleter> context);

  const std::unique_ptr<ssl_ctx_st, ContextDeleter> context_;
};

}  // namespace nano::net
