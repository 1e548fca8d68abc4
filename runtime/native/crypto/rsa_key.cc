// Import, export and checks of RSA keys.
#include "runtime/native/crypto/rsa_key.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <string>

#include "runtime/native/crypto/der.h"
#include "runtime/native/crypto/key_info.h"
#include "runtime/native/crypto/openssl.h"

namespace nano::runtime {
namespace {

constexpr uint8_t kRsaEncryption[] = {0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01};
constexpr uint8_t kNullParameters[] = {der::kNull, 0};

Error DataError(std::string message) { return Error{std::move(message), "", ""}; }

Result<void> CheckAlgorithm(const KeyAlgorithmId& algorithm) {
  if (!std::ranges::equal(algorithm.oid, kRsaEncryption)) {
    return DataError("The key data are not those of an RSA key.");
  }
  // RFC 3279 wants NULL; that some leave it out does no harm.
  if (!algorithm.parameters.empty() && !std::ranges::equal(algorithm.parameters, kNullParameters)) {
    return DataError("The key data have parameters, which RSA keys must not have.");
  }
  return {};
}

NumberPtr ToNumber(Bytes magnitude) {
  NumberPtr number(BN_bin2bn(magnitude.data(), static_cast<int>(magnitude.size()), nullptr));
  if (number) BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  return number;
}

// The private numbers of a key, and whether they fit together. All members are false if there is
// no memory left.
class PrivateNumbers {
 public:
  explicit PrivateNumbers(const RsaNumbers& key)
      : n_(ToNumber(key.n)),
        e_(ToNumber(key.e)),
        d_(ToNumber(key.d)),
        p_(ToNumber(key.p)),
        q_(ToNumber(key.q)),
        dp_(ToNumber(key.dp)),
        dq_(ToNumber(key.dq)),
        qi_(ToNumber(key.qi)),
        p_minus_1_(ToNumber(key.p)),
        q_minus_1_(ToNumber(key.q)),
        context_(BN_CTX_secure_new()) {
    allocated_ = n_ && e_ && d_ && p_ && q_ && dp_ && dq_ && qi_ && context_ && p_minus_1_ &&
                 q_minus_1_ && BN_sub_word(p_minus_1_.get(), 1) == 1 &&
                 BN_sub_word(q_minus_1_.get(), 1) == 1;
  }

  bool PrimesMultiplyToModulus() const {
    if (!allocated_ || !BN_is_odd(p_.get()) || !BN_is_odd(q_.get()) || BN_is_one(p_.get()) ||
        BN_is_one(q_.get())) {
      return false;
    }
    const NumberPtr product(BN_new());
    return product && BN_mul(product.get(), p_.get(), q_.get(), context_.get()) == 1 &&
           BN_cmp(product.get(), n_.get()) == 0;
  }

  bool ExponentsAreInverse() const {
    return BN_cmp(d_.get(), n_.get()) < 0 && IsInverse(d_, e_, p_minus_1_) &&
           IsInverse(d_, e_, q_minus_1_);
  }

  bool RemaindersFit() const {
    return IsRemainder(dp_, d_, p_minus_1_) && IsRemainder(dq_, d_, q_minus_1_) &&
           BN_cmp(qi_.get(), p_.get()) < 0 && IsInverse(qi_, q_, p_);
  }

 private:
  // a * b mod modulus == 1
  bool IsInverse(const NumberPtr& a, const NumberPtr& b, const NumberPtr& modulus) const {
    const NumberPtr product(BN_new());
    return allocated_ && product &&
           BN_mod_mul(product.get(), a.get(), b.get(), modulus.get(), context_.get()) == 1 &&
           BN_is_one(product.get());
  }

  // remainder == a mod modulus
  bool IsRemainder(const NumberPtr& remainder, const NumberPtr& a, const NumberPtr& modulus) const {
    const NumberPtr computed(BN_new());
    return allocated_ && computed &&
           BN_mod(computed.get(), a.get(), modulus.get(), context_.get()) == 1 &&
           BN_cmp(computed.get(), remainder.get()) == 0;
  }

