// What all clients of one event loop share: nothing that belongs to a tenant. Owned by the loop's
// owner, outlives every client. Thread: the loop's own.
#pragma once

#include <uv.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "http/http1/response_parser.h"
#include "net/buffer_pool.h"
#include "net/handles.h"
#include "net/pipe.h"
#include "net/resolver.h"

namespace nano::http1 {

class ClientConnection;

struct ClientLoop {
  explicit ClientLoop(uv_loop_t* on_loop, net::Resolver::Settings names = {});

  // Sends what connections have held back until now.
  void SendHeld();

  static constexpr size_t kReadBuffer = 256 * 1024;
  static constexpr size_t kLookBuffer = 64 * 1024;

  uv_loop_t* loop;
  net::Resolver resolver;
  net::BufferPool pool;
  // Every read of every connection, from the loop; parsed in place. Large for bodies that are
  // passed on; what of it was never filled takes no memory.
  const std::unique_ptr<char[]> read_memory = std::make_unique_for_overwrite<char[]>(kReadBuffer);
  const std::span<char> read_buffer{read_memory.get(), kReadBuffer};
  // What a look at a connection finds, which nobody wants. Of its own, since who looks may do so
  // while read_buffer is being parsed: an app that is told of a part of a body calls somebody else.
  const std::unique_ptr<char[]> look_memory = std::make_unique_for_overwrite<char[]>(kLookBuffer);
  const std::span<char> look_buffer{look_memory.get(), kLookBuffer};
  // For bodies that are passed on unseen, if so much is left of them. With a response's head no
  // more is read than kHeadRead, which leaves the rest for that: more would have been copied for
  // nothing, less costs those who read smaller bodies a turn of the loop.
  net::PipePool pipes;
  static constexpr size_t kHeadRead = 64 * 1024;
  uint64_t least_piped = 64 * 1024;
  ResponseLimits limits;
  // How long a server's system may not confirm what was sent to it, in milliseconds.
  uint64_t longest_silence = 40'000;
  std::vector<ClientConnection*> held;  // Have something to send.
  int64_t held_since = 0;               // The tick in which the first of them had it.

 private:
  net::Prepare prepare_;  // Sends it before the loop waits …
  net::Check check_;      // … and when all that was ready had its turn.
};

}  // namespace nano::http1
