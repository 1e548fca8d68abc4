// New key pairs by OpenSSL, written as our own material.
#include "runtime/native/crypto/key_generation.h"

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include <array>

#include "runtime/native/crypto/openssl.h"
#include "runtime/native/crypto/rsa_key.h"

namespace nano::runtime {
namespace {

// Longer exponents are not used with any size of modulus, and cost time.
constexpr size_t kMostExponentBits = 256;

PkeyPtr Generate(EVP_PKEY_CTX* context) {
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_generate(context, &key) != 1) return nullptr;
  return PkeyPtr(key);
}

// A number of a key as `size` octets, or as few as it needs if `size` is 0.
std::optional<Octets> NumberOf(const EVP_PKEY* key, const char* name, size_t size = 0) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) return std::nullopt;
  const NumberPtr number(raw);
  Octets octets(size == 0 ? static_cast<size_t>(BN_num_bytes(raw)) : size);
  if (BN_bn2binpad(raw, octets.data(), static_cast<int>(octets.size())) < 0) return std::nullopt;
  return octets;
}

std::optional<Octets> NistMaterial(Curve curve, const EVP_PKEY* key) {
  const CurveTraits& traits = TraitsOf(curve);
  std::optional<Octets> material = NumberOf(key, OSSL_PKEY_PARAM_PRIV_KEY, traits.secret_size);
  if (!material) return std::nullopt;
  material->resize(traits.secret_size + traits.public_size);
  size_t size = 0;
  if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY,
                                      material->data() + traits.secret_size, traits.public_size,
                                      &size) != 1 ||
      size != traits.public_size) {
    return std::nullopt;
  }
  return material;
}

std::optional<Octets> OkpMaterial(Curve curve, const EVP_PKEY* key) {
  const CurveTraits& traits = TraitsOf(curve);
  Octets material(traits.secret_size + traits.public_size);
  size_t secret_size = traits.secret_size;
  size_t public_size = traits.public_size;
  if (EVP_PKEY_get_raw_private_key(key, material.data(), &secret_size) != 1 ||
      EVP_PKEY_get_raw_public_key(key, material.data() + traits.secret_size, &public_size) != 1) {
    return std::nullopt;
  }
  return material;
}

// Called by OpenSSL now and then; 0 gives the search for primes up.
int GoOn(EVP_PKEY_CTX* context) {
  return !static_cast<const CancelToken*>(EVP_PKEY_CTX_get_app_data(context))->cancelled();
}

}  // namespace

std::optional<Octets> GenerateCurveKey(Curve curve) {
  const ErrorScope errors;
  const bool nist = IsNist(curve);
  const CurveTraits& traits = TraitsOf(curve);
  const PkeyContextPtr context(
      EVP_PKEY_CTX_new_from_name(nullptr, nist ? "EC" : traits.openssl_name, nullptr));
  if (!context || EVP_PKEY_keygen_init(context.get()) != 1) return std::nullopt;
  if (nist && EVP_PKEY_CTX_set_group_name(context.get(), traits.openssl_name) != 1) {
    return std::nullopt;
  }
  const PkeyPtr key = Generate(context.get());
  if (!key) return std::nullopt;
  return nist ? NistMaterial(curve, key.get()) : OkpMaterial(curve, key.get());
}

bool CanGenerateRsaKey(uint32_t bits, Bytes exponent) {
  const size_t exponent_bits = BitLength(exponent);
  return bits >= kLeastRsaBits && bits <= kMostRsaBits && exponent_bits >= 2 &&
         exponent_bits <= kMostExponentBits && (exponent.back() & 1) == 1;
}

std::optional<RsaKeyPair> GenerateRsaKey(uint32_t bits, Bytes exponent, const CancelToken& cancel) {
  if (!CanGenerateRsaKey(bits, exponent)) return std::nullopt;
  const ErrorScope errors;
  const PkeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  const NumberPtr e(BN_bin2bn(exponent.data(), static_cast<int>(exponent.size()), nullptr));
  if (!context || !e || EVP_PKEY_keygen_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), static_cast<int>(bits)) != 1 ||
      EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context.get(), e.get()) != 1) {
    return std::nullopt;
  }
  EVP_PKEY_CTX_set_app_data(context.get(), const_cast<CancelToken*>(&cancel));
  EVP_PKEY_CTX_set_cb(context.get(), GoOn);
  const PkeyPtr key = Generate(context.get());
  if (!key) return std::nullopt;

  constexpr std::array kNames = {OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,
                                 OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
                                 OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
                                 OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
  std::array<Octets, kNames.size()> values;
  for (size_t i = 0; i < kNames.size(); ++i) {
    std::optional<Octets> value = NumberOf(key.get(), kNames[i]);
    if (!value) return std::nullopt;
    values[i] = std::move(*value);
  }
  const RsaNumbers numbers{values[0], values[1], values[2], values[3],
                           values[4], values[5], values[6], values[7]};
  return RsaKeyPair{WriteRsaPublicKeyInfo(numbers), WriteRsaPrivateKeyInfo(numbers)};
}

}  // namespace nano::runtime
