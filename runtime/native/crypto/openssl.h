// OpenSSL's objects as unique pointers, and its error queue. Internal to runtime/native/crypto/.
// Thread: any.
#pragma once

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>

namespace nano::runtime {

template <auto Free>
struct OpensslDeleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

using PkeyPtr = std::unique_ptr<EVP_PKEY, OpensslDeleter<EVP_PKEY_free>>;
using PkeyContextPtr = std::unique_ptr<EVP_PKEY_CTX, OpensslDeleter<EVP_PKEY_CTX_free>>;
using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, OpensslDeleter<EVP_MD_CTX_free>>;
using NumberContextPtr = std::unique_ptr<BN_CTX, OpensslDeleter<BN_CTX_free>>;
// Numbers may be secret.
using NumberPtr = std::unique_ptr<BIGNUM, OpensslDeleter<BN_clear_free>>;
using GroupPtr = std::unique_ptr<EC_GROUP, OpensslDeleter<EC_GROUP_free>>;
using PointPtr = std::unique_ptr<EC_POINT, OpensslDeleter<EC_POINT_clear_free>>;

// Forgets, at its end, what OpenSSL calls queued in the thread's list of errors meanwhile: whoever
// asks for the errors of a later call must not find those of this one.
class ErrorScope {
 public:
  ErrorScope() { ERR_set_mark(); }
  ~ErrorScope() { ERR_pop_to_mark(); }
  ErrorScope(const ErrorScope&) = delete;
  ErrorScope& operator=(const ErrorScope&) = delete;
};

}  // namespace nano::runtime
