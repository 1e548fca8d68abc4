// What all connections of one listener share on their event loop, so that a connection holds only
// what is its own. Owned by the listener, outlives its connections. Thread: the loop's own.
#pragma once

#include <uv.h>

#include <vector>

#include "server/http/buffer_pool.h"
#include "server/http/handler.h"
#include "server/http/limits.h"
#include "server/http/response_writer.h"
#include "server/http/timeouts.h"

namespace nano::server {

class Connection;

// Told about connections' lives; implemented by the listener.
class ConnectionOwner {
 public:
  // Closed, and about to be deleted by the owner: nothing refers to it any more.
  virtual void OnConnectionClosed(Connection* connection) = 0;
  // Resumes all deferred connections now.
  virtual void RunDeferred() = 0;

 protected:
  ~ConnectionOwner() = default;
};

struct LoopState {
  LoopState(uv_loop_t* on_loop, const HttpLimits& with_limits, Handler& for_handler,
            ConnectionOwner& with_owner)
      : loop(on_loop),
        limits(with_limits),
        handler(for_handler),
        owner(with_owner),
        timeouts(on_loop, with_limits),
        read_buffer(kReadBuffer) {}

  static constexpr size_t kReadBuffer = 64 * 1024;

  uv_loop_t* loop;
  const HttpLimits limits;
  Handler& handler;
  ConnectionOwner& owner;
  BufferPool pool;
  Timeouts timeouts;
  DateField date;
  std::vector<char> read_buffer;      // Every read of every connection; parsed in place.
  std::vector<Connection*> deferred;  // To be resumed before the loop waits again.
  int64_t held_since = 0;             // When the first answer was held back (connection_life.cc).
  bool stopping = false;              // Every response says "connection: close".
};

}  // namespace nano::server
