// TLS as a socket's secure layer, by OpenSSL: the part that both sides of a connection share. Bytes
// go between the layer's caller and OpenSSL without a buffer of their own: a BIO reads from and
// writes to where the call at hand says.
//
// Owns the connection's SSL. Thread: the loop's own.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "net/secure_layer.h"

struct ssl_st;

namespace nano::net {

struct SslDeleter {
  void operator()(ssl_st* ssl) const;
};
using SslPointer = std::unique_ptr<ssl_st, SslDeleter>;

class TlsLayer : public SecureLayer {
 public:
  // An SSL with its side, its host and its rules set.
  explicit TlsLayer(SslPointer ssl);
  ~TlsLayer() override;
  TlsLayer(const TlsLayer&) = delete;
  TlsLayer& operator=(const TlsLayer&) = delete;

  void Start(std::string& outgoing) override;
  size_t Open(std::string_view received, char* plain, std::string& outgoing) override;
  void Seal(std::string_view plain, std::string& outgoing) override;
  void End(std::string& outgoing) override;

  // What the two have agreed to speak (ALPN); empty if nothing, or not yet.
  std::string_view protocol() const;
  // "TLSv1.3"; empty before the handshake is done.
  std::string_view version() const;
  // The handshake was shortened by an earlier one's session.
  bool resumed() const;
  // A constant name for the failure: of the check of the peer's certificate that failed, as OpenSSL
  // and Node.js name it ("CERT_HAS_EXPIRED", "ERR_TLS_CERT_ALTNAME_INVALID"), else "ERR_TLS".
  std::string_view failure_code() const { return failure_code_; }

 protected:
  ssl_st* ssl() const { return ssl_.get(); }

 private:
  struct Bio;  // OpenSSL's side of input_ and output_, in tls_layer.cc.

  void Handshake();
  void Fail();

  SslPointer ssl_;
  std::string_view input_;         // Of the call at hand, what OpenSSL has not read.
  std::string* output_ = nullptr;  // Of the call at hand.
  std::string failure_code_;
};

}  // namespace nano::net
