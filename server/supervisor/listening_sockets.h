// The listening sockets of the server: one for each worker slot on each address, or those that it
// was given.
//
// Owned by the supervisor and inherited by the workers. The server's own sockets of an address are
// in one SO_REUSEPORT group (socket(7)): the kernel spreads connections over them, and those that
// wait in a dead worker's queue stay there until the slot's next worker accepts them. A socket that
// a service manager gave is one for all: every worker accepts from it, and whoever is first has the
// connection.
//
// A server that takes the place of another goes on with the same sockets, not with others of the
// same addresses: so what waits in their queues is not lost when the other one closes them. If it
// has more workers it adds sockets to the groups; if it has fewer, a worker has several.
//
// Thread: the main one of its process.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "config/values/address.h"
#include "server/supervisor/handover.h"

namespace nano::server {

class ListeningSockets {
 public:
  // Binds and listens on every address, `slots` times. Port 0 becomes the port that the system
  // chose, the same one for all slots. An address that any other socket listens on is refused, even
  // where SO_REUSEPORT would let both have it.
  static Result<ListeningSockets> Open(const std::vector<config::Address>& addresses, size_t slots);

  // Goes on with what is handed over, by a service manager or by another server: with all that was
  // given, or with that server's own of those addresses, which are opened if they are not among
  // them. Takes the apps' sockets out of `handed` and leaves those of other listeners.
  static Result<ListeningSockets> Continue(std::vector<HandedSockets>& handed,
                                           const std::vector<config::Address>& addresses,
                                           size_t slots);

  // The addresses, with their actual ports.
  const std::vector<config::Address>& addresses() const { return addresses_; }

  // All sockets that the slot's worker accepts from; still owned here.
  std::vector<int> of_slot(size_t slot) const;
  // Those of them that no other worker accepts from.
  std::vector<int> of_slot_alone(size_t slot) const;

  // Copies for a server that goes on with them.
  Result<std::vector<HandedSockets>> Copies() const;

  void Close() { groups_.clear(); }

 private:
  static ListeningSockets Given(std::vector<Descriptor> sockets, size_t slots);
  static Result<void> Fill(HandedSockets& group, config::Address& address, size_t slots);

  size_t slots_ = 0;
  std::vector<config::Address> addresses_;
  std::vector<HandedSockets> groups_;  // One for each address.
};

}  // namespace nano::server
