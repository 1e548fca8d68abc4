// Certificates and keys, read by OpenSSL.
#include "net/tls/own_certificate.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <unistd.h>

#include <cerrno>

#include "base/system_error.h"

namespace nano::net {
namespace {

// OpenSSL says of a file that is not there no more than that its "system lib" has failed.
Result<void> CheckReadable(const std::string& file) {
  if (access(file.c_str(), R_OK) == 0) return {};
  return SystemError(file, "open", errno);
}

Error CannotUse(const char* what, const std::string& file) {
  const unsigned long error = ERR_peek_last_error();
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  return {std::string("cannot use ") + what + ": " + (reason == nullptr ? "unknown" : reason), file,
          std::string("It is to be a PEM file with ") + what + "."};
}

}  // namespace

Result<void> OwnCertificate::UseIn(ssl_ctx_st* context) const {
  TRY(CheckReadable(file));
  TRY(CheckReadable(key));
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, file.c_str()) != 1) {
    return CannotUse("the certificate", file);
  }
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) == 1 &&
      SSL_CTX_check_private_key(context) == 1) {
    return {};
  }
  if (ERR_GET_REASON(ERR_peek_last_error()) != X509_R_KEY_VALUES_MISMATCH) {
    return CannotUse("the certificate's key", key);
  }
  return Error{"this is the key of another certificate than " + file, key,
               "Name the two that belong together."};
}

}  // namespace nano::net
