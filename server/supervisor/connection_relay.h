// Connections that arrive at the socket of a worker that is not there: the supervisor accepts them
// and passes them to the workers that are.
//
// The kernel goes on giving the socket of a worker in backoff its share of the connections, and
// closing it would reset those that wait in its queue. So the supervisor takes them meanwhile, and
// sends their descriptors (SCM_RIGHTS, unix(7)) through one channel that all workers read: whoever
// has time takes the next. What is in the channel outlives any worker, and the supervisor if
// another server takes over. Sockets from which every worker accepts need none of this.
//
// Owns the channel and the handles that watch the sockets, not the sockets. Thread: the
// supervisor's; a worker only takes the receiving end.
#pragma once

#include <uv.h>

#include <cstddef>
#include <memory>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "net/handles.h"
#include "server/supervisor/listening_sockets.h"

namespace nano::server {

class ConnectionRelay {
 public:
  // Of the channel.
  struct Ends {
    Descriptor sender, receiver;
  };

  // Goes on with the channel of a server whose place is taken, or makes one.
  ConnectionRelay(uv_loop_t* loop, const ListeningSockets& sockets, size_t slots, Ends ends = {});
  ~ConnectionRelay();
  ConnectionRelay(const ConnectionRelay&) = delete;
  ConnectionRelay& operator=(const ConnectionRelay&) = delete;

  // Whether the slot's connections are passed on from now on.
  void SetOrphaned(size_t slot, bool orphaned);

  // In a worker: the end that connections come from (Listener::Receive), its own from now on.
  int TakeReceiver();

  // The end that connections of other groups are sent to as well (server/groups/).
  int sender() const { return ends_.sender.get(); }

  // Copies of both ends, for a server that takes this one's place.
  Result<Ends> Copies() const;

 private:
  struct Socket;

  void Update(Socket& socket);
  void UpdateAll();
  void Pass(Socket& socket);
  void Pause();

  Ends ends_;
  std::vector<std::unique_ptr<Socket>> sockets_;
  net::Timer pause_;  // Runs while the channel is full, or the system out of descriptors.
};

}  // namespace nano::server
