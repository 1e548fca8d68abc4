// A key that operations use: its material, and what OpenSSL makes of it, which costs more than many
// an operation. Without V8. Thread: any; several may use one key at the same time.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "runtime/native/crypto/curve.h"
#include "runtime/native/crypto/octets.h"

using EVP_PKEY = struct evp_pkey_st;  // As openssl/types.h has it.

namespace nano::runtime {

// What a key's material is: DER of RSA keys (rsa_key.h), or bytes of fixed lengths (curve.h).
struct KeyForm {
  std::optional<Curve> curve;  // None: RSA.
  bool is_private = false;
};

class ParsedKey {
 public:
  ParsedKey(KeyForm form, Bytes material) : form_(form), material_(ToOctets(material)) {}
  ~ParsedKey();
  ParsedKey(const ParsedKey&) = delete;
  ParsedKey& operator=(const ParsedKey&) = delete;

  const KeyForm& form() const { return form_; }
  // The curve of a key that has one.
  Curve curve() const { return *form_.curve; }
  Bytes material() const { return material_; }

  // Parsed at the first call, by the thread that makes it. Null if the material is not that of a
  // key.
  EVP_PKEY* Get() const;

 private:
  const KeyForm form_;
  const Octets material_;
  mutable std::once_flag parsed_;
  mutable EVP_PKEY* key_ = nullptr;
};

}  // namespace nano::runtime