  const NumberPtr n_, e_, d_, p_, q_, dp_, dq_, qi_;
  const NumberPtr p_minus_1_, q_minus_1_;
  const NumberContextPtr context_;
  bool allocated_;
};

}  // namespace

size_t BitLength(Bytes magnitude) {
  const auto first = std::ranges::find_if(magnitude, [](uint8_t octet) { return octet != 0; });
  if (first == magnitude.end()) return 0;
  return static_cast<size_t>(magnitude.end() - first - 1) * 8 + std::bit_width(*first);
}

Result<RsaNumbers> ParseRsaPublicKeyInfo(Bytes spki) {
  const PublicKeyInfo info = TRY(ParsePublicKeyInfo(spki));
  TRY(CheckAlgorithm(info.algorithm));

  const Error malformed = DataError("The public key is not a well-formed RSAPublicKey.");
  der::Reader outer(info.key);
  const std::optional<Bytes> sequence = outer.Read(der::kSequence);
  if (!sequence || !outer.AtEnd()) return malformed;
  der::Reader fields(*sequence);
  RsaNumbers key;
  for (Bytes* number : {&key.n, &key.e}) {
    const std::optional<Bytes> read = fields.ReadUnsigned();
    if (!read) return malformed;
    *number = *read;
  }
  if (!fields.AtEnd()) return malformed;
  return key;
}

Result<RsaNumbers> ParseRsaPrivateKeyInfo(Bytes pkcs8) {
  const PrivateKeyInfo info = TRY(ParsePrivateKeyInfo(pkcs8));
  TRY(CheckAlgorithm(info.algorithm));

  const Error malformed = DataError("The private key is not a well-formed RSAPrivateKey.");
  der::Reader outer(info.key);
  const std::optional<Bytes> sequence = outer.Read(der::kSequence);
  if (!sequence || !outer.AtEnd()) return malformed;
  der::Reader fields(*sequence);
  const std::optional<Bytes> version = fields.ReadUnsigned();
  if (!version) return malformed;
  if (!version->empty()) {
    return DataError("RSA keys with more than two primes are not supported.");
  }
  RsaNumbers key;
  for (Bytes* number : {&key.n, &key.e, &key.d, &key.p, &key.q, &key.dp, &key.dq, &key.qi}) {
    const std::optional<Bytes> read = fields.ReadUnsigned();
    if (!read) return malformed;
    *number = *read;
  }
  if (!fields.AtEnd()) return malformed;
  return key;
}

Result<void> CheckRsaPublicKey(const RsaNumbers& key) {
  const size_t bits = BitLength(key.n);
  if (bits < kLeastRsaBits || bits > kMostRsaBits) {
    return DataError("The modulus has " + std::to_string(bits) + " bits; RSA keys have " +
                     std::to_string(kLeastRsaBits) + " to " + std::to_string(kMostRsaBits) + ".");
  }
  if ((key.n.back() & 1) == 0) return DataError("The modulus is even.");
  const size_t exponent_bits = BitLength(key.e);
  if (exponent_bits < 2 || (key.e.back() & 1) == 0) {
    return DataError("The public exponent is not an odd number of at least 3.");
  }
  if (exponent_bits >= bits) return DataError("The public exponent is not below the modulus.");
  return {};
}

Result<void> CheckRsaPrivateKey(const RsaNumbers& key) {
  TRY(CheckRsaPublicKey(key));
  // What is longer than the modulus cannot fit it; and the arithmetic below shall not take long.
  for (const Bytes number : {key.d, key.p, key.q, key.dp, key.dq, key.qi}) {
    if (BitLength(number) == 0 || BitLength(number) > BitLength(key.n)) {
      return DataError("A number of the private key is zero or longer than the modulus.");
    }
  }
  const ErrorScope errors;
  const PrivateNumbers numbers(key);
  if (!numbers.PrimesMultiplyToModulus()) {
    return DataError("The primes of the private key do not multiply to the modulus.");
  }
  if (!numbers.ExponentsAreInverse()) {
    return DataError("The private exponent is not the inverse of the public one.");
  }
  if (!numbers.RemaindersFit()) {
    return DataError("The numbers for the Chinese remainder theorem do not fit the private key.");
  }
  return {};
}

Octets WriteRsaPublicKeyInfo(const RsaNumbers& key) {
  return WritePublicKeyInfo(
      {kRsaEncryption, kNullParameters},
      der::Write(der::kSequence, {der::WriteUnsigned(key.n), der::WriteUnsigned(key.e)}));
}

Octets WriteRsaPrivateKeyInfo(const RsaNumbers& key) {
  const Octets numbers = der::Write(
      der::kSequence,
      {der::WriteUnsigned({}), der::WriteUnsigned(key.n), der::WriteUnsigned(key.e),
       der::WriteUnsigned(key.d), der::WriteUnsigned(key.p), der::WriteUnsigned(key.q),
       der::WriteUnsigned(key.dp), der::WriteUnsigned(key.dq), der::WriteUnsigned(key.qi)});
  return WritePrivateKeyInfo({kRsaEncryption, kNullParameters}, numbers);
}

}  // namespace nano::runtime
