// A file on its way to a client of the admin API, as fast as that takes it.
//
// Owns the file. Thread: the loop's own, which it does not keep for long at a time: the file is in
// memory.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/descriptor.h"
#include "http/exchange.h"

namespace nano::server::admin {

class Download {
 public:
  enum class State { kWaits, kSent, kBroken };

  Download(Descriptor file, uint64_t bytes) : file_(std::move(file)), left_(bytes) {}

  // Bytes that are still to be sent.
  uint64_t left() const { return left_; }

  // Writes what the client takes. kWaits: it takes no more now.
  State Pump(http::Exchange& exchange);

 private:
  const Descriptor file_;
  uint64_t at_ = 0;
  uint64_t left_;
  std::vector<char> buffer_;
};

}  // namespace nano::server::admin
