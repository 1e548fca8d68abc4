// The certificate authorities that outgoing connections trust. The system's are those that
// SSL_CERT_FILE and SSL_CERT_DIR name, else those of the places where Linux distributions keep
// them; they are parsed once for each thread, and every store holds references to them. A file may
// hold revocation lists besides.
//
// Owns an X509_STORE. Thread: the one that made it.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

struct x509_store_st;

namespace nano::net {

class TrustStore {
 public:
  // The system's authorities, and those of the PEM file `authorities` unless that is empty. Fails
  // if the file cannot be read or holds nothing of use, or if there is nobody to trust.
  static Result<TrustStore> Make(const std::string& authorities);
  // Those of the file, and nobody else. Fails if it cannot be read or holds none.
  static Result<TrustStore> OfFile(const std::string& authorities);
  // Whether such a file can be read and holds any.
  static Result<void> Check(const std::string& authorities);

  x509_store_st* store() const { return store_.get(); }
  // The file has some: the peers' certificates are to be looked up in them.
  bool has_revocation_lists() const { return has_revocation_lists_; }

 private:
  struct Deleter {
    void operator()(x509_store_st* store) const;
  };
  using StorePointer = std::unique_ptr<x509_store_st, Deleter>;

  TrustStore() = default;
  static Result<StorePointer> LoadSystem();
  static Result<StorePointer> LoadFile(const std::string& authorities);

  StorePointer store_;
  bool has_revocation_lists_ = false;
};

}  // namespace nano::net
