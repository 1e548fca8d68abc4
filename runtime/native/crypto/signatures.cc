// Signatures by OpenSSL, and what the specification asks beyond it.
#include "runtime/native/crypto/signatures.h"

#include <openssl/rsa.h>

#include <limits>

#include "runtime/native/crypto/der.h"
#include "runtime/native/crypto/openssl.h"
#include "runtime/native/crypto/small_order.h"

namespace nano::runtime {
namespace {

bool IsOnNistCurve(const ParsedKey& key) { return key.form().curve && IsNist(key.curve()); }
bool IsEdwards(const ParsedKey& key) {
  return key.form().curve && TraitsOf(key.curve()).kind == CurveKind::kEdwards;
}

// The octets of r or of s.
size_t HalfOf(const ParsedKey& key) { return TraitsOf(key.curve()).secret_size; }

std::optional<Octets> ToRawSignature(size_t half, Bytes signature) {
  der::Reader outer(signature);
  const std::optional<Bytes> sequence = outer.Read(der::kSequence);
  if (!sequence) return std::nullopt;
  der::Reader numbers(*sequence);
  Octets raw;
  raw.reserve(2 * half);
  for (int i = 0; i < 2; ++i) {
    const std::optional<Bytes> number = numbers.ReadUnsigned();
    if (!number || number->size() > half) return std::nullopt;
    raw.resize(raw.size() + half - number->size());
    Append(raw, *number);
  }
  return raw;
}

Octets FromRawSignature(size_t half, Bytes raw) {
  return der::Write(der::kSequence,
                    {der::WriteUnsigned(raw.first(half)), der::WriteUnsigned(raw.subspan(half))});
}

bool SetPadding(EVP_PKEY_CTX* context, const SignatureScheme& scheme) {
  if (!scheme.pss_salt) return true;  // PKCS #1 v1.5 is what a context begins with.
  return *scheme.pss_salt <= static_cast<uint32_t>(std::numeric_limits<int>::max()) &&
         EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, static_cast<int>(*scheme.pss_salt)) == 1;
}

const EVP_MD* HashOf(const SignatureScheme& scheme) {
  return scheme.hash ? HashFunction(*scheme.hash) : nullptr;
}

}  // namespace

std::optional<Octets> Sign(const ParsedKey& key, const SignatureScheme& scheme, Bytes message) {
  const ErrorScope errors;
  EVP_PKEY* pkey = key.Get();
  const DigestContextPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;  // Belongs to `context`.
  if (pkey == nullptr || !context ||
      EVP_DigestSignInit(context.get(), &key_context, HashOf(scheme), nullptr, pkey) != 1 ||
      !SetPadding(key_context, scheme)) {
    return std::nullopt;
  }
  Octets signature(static_cast<size_t>(EVP_PKEY_get_size(pkey)));
  size_t size = signature.size();
  if (EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) != 1) {
    return std::nullopt;
  }
  signature.resize(size);
  if (IsOnNistCurve(key)) return ToRawSignature(HalfOf(key), signature);
  return signature;
}

bool Verify(const ParsedKey& key, const SignatureScheme& scheme, Bytes signature, Bytes message) {
  const ErrorScope errors;
  Octets encoded;
  if (IsOnNistCurve(key)) {
    const size_t half = HalfOf(key);
    if (signature.size() != 2 * half) return false;
    encoded = FromRawSignature(half, signature);
    signature = encoded;
  } else if (IsEdwards(key)) {
    const size_t half = TraitsOf(key.curve()).public_size;
    if (signature.size() != 2 * half || IsSmallOrderPoint(key.curve(), key.material()) ||
        IsSmallOrderPoint(key.curve(), signature.first(half))) {
      return false;
    }
  }
  EVP_PKEY* pkey = key.Get();
  if (pkey == nullptr) return false;
  // RFC 8017, sections 8.1.2 and 8.2.2, step 1; OpenSSL itself counts with int.
  const bool is_rsa = !key.form().curve;
  if (is_rsa && signature.size() != static_cast<size_t>(EVP_PKEY_get_size(pkey))) return false;
  const DigestContextPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;  // Belongs to `context`.
  return context &&
         EVP_DigestVerifyInit(context.get(), &key_context, HashOf(scheme), nullptr, pkey) == 1 &&
         SetPadding(key_context, scheme) &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

}  // namespace nano::runtime
