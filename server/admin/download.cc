// Reads and writes in turns. See download.h.
#include "server/admin/download.h"

#include <unistd.h>

#include <algorithm>

namespace nano::server::admin {
namespace {

constexpr size_t kPart = 64 * 1024;

}  // namespace

Download::State Download::Pump(http::Exchange& exchange) {
  buffer_.resize(kPart);
  while (left_ > 0) {
    const size_t wanted = static_cast<size_t>(std::min<uint64_t>(left_, kPart));
    const ssize_t size = pread(file_.get(), buffer_.data(), wanted, static_cast<off_t>(at_));
    if (size <= 0) return State::kBroken;  // A worker has it, too, and could have cut it.
    at_ += static_cast<uint64_t>(size);
    left_ -= static_cast<uint64_t>(size);
    if (!exchange.WriteBody({buffer_.data(), static_cast<size_t>(size)}) && left_ > 0) {
      return State::kWaits;
    }
  }
  return State::kSent;
}

}  // namespace nano::server::admin
