// A certificate authority for tests, with its own idea of names and dates, and servers that show
// its certificates. Thread: the test's.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "net/tls/tls_layer.h"

namespace nano::net::testing {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

struct Identity {
  Key key;
  Certificate certificate;
};

struct Wishes {
  std::string names = "DNS:a.test";  // As in a certificate's subjectAltName.
  long begins = -3600, ends = 3600;  // In seconds from now.
};

class Authority {
 public:
  explicit Authority(const char* name = "Authority") : identity_(Make(name, nullptr, {})) {}
  // One below another.
  Authority(const char* name, const Authority& above)
      : identity_(Make(name, &above.identity_, {})) {}

  Identity Issue(const Wishes& wishes) { return Make("Server", &identity_, wishes); }
  Identity IssueSelfSigned(const Wishes& wishes) { return Make("Server", nullptr, wishes); }

  const X509* certificate() const { return identity_.certificate.get(); }
  std::string Pem() const {
    BIO* out = BIO_new(BIO_s_mem());
    REQUIRE(PEM_write_bio_X509(out, identity_.certificate.get()) == 1);
    return Taken(out);
  }
  // A list of what it has revoked, which is valid from and to times in seconds from now.
  std::string RevocationList(const std::vector<const X509*>& revoked, long begins = -3600,
                             long ends = 3600) const {
    X509_CRL* list = X509_CRL_new();
    X509_CRL_set_version(list, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(list, X509_get_subject_name(identity_.certificate.get()));
    ASN1_TIME* time = X509_gmtime_adj(nullptr, begins);
    X509_CRL_set1_lastUpdate(list, time);
    for (const X509* certificate : revoked) {
      X509_REVOKED* entry = X509_REVOKED_new();
      X509_REVOKED_set_serialNumber(entry,
                                    const_cast<ASN1_INTEGER*>(X509_get0_serialNumber(certificate)));
      X509_REVOKED_set_revocationDate(entry, time);
      X509_CRL_add0_revoked(list, entry);
    }
    X509_gmtime_adj(time, ends);
    X509_CRL_set1_nextUpdate(list, time);
    ASN1_TIME_free(time);
    X509_CRL_sort(list);
    REQUIRE(X509_CRL_sign(list, identity_.key.get(), EVP_sha256()) > 0);
    BIO* out = BIO_new(BIO_s_mem());
    REQUIRE(PEM_write_bio_X509_CRL(out, list) == 1);
    X509_CRL_free(list);
    return Taken(out);
  }

 private:
  static std::string Taken(BIO* memory) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory, &data);
    std::string text(data, static_cast<size_t>(size));
    BIO_free(memory);
    return text;
  }

  static void Extend(X509* certificate, X509* issuer, int kind, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
    REQUIRE(extension != nullptr);
    REQUIRE(X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
  }

  // An authority's unless it is "Server".
  static Identity Make(const char* name, const Identity* issuer, const Wishes& wishes) {
    static long serial = 1;
    const bool server = std::string_view(name) == "Server";
    Identity identity;
    identity.key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    identity.certificate.reset(X509_new());
    X509* certificate = identity.certificate.get();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate), wishes.begins);
    X509_gmtime_adj(X509_getm_notAfter(certificate), wishes.ends);
    X509_set_pubkey(certificate, identity.key.get());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509* signer = issuer == nullptr ? certificate : issuer->certificate.get();
    X509_set_issuer_name(certificate, X509_get_subject_name(signer));
    Extend(certificate, signer, NID_basic_constraints, server ? "CA:FALSE" : "critical,CA:TRUE");
    if (server) Extend(certificate, signer, NID_subject_alt_name, wishes.names.c_str());
    EVP_PKEY* key = issuer == nullptr ? identity.key.get() : issuer->key.get();
    REQUIRE(X509_sign(certificate, key, EVP_sha256()) > 0);
    return identity;
  }

  Identity identity_;
};

// The server's side of connections, showing one certificate, and that of an authority between.
class TlsServer {
 public:
  explicit TlsServer(const Identity& identity, int newest = TLS1_3_VERSION,
                     const X509* between = nullptr)
      : context_(SSL_CTX_new(TLS_server_method())) {
    REQUIRE(SSL_CTX_use_certificate(context_.get(), identity.certificate.get()) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey(context_.get(), identity.key.get()) == 1);
    if (between != nullptr) {
      REQUIRE(SSL_CTX_add1_chain_cert(context_.get(), const_cast<X509*>(between)) == 1);
    }
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), newest);
    if (newest < TLS1_2_VERSION) SSL_CTX_set_cipher_list(context_.get(), "ALL:@SECLEVEL=0");
    SSL_CTX_set_session_id_context(context_.get(), reinterpret_cast<const unsigned char*>("t"), 1);
    SSL_CTX_set_alpn_select_cb(
        context_.get(),
        [](SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in,
           unsigned int in_size, void*) {
          static const unsigned char kProtocols[] = "\x08http/1.1";
          return SSL_select_next_proto(const_cast<unsigned char**>(out), size, kProtocols,
                                       sizeof kProtocols - 1, in, in_size) == OPENSSL_NPN_NEGOTIATED
                     ? SSL_TLSEXT_ERR_OK
                     : SSL_TLSEXT_ERR_ALERT_FATAL;
        },
        nullptr);
  }

  std::unique_ptr<TlsLayer> Accept() {
    SslPointer ssl(SSL_new(context_.get()));
    SSL_set_accept_state(ssl.get());
    return std::make_unique<TlsLayer>(std::move(ssl));
  }

 private:
  std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>> context_;
};

}  // namespace nano::net::testing
