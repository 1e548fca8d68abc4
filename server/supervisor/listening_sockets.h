// The listening sockets of the server: one for each worker slot on each address.
//
// Owned by the supervisor and inherited by the workers. All sockets of an address are in one
// SO_REUSEPORT group (socket(7)): the kernel spreads connections over them, and those that wait in
// a dead worker's queue stay there until the slot's next worker accepts them. Thread: the main one
// of its process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/values/address.h"

namespace nano::server {

class ListeningSockets {
 public:
  ListeningSockets() = default;
  ~ListeningSockets() { Close(); }
  ListeningSockets(ListeningSockets&& other) noexcept;
  ListeningSockets& operator=(ListeningSockets&& other) noexcept;

  // Binds and listens on every address, `slots` times. Port 0 becomes the port that the system
  // chose, the same one for all slots. An address that any other socket listens on is refused, even
  // where SO_REUSEPORT would let both have it.
  static Result<ListeningSockets> Open(const std::vector<config::Address>& addresses, size_t slots);

  // The addresses, with their actual ports.
  const std::vector<config::Address>& addresses() const { return addresses_; }

  // The slot's sockets, one for each address, in the same order.
  const std::vector<int>& of_slot(size_t slot) const { return slots_[slot]; }

  // In a worker: closes those that belong to other slots and disowns its own.
  std::vector<int> TakeSlot(size_t slot);

  void Close();

 private:
  std::vector<config::Address> addresses_;
  std::vector<std::vector<int>> slots_;
};

}  // namespace nano::server
