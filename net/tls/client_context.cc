// Settings of outgoing connections, and the sessions kept for them.
#include "net/tls/client_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <utility>

#include "base/check.h"
#include "base/ip_address.h"
#include "net/tls/trust_store.h"

namespace nano::net {

void TlsClientContext::ContextDeleter::operator()(ssl_ctx_st* context) const {
  SSL_CTX_free(context);
}

void TlsClientContext::SessionDeleter::operator()(ssl_session_st* session) const {
  SSL_SESSION_free(session);
}

// A layer that knows whom it speaks to, for the session that the peer gives.
class TlsClientContext::Layer final : public TlsLayer {
 public:
  Layer(SslPointer ssl, std::shared_ptr<TlsClientContext> context, std::string server)
      : TlsLayer(std::move(ssl)), context_(std::move(context)), server_(std::move(server)) {
    SSL_set_app_data(this->ssl(), this);
  }

  static int OnNewSession(ssl_st* ssl, ssl_session_st* session) {
    auto* self = static_cast<Layer*>(SSL_get_app_data(ssl));
    self->context_->KeepSession(self->server_, Session(session));
    return 1;  // It is ours now.
  }

 private:
  const std::shared_ptr<TlsClientContext> context_;
  const std::string server_;
};

Result<std::shared_ptr<TlsClientContext>> TlsClientContext::Make(const std::string& authorities,
                                                                 const OwnCertificate& own) {
  return Trusting(TRY(TrustStore::Make(authorities)), own);
}

Result<std::shared_ptr<TlsClientContext>> TlsClientContext::MakeOf(const std::string& pem,
                                                                   const std::string& file) {
  return Trusting(TRY(TrustStore::MakeOf(pem, file)), {});
}

Result<std::shared_ptr<TlsClientContext>> TlsClientContext::Trusting(const TrustStore& trust,
                                                                     const OwnCertificate& own) {
  std::unique_ptr<ssl_ctx_st, ContextDeleter> context(SSL_CTX_new(TLS_client_method()));
  NANO_CHECK(context != nullptr);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  trust.UseIn(context.get(), SSL_VERIFY_PEER);
  if (!own.file.empty()) TRY(own.UseIn(context.get()));
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context.get(), Layer::OnNewSession);
  return std::shared_ptr<TlsClientContext>(new TlsClientContext(std::move(context)));
}

TlsClientContext::TlsClientContext(std::unique_ptr<ssl_ctx_st, ContextDeleter> context)
    : context_(std::move(context)) {}

TlsClientContext::~TlsClientContext() = default;

std::unique_ptr<TlsLayer> TlsClientContext::Connect(std::string_view host, uint16_t port,
                                                    std::string_view protocol) {
  SslPointer ssl(SSL_new(context_.get()));
  NANO_CHECK(ssl != nullptr);
  SSL_set_connect_state(ssl.get());
  // A dot at its end says that it is whole: no certificate has it, nor is it indicated (RFC 6066,
  // section 3).
  const std::string name(host.substr(0, host.size() - (host.size() > 1 && host.ends_with('.'))));
  NANO_CHECK(!name.empty());  // OpenSSL would take that for every name.
  X509_VERIFY_PARAM* rules = SSL_get0_param(ssl.get());
  if (IpAddress::Parse(host)) {
    NANO_CHECK(X509_VERIFY_PARAM_set1_ip_asc(rules, name.c_str()) == 1);
  } else {
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    NANO_CHECK(X509_VERIFY_PARAM_set1_host(rules, name.data(), name.size()) == 1);
    SSL_set_tlsext_host_name(ssl.get(), name.c_str());
  }
  if (!protocol.empty()) {
    std::string list(1, static_cast<char>(protocol.size()));
    list += protocol;
    SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(list.data()),
                        static_cast<unsigned>(list.size()));
  }
  std::string server = name + ":" + std::to_string(port);
  if (const Session session = TakeSession(server)) SSL_set_session(ssl.get(), session.get());
  return std::make_unique<Layer>(std::move(ssl), shared_from_this(), std::move(server));
}

TlsClientContext::Session TlsClientContext::TakeSession(const std::string& server) {
  const auto found = by_name_.find(server);
  if (found == by_name_.end()) return nullptr;
  servers_.splice(servers_.begin(), servers_, found->second);
  std::deque<Session>& sessions = servers_.front().sessions;
  while (!sessions.empty()) {
    Session session = std::move(sessions.back());
    sessions.pop_back();
    if (SSL_SESSION_is_resumable(session.get()) != 1) continue;
    if (SSL_SESSION_get_protocol_version(session.get()) < TLS1_3_VERSION) {
      // Good for more than once, and no other comes of a handshake that it shortened.
      SSL_SESSION_up_ref(session.get());
      sessions.emplace_back(session.get());
    }
    return session;
  }
  return nullptr;
}

void TlsClientContext::KeepSession(const std::string& server, Session session) {
  auto found = by_name_.find(server);
  if (found == by_name_.end()) {
    if (servers_.size() >= kServers) {
      by_name_.erase(servers_.back().name);
      servers_.pop_back();
    }
    servers_.push_front({server, {}});
    found = by_name_.emplace(server, servers_.begin()).first;
  }
  std::deque<Session>& sessions = found->second->sessions;
  sessions.push_back(std::move(session));
  if (sessions.size() > kSessions) sessions.pop_front();
}

}  // namespace nano::net
