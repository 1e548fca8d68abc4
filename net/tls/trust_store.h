// The certificate authorities that outgoing connections trust. The system's are those that
// SSL_CERT_FILE and SSL_CERT_DIR name, else those of the places where Linux distributions keep
// them; they are parsed once for each thread, and every store holds references to them. A file may
// hold revocation lists besides.
//
// Owns an X509_STORE. Thread: the one that made it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

struct ssl_ctx_st;
struct x509_store_st;

namespace nano::net {

class TrustStore {
 public:
  // The system's authorities, and those of the PEM file `authorities` unless that is empty. Fails
  // if the file cannot be read or holds nothing of use, or if there is nobody to trust.
  static Result<TrustStore> Make(const std::string& authorities);
  // Those of the file, and nobody else. Fails if it cannot be read or holds no authority.
  static Result<TrustStore> OfFile(const std::string& authorities);
  // As Make, with what such a file holds; `file` names it in what goes wrong.
  static Result<TrustStore> MakeOf(const std::string& pem, const std::string& file);
  // Whether MakeOf would find something of use.
  static Result<void> Check(const std::string& pem, const std::string& file);

  // Where the system's may be, all of them: files, and folders in which OpenSSL looks up one by one
  // as it needs them.
  struct SystemPlaces {
    std::vector<std::string> files;
    std::vector<std::string> folders;
  };
  static SystemPlaces SystemsPlaces();

  // Has the certificates of peers checked by these: whether one is demanded is OpenSSL's
  // SSL_VERIFY_…. Where the file holds revocation lists, every certificate of a chain is looked up
  // in its authority's, if there is one.
  void UseIn(ssl_ctx_st* context, int mode) const;

 private:
  struct Deleter {
    void operator()(x509_store_st* store) const;
  };
  using StorePointer = std::unique_ptr<x509_store_st, Deleter>;

  TrustStore() = default;
  static Result<StorePointer> LoadSystem();
  static Result<TrustStore> LoadFile(const std::string& authorities);
  static Result<TrustStore> Load(const std::string& pem, const std::string& file);
  static Result<x509_store_st*> System();
  static Result<TrustStore> WithSystem(TrustStore trust);

  StorePointer store_;
  bool has_revocation_lists_ = false;
};

}  // namespace nano::net
