// HKDF and PBKDF2 by OpenSSL.
#include "runtime/native/crypto/key_derivation.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>

#include "base/check.h"
#include "runtime/native/crypto/openssl.h"

namespace nano::runtime {
namespace {

using KdfContextPtr = std::unique_ptr<EVP_KDF_CTX, OpensslDeleter<EVP_KDF_CTX_free>>;

EVP_KDF* Fetch(const char* name) {
  EVP_KDF* kdf = EVP_KDF_fetch(nullptr, name, nullptr);
  NANO_CHECK(kdf != nullptr);
  return kdf;
}

// OpenSSL takes parameters by pointers that are not const, and only reads them.
OSSL_PARAM BytesParameter(const char* name, Bytes bytes) {
  static uint8_t none = 0;  // An empty string needs an address as well.
  auto* data = bytes.empty() ? &none : const_cast<uint8_t*>(bytes.data());
  return OSSL_PARAM_construct_octet_string(name, data, bytes.size());
}

OSSL_PARAM HashParameter(const char* name, Hash hash) {
  auto* value = const_cast<char*>(EVP_MD_get0_name(HashFunction(hash)));
  return OSSL_PARAM_construct_utf8_string(name, value, 0);
}

bool Derive(EVP_KDF* function, std::span<const OSSL_PARAM> parameters, std::span<uint8_t> output) {
  const ErrorScope errors;
  if (output.empty()) return true;
  const KdfContextPtr context(EVP_KDF_CTX_new(function));
  return context != nullptr &&
         EVP_KDF_derive(context.get(), output.data(), output.size(), parameters.data()) == 1;
}

}  // namespace

bool Hkdf(Hash hash, Bytes secret, Bytes salt, Bytes info, std::span<uint8_t> output) {
  static EVP_KDF* const function = Fetch(OSSL_KDF_NAME_HKDF);
  const std::array parameters = {
      HashParameter(OSSL_KDF_PARAM_DIGEST, hash), BytesParameter(OSSL_KDF_PARAM_KEY, secret),
      BytesParameter(OSSL_KDF_PARAM_SALT, salt), BytesParameter(OSSL_KDF_PARAM_INFO, info),
      OSSL_PARAM_construct_end()};
  return Derive(function, parameters, output);
}

bool Pbkdf2(Hash hash, Bytes password, Bytes salt, uint64_t iterations, std::span<uint8_t> output) {
  static EVP_KDF* const function = Fetch(OSSL_KDF_NAME_PBKDF2);
  int without_least_sizes = 1;  // Those of NIST SP 800-132 are no part of the Web's PBKDF2.
  const std::array parameters = {
      HashParameter(OSSL_KDF_PARAM_DIGEST, hash),
      BytesParameter(OSSL_KDF_PARAM_PASSWORD, password),
      BytesParameter(OSSL_KDF_PARAM_SALT, salt),
      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_ITER, &iterations),
      OSSL_PARAM_construct_int(OSSL_KDF_PARAM_PKCS5, &without_least_sizes),
      OSSL_PARAM_construct_end()};
  return Derive(function, parameters, output);
}

}  // namespace nano::runtime
