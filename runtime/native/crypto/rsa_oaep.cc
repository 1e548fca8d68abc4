// RSAES-OAEP by OpenSSL.
#include "runtime/native/crypto/rsa_oaep.h"

#include <openssl/rsa.h>

#include <cstring>
#include <limits>

#include "runtime/native/crypto/openssl.h"

namespace nano::runtime {
namespace {

bool SetLabel(EVP_PKEY_CTX* context, Bytes label) {
  if (label.empty()) return true;
  if (label.size() > static_cast<size_t>(std::numeric_limits<int>::max())) return false;
  // The context takes a copy that OpenSSL has allocated.
  void* copy = OPENSSL_memdup(label.data(), label.size());
  if (copy == nullptr) return false;
  if (EVP_PKEY_CTX_set0_rsa_oaep_label(context, copy, static_cast<int>(label.size())) == 1) {
    return true;
  }
  OPENSSL_free(copy);
  return false;
}

using Initialise = int (*)(EVP_PKEY_CTX*);
using Compute = int (*)(EVP_PKEY_CTX*, unsigned char*, size_t*, const unsigned char*, size_t);

std::optional<Octets> Apply(Initialise initialise, Compute compute, const ParsedKey& key,
                            const OaepScheme& scheme, Bytes input) {
  const ErrorScope errors;
  EVP_PKEY* pkey = key.Get();
  if (pkey == nullptr) return std::nullopt;
  const PkeyContextPtr context(EVP_PKEY_CTX_new_from_pkey(nullptr, pkey, nullptr));
  if (!context || initialise(context.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) != 1 ||
      EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), HashFunction(scheme.hash)) != 1 ||
      EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), HashFunction(scheme.hash)) != 1 ||
      !SetLabel(context.get(), scheme.label)) {
    return std::nullopt;
  }
  Octets output(static_cast<size_t>(EVP_PKEY_get_size(pkey)));
  // Neither messages nor ciphertexts are longer; OpenSSL itself counts with int.
  if (input.size() > output.size()) return std::nullopt;
  size_t size = output.size();
  if (compute(context.get(), output.data(), &size, input.data(), input.size()) != 1) {
    return std::nullopt;
  }
  output.resize(size);
  return output;
}

}  // namespace

std::optional<Octets> OaepEncrypt(const ParsedKey& key, const OaepScheme& scheme, Bytes message) {
  return Apply(EVP_PKEY_encrypt_init, EVP_PKEY_encrypt, key, scheme, message);
}

std::optional<Octets> OaepDecrypt(const ParsedKey& key, const OaepScheme& scheme,
                                  Bytes ciphertext) {
  return Apply(EVP_PKEY_decrypt_init, EVP_PKEY_decrypt, key, scheme, ciphertext);
}

}  // namespace nano::runtime
