// A digest of several texts in a row, in which no two different rows give the same bytes to hash.
// Owns its state. Thread: any one at a time.
#pragma once

#include <string>
#include <string_view>

#include "snapshot/digest.h"

namespace nano::compiler {

class FieldHash {
 public:
  void Add(std::string_view field) {
    hash_.Update(std::to_string(field.size()) + ":");
    hash_.Update(field);
  }
  void AddNumber(uint64_t number) { Add(std::to_string(number)); }

  // SHA-256 in hex. Ends the computation.
  std::string Hex() { return snapshot::Hex(hash_.Finish()); }

 private:
  snapshot::Sha256 hash_;
};

}  // namespace nano::compiler
