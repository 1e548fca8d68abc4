// Finding and reading the authorities.
#include "net/tls/trust_store.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <sys/stat.h>

#include <cstdlib>
#include <iterator>
#include <memory>
#include <utility>

#include "base/check.h"
#include "base/file.h"

namespace nano::net {
namespace {

// Debian and its kin, Fedora and its kin, openSUSE, Alpine.
constexpr const char* kSystemFiles[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
};

bool Exists(const char* path) {
  struct stat status;
  return stat(path, &status) == 0;
}

std::string OpensslReason() {
  const unsigned long error = ERR_peek_last_error();
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  ERR_clear_error();
  return reason == nullptr ? "it is no PEM file" : reason;
}

// A copy of a store that shares what is in it.
bool AddAll(X509_STORE* from, X509_STORE* to) {
  STACK_OF(X509_OBJECT)* objects = X509_STORE_get1_objects(from);
  if (objects == nullptr) return false;
  bool added = true;
  for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i) {
    const X509_OBJECT* object = sk_X509_OBJECT_value(objects, i);
    if (X509* certificate = X509_OBJECT_get0_X509(object)) {
      added = X509_STORE_add_cert(to, certificate) == 1 && added;
    }
  }
  sk_X509_OBJECT_pop_free(objects, X509_OBJECT_free);
  return added;
}

// How many certificates and revocation lists a store holds.
struct Contents {
  int certificates = 0;
  int revocation_lists = 0;
};
Contents ContentsOf(X509_STORE* store) {
  Contents contents;
  STACK_OF(X509_OBJECT)* objects = X509_STORE_get1_objects(store);
  for (int i = 0; i < sk_X509_OBJECT_num(objects); ++i) {
    const X509_LOOKUP_TYPE type = X509_OBJECT_get_type(sk_X509_OBJECT_value(objects, i));
    contents.certificates += type == X509_LU_X509;
    contents.revocation_lists += type == X509_LU_CRL;
  }
  sk_X509_OBJECT_pop_free(objects, X509_OBJECT_free);
  return contents;
}

// A certificate whose authority nobody has a revocation list of is not the worse for it.
int OnVerified(int valid, X509_STORE_CTX* context) {
  if (valid == 1 || X509_STORE_CTX_get_error(context) != X509_V_ERR_UNABLE_TO_GET_CRL) {
    return valid;
  }
  X509_STORE_CTX_set_error(context, X509_V_OK);
  return 1;
}

Error NoAuthority(const std::string& file) {
  return {"the file holds no certificate", file,
          "the file is to hold those of the authorities, in PEM"};
}

}  // namespace

void TrustStore::Deleter::operator()(x509_store_st* store) const { X509_STORE_free(store); }

Result<TrustStore::StorePointer> TrustStore::LoadSystem() {
  StorePointer store(X509_STORE_new());
  NANO_CHECK(store != nullptr);
  const char* file = std::getenv("SSL_CERT_FILE");
  const char* folder = std::getenv("SSL_CERT_DIR");
  if (file != nullptr && *file != '\0') {
    if (Result<std::string> read = ReadFile(file); !read.ok()) {
      return Error{"SSL_CERT_FILE: " + read.error().message, file, read.error().hint};
    }
    if (X509_STORE_load_file(store.get(), file) != 1) {
      return Error{"cannot read certificate authorities: " + OpensslReason(), file,
                   "SSL_CERT_FILE names a PEM file of certificates"};
    }
  }
  if (folder != nullptr && *folder != '\0') {
    // Looked up by a certificate's hash when it is needed: see openssl-rehash(1).
    X509_STORE_load_path(store.get(), folder);
  }
  if ((file != nullptr && *file != '\0') || (folder != nullptr && *folder != '\0')) return store;
  for (const char* path : kSystemFiles) {
    if (!Exists(path)) continue;
    if (X509_STORE_load_file(store.get(), path) == 1) return store;
    return Error{"cannot read certificate authorities: " + OpensslReason(), path, {}};
  }
  return store;  // Nobody.
}

