// Certificates and keys, read by OpenSSL.
#include "net/tls/own_certificate.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace nano::net {
namespace {

Error CannotUse(const char* what, const std::string& file) {
  const unsigned long error = ERR_peek_last_error();
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  return {std::string("cannot use ") + what + ": " + (reason == nullptr ? "unknown" : reason), file,
          "It is to be a PEM file that the program's user can read."};
}

}  // namespace

Result<void> OwnCertificate::UseIn(ssl_ctx_st* context) const {
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, file.c_str()) != 1) {
    return CannotUse("the certificate", file);
  }
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return CannotUse("the certificate's key", key);
  }
  return {};
}

}  // namespace nano::net
