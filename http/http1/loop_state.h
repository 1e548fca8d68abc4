// What all connections of one listener share on their event loop, so that a connection holds only
// what is its own. Owned by the listener, outlives its connections. Thread: the loop's own.
#pragma once

#include <uv.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "http/date_field.h"
#include "http/departure.h"
#include "http/handler.h"
#include "http/http1/client_descriptors.h"
#include "http/http1/kept_shares.h"
#include "http/limits.h"
#include "net/buffer_pool.h"
#include "net/timeouts.h"

namespace nano::http1 {

class Connection;

// What connections wait for, as kinds of net::Timeouts.
enum TimeoutKind : uint8_t { kIdle, kHeader, kBody, kWrite, kLinger, kPresence, kLastLinger };

// Told about connections' lives; implemented by the listener.
class ConnectionOwner {
 public:
  // Closed: nothing refers to it any more, and the owner may delete it.
  virtual void OnConnectionClosed(Connection* connection) = 0;
  // Resumes all deferred connections now. From the loop only: they call the handler.
  virtual void RunDeferred() = 0;
  // Sends what deferred connections have to send.
  virtual void SendDeferred() = 0;
  // LoopState::kept is scarce: ends the slowest connections of those who hold the most, but for
  // `spared`, which is in the middle of something. From the loop only, as it calls the handler.
  virtual void Relieve(const Connection* spared) = 0;

 protected:
  ~ConnectionOwner() = default;
};

struct LoopState {
  LoopState(uv_loop_t* on_loop, const http::Limits& with_limits, http::Handler& for_handler,
            ConnectionOwner& with_owner)
      : loop(on_loop),
        limits(with_limits),
        handler(for_handler),
        owner(with_owner),
        timeouts(on_loop,
                 {with_limits.idle_timeout, with_limits.header_timeout, with_limits.body_timeout,
                  with_limits.write_timeout, with_limits.linger_timeout, with_limits.presence_check,
                  std::min(with_limits.linger_timeout, kLastLingerMs)}),
        least_received(LeastOf(with_limits.min_receive_rate, with_limits.body_timeout)),
        least_sent(LeastOf(with_limits.min_send_rate, with_limits.write_timeout)),
        kept(with_limits.buffer_bytes),
        read_buffer(kReadBuffer) {}

  // What is to come within a timeout's milliseconds at so many bytes a second; one at least.
  static uint64_t LeastOf(uint64_t rate, uint64_t timeout) {
    return std::max<uint64_t>(rate * timeout / 1000, 1);
  }

  static constexpr size_t kReadBuffer = 64 * 1024;
  // Lingering once the server stops: for the last answer to arrive, not for a client that keeps its
  // side open though it has it all.
  static constexpr uint64_t kLastLingerMs = 1'000;

  uv_loop_t* loop;
  const http::Limits limits;
  http::Handler& handler;
  ConnectionOwner& owner;
  net::BufferPool pool;
  net::Timeouts timeouts;
  http::DateField date;
  ClientDescriptors clients;
  const uint64_t least_received;      // Bytes of a body in body_timeout.
  const uint64_t least_sent;          // The same of a response, in write_timeout.
  KeptShares kept;                    // Bytes that all connections keep for their clients.
  std::vector<char> read_buffer;      // Every read of every connection; parsed in place.
  std::vector<Connection*> deferred;  // To be resumed before the loop waits again.
  int64_t held_since = 0;             // The tick in which the first of them was deferred.
  bool stopping = false;              // Every response says "connection: close".
  bool may_ask_again = false;         // While it is stopping: idle connections may, once.
  http::Left pass_on;                 // Idle connections go there; empty: they stay.
};

}  // namespace nano::http1