TrustStore::SystemPlaces TrustStore::SystemsPlaces() {
  SystemPlaces places;
  const char* file = std::getenv("SSL_CERT_FILE");
  const char* folder = std::getenv("SSL_CERT_DIR");
  if (file != nullptr && *file != '\0') places.files.emplace_back(file);
  if (folder != nullptr && *folder != '\0') places.folders.emplace_back(folder);
  if (places.files.empty() && places.folders.empty()) {
    places.files.assign(std::begin(kSystemFiles), std::end(kSystemFiles));
  }
  return places;
}

Result<TrustStore> TrustStore::LoadFile(const std::string& authorities) {
  return Load(TRY(ReadFile(authorities)), authorities);
}

Result<TrustStore> TrustStore::Load(const std::string& pem, const std::string& file) {
  TrustStore trust;
  trust.store_.reset(X509_STORE_new());
  BIO* const bytes = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  NANO_CHECK(trust.store_ != nullptr && bytes != nullptr);
  ERR_clear_error();
  STACK_OF(X509_INFO)* const found = PEM_X509_INFO_read_bio(bytes, nullptr, nullptr, nullptr);
  BIO_free(bytes);
  if (found == nullptr) {
    return Error{"cannot read certificate authorities: " + OpensslReason(), file,
                 "the file is to hold their certificates, in PEM"};
  }
  for (int i = 0; i < sk_X509_INFO_num(found); ++i) {
    const X509_INFO* item = sk_X509_INFO_value(found, i);
    if (item->x509 != nullptr) X509_STORE_add_cert(trust.store_.get(), item->x509);
    if (item->crl != nullptr) X509_STORE_add_crl(trust.store_.get(), item->crl);
  }
  sk_X509_INFO_pop_free(found, X509_INFO_free);
  ERR_clear_error();
  const Contents contents = ContentsOf(trust.store_.get());
  if (contents.certificates + contents.revocation_lists == 0) return NoAuthority(file);
  trust.has_revocation_lists_ = contents.revocation_lists > 0;
  return trust;
}

Result<void> TrustStore::Check(const std::string& pem, const std::string& file) {
  TRY(Load(pem, file));
  return {};
}

Result<TrustStore> TrustStore::OfFile(const std::string& authorities) {
  TrustStore trust = TRY(LoadFile(authorities));
  if (ContentsOf(trust.store_.get()).certificates == 0) return NoAuthority(authorities);
  return trust;
}

void TrustStore::UseIn(ssl_ctx_st* context, int mode) const {
  SSL_CTX_set_verify(context, mode, OnVerified);
  SSL_CTX_set1_cert_store(context, store_.get());
  if (!has_revocation_lists_) return;
  // Of the whole chain: an authority in between may be revoked as well.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context),
                              X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
}

Result<x509_store_st*> TrustStore::System() {
  // Never freed: OpenSSL may be gone before what a thread leaves behind.
  static thread_local x509_store_st* system = nullptr;
  if (system == nullptr) system = TRY(LoadSystem()).release();
  return system;
}

Result<TrustStore> TrustStore::WithSystem(TrustStore trust) {
  NANO_CHECK(AddAll(TRY(System()), trust.store_.get()));
  if (const char* folder = std::getenv("SSL_CERT_DIR"); folder != nullptr && *folder != '\0') {
    X509_STORE_load_path(trust.store_.get(), folder);
  }
  return trust;
}

Result<TrustStore> TrustStore::Make(const std::string& authorities) {
  x509_store_st* const system = TRY(System());
  if (!authorities.empty()) return WithSystem(TRY(LoadFile(authorities)));
  if (ContentsOf(system).certificates == 0 && std::getenv("SSL_CERT_DIR") == nullptr) {
    return Error{"there are no certificate authorities to trust",
                 {},
                 "install the package ca-certificates, or name a PEM file by SSL_CERT_FILE or "
                 "the app's outbound.ca"};
  }
  TrustStore trust;
  X509_STORE_up_ref(system);
  trust.store_.reset(system);
  return trust;
}

Result<TrustStore> TrustStore::MakeOf(const std::string& pem, const std::string& file) {
  return WithSystem(TRY(Load(pem, file)));
}

}  // namespace nano::net
