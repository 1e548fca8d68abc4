// A connection to the admin API: bytes to and from its socket, through TLS if it has to be, each
// wait bounded. Blocks, as a program may that does nothing else meanwhile.
//
// Owns the socket. Thread: the process's only one.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/result.h"
#include "cli/nano/ctl/endpoint.h"
#include "net/tls/client_context.h"

namespace nano::cli::ctl {

class Wire {
 public:
  // The Error says who is not there, and what to do. Of `place` the files for TLS count.
  static Result<Wire> Connect(const Endpoint& endpoint, const Place& place,
                              std::chrono::milliseconds timeout);

  // Waits until something has come, or `unsent` can be sent, of which it then takes what there is
  // room for; without a timeout (zero) as long as it takes. What has come is appended to
  // `received`. An Error ends the connection. `while_silent`, unless it is null, is called for each
  // second of that.
  Result<void> Turn(std::string_view& unsent, std::string& received,
                    std::chrono::milliseconds timeout,
                    const std::function<void()>& while_silent = nullptr);

  // The server has sent all it ever will.
  bool ended() const { return ended_; }
  // The server reads no more, though it may have answered: what is unsent stays so.
  bool deaf() const { return deaf_; }

 private:
  Wire(Endpoint endpoint, Descriptor socket);

  Result<void> Secure(const Place& place, std::chrono::milliseconds timeout);
  Result<void> Wait(bool to_send, std::chrono::milliseconds timeout,
                    const std::function<void()>& while_silent);
  Result<void> Send();
  Result<void> Receive(std::string& received);
  Error Broken(std::string_view what) const;

  Endpoint endpoint_;
  Descriptor socket_;
  std::shared_ptr<net::TlsClientContext> context_;
  std::unique_ptr<net::TlsLayer> layer_;
  std::string outgoing_;  // On its way to the socket.
  bool ended_ = false;
  bool deaf_ = false;
};

}  // namespace nano::cli::ctl
