// OpenSSL driven by bytes that come and bytes that go, and its failures in words.
#include "net/tls/tls_layer.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace nano::net {
namespace {

constexpr size_t kRecord = 16 * 1024;  // The longest plain text of one (RFC 8446, section 5.1).

// OpenSSL's names without their prefix, which are what Node.js gives as an error's code.
std::string NameOfVerifyError(long code) {
  switch (code) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
      return "UNABLE_TO_GET_ISSUER_CERT";
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return "CERT_SIGNATURE_FAILURE";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "CERT_NOT_YET_VALID";
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "CERT_HAS_EXPIRED";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return "DEPTH_ZERO_SELF_SIGNED_CERT";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return "SELF_SIGNED_CERT_IN_CHAIN";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
      return "UNABLE_TO_GET_ISSUER_CERT_LOCALLY";
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return "UNABLE_TO_VERIFY_LEAF_SIGNATURE";
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
      return "CERT_CHAIN_TOO_LONG";
    case X509_V_ERR_CERT_REVOKED:
      return "CERT_REVOKED";
    case X509_V_ERR_INVALID_CA:
      return "INVALID_CA";
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
      return "PATH_LENGTH_EXCEEDED";
    case X509_V_ERR_INVALID_PURPOSE:
      return "INVALID_PURPOSE";
    case X509_V_ERR_CERT_UNTRUSTED:
      return "CERT_UNTRUSTED";
    case X509_V_ERR_CERT_REJECTED:
      return "CERT_REJECTED";
    case X509_V_ERR_CRL_HAS_EXPIRED:
      return "CRL_HAS_EXPIRED";
    case X509_V_ERR_CRL_NOT_YET_VALID:
      return "CRL_NOT_YET_VALID";
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
      return "CRL_SIGNATURE_FAILURE";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "ERR_TLS_CERT_ALTNAME_INVALID";
    case X509_V_ERR_EE_KEY_TOO_SMALL:
      return "EE_KEY_TOO_SMALL";
    case X509_V_ERR_CA_KEY_TOO_SMALL:
      return "CA_KEY_TOO_SMALL";
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return "CA_MD_TOO_WEAK";
    default:
      return "CERT_UNTRUSTED";
  }
}

// OpenSSL's words, but where they do not say what is wrong with what.
const char* WordsOfVerifyError(long code) {
  switch (code) {
    case X509_V_ERR_CRL_HAS_EXPIRED:
      return "the revocation list of the certificate's authority has expired";
    case X509_V_ERR_CRL_NOT_YET_VALID:
      return "the revocation list of the certificate's authority is not valid yet";
    case X509_V_ERR_CRL_SIGNATURE_FAILURE:
      return "the revocation list of the certificate's authority has a wrong signature";
    default:
      return X509_verify_cert_error_string(code);
  }
}

}  // namespace

void SslDeleter::operator()(ssl_st* ssl) const { SSL_free(ssl); }

// A BIO without storage. Its data is the layer.
struct TlsLayer::Bio {
  static TlsLayer& Self(BIO* bio) { return *static_cast<TlsLayer*>(BIO_get_data(bio)); }

  static int Read(BIO* bio, char* into, size_t size, size_t* done) {
    TlsLayer& self = Self(bio);
    BIO_clear_retry_flags(bio);
    *done = std::min(size, self.input_.size());
    if (*done == 0) {
      BIO_set_retry_read(bio);
      return 0;
    }
    std::memcpy(into, self.input_.data(), *done);
    self.input_.remove_prefix(*done);
    return 1;
  }

  static int Write(BIO* bio, const char* data, size_t size, size_t* done) {
    TlsLayer& self = Self(bio);
    NANO_CHECK(self.output_ != nullptr);
    self.output_->append(data, size);
    *done = size;
    return 1;
  }

  static long Control(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH || command == BIO_CTRL_PUSH || command == BIO_CTRL_POP ? 1 : 0;
  }

  static int Create(BIO* bio) {
    BIO_set_init(bio, 1);
    return 1;
  }

  static const BIO_METHOD* Method() {
    static BIO_METHOD* const method = [] {
      BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "nano");
      NANO_CHECK(made != nullptr);
      BIO_meth_set_create(made, Create);
      BIO_meth_set_read_ex(made, Read);
      BIO_meth_set_write_ex(made, Write);
      BIO_meth_set_ctrl(made, Control);
      return made;
    }();
    return method;
  }
};

TlsLayer::TlsLayer(SslPointer ssl) : ssl_(std::move(ssl)) {
  BIO* bio = BIO_new(Bio::Method());
  NANO_CHECK(bio != nullptr);
  BIO_set_data(bio, this);
  SSL_set_bio(ssl_.get(), bio, bio);  // Owned by the SSL from now on.
  // Buffers of a connection that waits for its next use are given back.
  SSL_set_mode(ssl_.get(), SSL_MODE_RELEASE_BUFFERS);
}

TlsLayer::~TlsLayer() {
  // However the connection ended, its session is as good as before (RFC 5246, section 7.2.1),
  // unless it was by a failure.
  if (state_ != State::kFailed) {
    SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  }
}

void TlsLayer::Start(std::string& outgoing) {
  output_ = &outgoing;
  Handshake();
  output_ = nullptr;
}

void TlsLayer::Handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    state_ = State::kOpen;
  } else if (SSL_get_error(ssl_.get(), result) != SSL_ERROR_WANT_READ) {
    Fail();
  }
}

size_t TlsLayer::Open(std::string_view received, char* plain, std::string& outgoing) {
  if (state_ == State::kEnded || state_ == State::kFailed) return 0;
  input_ = received;
  output_ = &outgoing;
  if (state_ == State::kHandshake) Handshake();
  size_t opened = 0;
  while (state_ == State::kOpen) {
    ERR_clear_error();
    size_t size = 0;
    const int result = SSL_read_ex(ssl_.get(), plain + opened, kRecord, &size);
    if (result == 1) {
      opened += size;
      continue;
    }
    const int error = SSL_get_error(ssl_.get(), result);
    if (error == SSL_ERROR_WANT_READ) break;
    if (error == SSL_ERROR_ZERO_RETURN) {
      state_ = State::kEnded;
    } else {
      Fail();
    }
  }
  input_ = {};
  output_ = nullptr;
  return opened;
}

void TlsLayer::Seal(std::string_view plain, std::string& outgoing) {
  if (plain.empty() || state_ == State::kFailed) return;
  output_ = &outgoing;
  ERR_clear_error();
  size_t done = 0;
  // Whole, since the BIO takes everything.
  if (SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &done) != 1) Fail();
  output_ = nullptr;
}

void TlsLayer::End(std::string& outgoing) {
  if (state_ == State::kHandshake || state_ == State::kFailed) return;
  output_ = &outgoing;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  output_ = nullptr;
}

void TlsLayer::Fail() {
  state_ = State::kFailed;
  const long verified = SSL_get_verify_result(ssl_.get());
  if (verified != X509_V_OK) {
    failure_code_ = NameOfVerifyError(verified);
    failure_ = WordsOfVerifyError(verified);
    return;
  }
  failure_code_ = "ERR_TLS";
  const unsigned long error = ERR_peek_last_error();
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  failure_ = reason == nullptr ? "the peer broke the protocol" : reason;
}

std::string_view TlsLayer::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string_view TlsLayer::version() const {
  return state_ == State::kHandshake ? std::string_view() : SSL_get_version(ssl_.get());
}

bool TlsLayer::resumed() const { return SSL_session_reused(ssl_.get()) == 1; }

}  // namespace nano::net
