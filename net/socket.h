// A connected TCP socket on the event loop: reads and writes that never wait, and word of when they
// would be of use. Thin on purpose, since nearly all that a request costs happens in here: libuv's
// streams take more calls and locks for the same (bench/README.md).
//
// Owns the descriptor and the poll handle, whose memory libuv uses until the callback of Close.
// Thread: the loop's own.
#pragma once

#include <sys/uio.h>
#include <uv.h>

#include <span>
#include <string>

namespace nano::net {

class Socket {
 public:
  // What the owner is told, from the loop.
  struct Events {
    // A read, a write, or both will get somewhere. Never called after Close.
    void (*ready)(void* owner, bool readable, bool writable);
    // libuv is done with the socket: the owner may destroy it.
    void (*closed)(void* owner);
  };

  Socket(const Events& events, void* owner) : events_(events), owner_(owner) { poll_.data = this; }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  // Takes over a connected descriptor in non-blocking mode. Called once, before all else.
  void Open(uv_loop_t* loop, int fd);

  // What is to be told to the owner; nothing at first.
  void Watch(bool readable, bool writable);

  // The bytes read; 0 at the end of the input; -EAGAIN if there are none; else a negative errno.
  ssize_t Read(std::span<char> into);
  // The same, for input that nobody wants: the system throws it away where it is.
  ssize_t Discard();
  // The bytes taken, which may be fewer than given; -EAGAIN if none; else a negative errno. A peer
  // that has gone is -EPIPE, not a signal.
  ssize_t Write(std::string_view first, std::string_view second);

  // Tells the peer that nothing more will be sent; false if it has gone.
  bool EndWriting();
  // By a reset instead of an orderly end if `reset`.
  void Close(bool reset);

  // The peer's address as text; empty if it is not known any more.
  std::string PeerAddress() const;
  // Has the system ask, after so many seconds without a word, whether the peer is still there.
  void ProbePeer(unsigned seconds);
  // Bytes written that the peer's system has not confirmed: they wait here, or are under way.
  size_t unconfirmed() const;
  // What is known of the peer, also when nothing is watched.
  enum class Peer {
    kOpen,
    kEndedInput,  // It sends no more; what it sent may not be read yet.
    kReset,
  };
  Peer peer() const;

 private:
  const Events& events_;
  void* owner_;
  int fd_ = -1;
  int watched_ = 0;  // UV_READABLE, UV_WRITABLE.
  uv_poll_t poll_;
};

}  // namespace nano::net
