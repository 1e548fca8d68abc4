// OpenSSL's keys from our material.
#include "runtime/native/crypto/parsed_key.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>

#include "runtime/native/crypto/openssl.h"
#include "runtime/native/crypto/rsa_key.h"

namespace nano::runtime {
namespace {

// OpenSSL's parameters hold integers in the machine's order, which is little-endian on all of ours.
Octets Reversed(Bytes magnitude) { return Octets(magnitude.rbegin(), magnitude.rend()); }

OSSL_PARAM IntegerParameter(const char* name, Octets& reversed) {
  return OSSL_PARAM_construct_BN(name, reversed.data(), reversed.size());
}

PkeyPtr FromParameters(const char* type, bool is_private, OSSL_PARAM* parameters) {
  const PkeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                        parameters) != 1) {
    return nullptr;
  }
  return PkeyPtr(key);
}

PkeyPtr ParseRsa(bool is_private, Bytes material) {
  const Result<RsaNumbers> numbers =
      is_private ? ParseRsaPrivateKeyInfo(material) : ParseRsaPublicKeyInfo(material);
  if (!numbers.ok()) return nullptr;
  struct Number {
    const char* name;
    Octets value;
  };
  std::array<Number, 8> values = {{
      {OSSL_PKEY_PARAM_RSA_N, Reversed(numbers->n)},
      {OSSL_PKEY_PARAM_RSA_E, Reversed(numbers->e)},
      {OSSL_PKEY_PARAM_RSA_D, Reversed(numbers->d)},
      {OSSL_PKEY_PARAM_RSA_FACTOR1, Reversed(numbers->p)},
      {OSSL_PKEY_PARAM_RSA_FACTOR2, Reversed(numbers->q)},
      {OSSL_PKEY_PARAM_RSA_EXPONENT1, Reversed(numbers->dp)},
      {OSSL_PKEY_PARAM_RSA_EXPONENT2, Reversed(numbers->dq)},
      {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, Reversed(numbers->qi)},
  }};
  std::array<OSSL_PARAM, values.size() + 1> parameters;
  const size_t count = is_private ? values.size() : 2;
  for (size_t i = 0; i < count; ++i) {
    parameters[i] = IntegerParameter(values[i].name, values[i].value);
  }
  parameters[count] = OSSL_PARAM_construct_end();
  return FromParameters("RSA", is_private, parameters.data());
}

PkeyPtr ParseNist(Curve curve, bool is_private, Bytes material) {
  const Bytes point = is_private ? PublicPart(curve, material) : material;
  Octets scalar = Reversed(is_private ? SecretPart(curve, material) : Bytes());
  std::array<OSSL_PARAM, 4> parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                       const_cast<char*>(TraitsOf(curve).openssl_name), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, const_cast<uint8_t*>(point.data()),
                                        point.size()),
      is_private ? IntegerParameter(OSSL_PKEY_PARAM_PRIV_KEY, scalar) : OSSL_PARAM_construct_end(),
      OSSL_PARAM_construct_end(),
  };
  return FromParameters("EC", is_private, parameters.data());
}

PkeyPtr Parse(const KeyForm& form, Bytes material) {
  if (!form.curve) return ParseRsa(form.is_private, material);
  const CurveTraits& traits = TraitsOf(*form.curve);
  const size_t size = (form.is_private ? traits.secret_size : 0) + traits.public_size;
  if (material.size() != size) return nullptr;
  if (traits.kind == CurveKind::kNist) return ParseNist(*form.curve, form.is_private, material);
  return PkeyPtr(
      form.is_private
          ? EVP_PKEY_new_raw_private_key(traits.nid, nullptr, material.data(), traits.secret_size)
          : EVP_PKEY_new_raw_public_key(traits.nid, nullptr, material.data(), material.size()));
}

}  // namespace

EVP_PKEY* ParsedKey::Get() const {
  std::call_once(parsed_, [this] {
    const ErrorScope errors;
    key_ = Parse(form_, material_).release();
  });
  return key_;
}

ParsedKey::~ParsedKey() { EVP_PKEY_free(key_); }

}  // namespace nano::runtime
