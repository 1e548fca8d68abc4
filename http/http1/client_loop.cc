// When requests go out that were held back for each other.
#include "http/http1/client_loop.h"

#include "http/http1/client_connection.h"

namespace nano::http1 {

ClientLoop::ClientLoop(uv_loop_t* on_loop, net::Resolver::Settings names)
    : loop(on_loop),
      resolver(on_loop, std::move(names)),
      prepare_(on_loop, [this] { SendHeld(); }),
      check_(on_loop, [this] { SendHeld(); }) {
  prepare_.Start();
  check_.Start();
  // Sockets keep the loop alive, these do not.
  prepare_.Unref();
  check_.Unref();
}

void ClientLoop::SendHeld() {
  // Sending tells nobody anything, so that nothing is added meanwhile.
  for (ClientConnection* connection : held) connection->SendHeld();
  held.clear();
}

}  // namespace nano::http1
