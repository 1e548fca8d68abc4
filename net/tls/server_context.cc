// Settings of accepted connections.
#include "net/tls/server_context.h"

#include <openssl/ssl.h>

#include <utility>

#include "base/check.h"
#include "net/tls/own_certificate.h"
#include "net/tls/trust_store.h"

namespace nano::net {
namespace {

int SelectProtocol(ssl_st*, const unsigned char** out, unsigned char* size,
                   const unsigned char* offered, unsigned offered_size, void*) {
  static const unsigned char kOurs[] = "\x08http/1.1";
  const int found = SSL_select_next_proto(const_cast<unsigned char**>(out), size, kOurs,
                                          sizeof kOurs - 1, offered, offered_size);
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

void TlsServerContext::ContextDeleter::operator()(ssl_ctx_st* context) const {
  SSL_CTX_free(context);
}

TlsServerContext::TlsServerContext(std::unique_ptr<ssl_ctx_st, ContextDeleter> context)
    : context_(std::move(context)) {}

Result<std::shared_ptr<TlsServerContext>> TlsServerContext::Make(
    const std::string& certificate, const std::string& key, const std::string& client_authorities) {
  std::unique_ptr<ssl_ctx_st, ContextDeleter> context(SSL_CTX_new(TLS_server_method()));
  NANO_CHECK(context != nullptr);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  // Every connection shows its certificates anew: they may have been revoked meanwhile.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_alpn_select_cb(context.get(), SelectProtocol, nullptr);
  TRY((OwnCertificate{certificate, key}.UseIn(context.get())));
  if (!client_authorities.empty()) {
    const TrustStore trust = TRY(TrustStore::OfFile(client_authorities));
    trust.UseIn(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT);
    SSL_CTX_set_client_CA_list(context.get(), SSL_load_client_CA_file(client_authorities.c_str()));
  }
  return std::shared_ptr<TlsServerContext>(new TlsServerContext(std::move(context)));
}

std::unique_ptr<TlsLayer> TlsServerContext::Accept() const {
  SslPointer ssl(SSL_new(context_.get()));
  NANO_CHECK(ssl != nullptr);
  SSL_set_accept_state(ssl.get());
  return std::make_unique<TlsLayer>(std::move(ssl));
}

}  // namespace nano::net
