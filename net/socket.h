// A connected socket (TCP, or of the AF_UNIX family) on the event loop: reads and writes that never
// wait, and word of when they would be of use. Thin on purpose, since nearly all that a request
// costs happens in here: libuv's streams take more calls and locks for the same (bench/README.md).
//
// A socket may be secured (TLS), on either side of a connection. Whoever uses it sees no
// difference: what it reads and writes is plain, its output is gone when the system has taken the
// bytes that carry it (so limits on it, its timeouts and closing after it hold), the peer's end is
// the one that its layer tells, and our end is told to it. A plain socket pays a branch for that in
// each call, and no call through a pointer.
//
//   Connection, client …           plain bytes
//   Output                         what is to be sent, and what waits
//   Socket ── plain ────────────── system calls
//      └───── SecureStream ─────── the same system calls (secure_stream.h)
//                └── SecureLayer   bytes to bytes: TLS, or a test's toy (secure_layer.h)
//                                  (a layer within another: a stream over a stream)
//
// The handshake is the socket's own: nothing is readable or writable meanwhile, so the owner's
// timeouts run on and its output waits. What a layer says by itself is sent without the owner.
// What the system moves by itself goes past a layer, so that only a plain socket has it: out of and
// into a pipe (pipe.h), and out of a file (file_part.h), which might be had of a secured socket as
// well where the kernel does its layer's work (kTLS).
//
// Owns the descriptor and the poll handle, whose memory libuv uses until the callback of Close.
// Thread: the loop's own.
#pragma once

#include <sys/types.h>
#include <uv.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "net/buffer_pool.h"
#include "net/file_part.h"
#include "net/pipe.h"
#include "net/secure_layer.h"

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

  Socket(const Events& events, void* owner);
  ~Socket();
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  // Takes over a descriptor in non-blocking mode that is connected, or connecting: then it is
  // writable once it is connected or cannot be. Called once, before all else.
  void Open(uv_loop_t* loop, int fd);
  // Has all that is read and written from now on go through `layer`, whose handshake begins. While
  // the owner waits for anything, it goes on. On a secured socket, the new layer goes within those
  // that are there. The pool outlives the socket.
  void Secure(std::unique_ptr<SecureLayer> layer, BufferPool& pool);

  // What is to be told to the owner; nothing at first.
  void Watch(bool readable, bool writable);

  // The bytes read; 0 at the end of the input; -EAGAIN if there are none; else a negative errno:
  // -EPROTO if the socket's layer failed, -ECONNRESET also if input ended without its layer's word.
  // A secured one needs a buffer of more than SecureLayer::kMostKept bytes.
  ssize_t Read(std::span<char> into);
  // The same, for input that nobody wants: the system throws it away where it is, unopened. Then
  // there is no more reading.
  ssize_t Discard();
  // The bytes taken, which may be fewer than given; -EAGAIN if none; else a negative errno. A peer
  // that has gone is -EPIPE, not a signal. What was not taken is to be offered again, first.
  ssize_t Write(std::string_view first, std::string_view second);

  // No layer is in between: the system can move what comes and goes.
  bool plain() const { return secured_ == nullptr; }
  // As Read and Write, into an empty pipe and out of one, of a plain socket; see net/pipe.h.
  ssize_t ReadInto(Pipe& pipe, size_t most);
  ssize_t WriteFrom(Pipe& pipe);
  // As Write, from a file, of which no more than `most` bytes are taken in one call. A secured
  // socket's layer reads them where they are mapped.
  ssize_t WriteFile(const FilePart& part, size_t most);

  // Tells the peer that nothing more will be sent; false if it has gone.
  bool EndWriting();
  // By a reset instead of an orderly end if `reset`.
  void Close(bool reset);
  // As Close, but a plain socket's descriptor stays open, and is the caller's.
  Descriptor Release();

  // The peer's address as text; of the AF_UNIX family "unix:" and the number of the user who
  // connected. Empty if it is not known any more.
  std::string PeerAddress() const;
  // Has the system ask, after so many seconds without a word, whether the peer is still there.
  // Not while bytes wait to be confirmed: see PeerSilent.
  void ProbePeer(unsigned seconds);
  // Whether bytes wait that the peer's system should have confirmed, and it has said nothing for so
  // long. (TCP_USER_TIMEOUT would end connections whose peer confirms that it has no room, too.)
  bool PeerSilent(uint64_t milliseconds) const;
  // Bytes that the peer's system has confirmed, in all, whatever they carried.
  uint64_t delivered() const;
  // Why the socket's layer failed, in words; empty if it has none, or it did not.
  std::string_view failure() const;
  // What is known of the peer, also when nothing is watched.
  enum class Peer {
    kOpen,
    kEndedInput,  // It sends no more; what it sent may not be read yet.
    kReset,
  };
  Peer peer() const;

 private:
  struct Secured;

  uint64_t unconfirmed() const;
  void Poll(int events);
  void OnPoll(int status, int events);

  // What a secured socket does instead. Kept out of the plain one's functions, which would save and
  // restore more registers for them.
  [[gnu::noinline]] void OnSecuredPoll(int events);
  [[gnu::noinline]] void WatchSecured(int wanted);
  [[gnu::noinline]] ssize_t ReadSecured(std::span<char> into);
  [[gnu::noinline]] ssize_t WriteSecured(std::string_view first, std::string_view second);
  void OnHeldInput();
  void UpdateSecured();

  const Events& events_;
  void* owner_;
  int fd_ = -1;
  int polled_ = 0;                    // UV_READABLE, UV_WRITABLE: what libuv watches for.
  uint64_t sent_ = 0;                 // Bytes that the system has taken, of a plain socket.
  std::unique_ptr<Secured> secured_;  // Null: plain.
  uv_poll_t poll_;
};

}  // namespace nano::net
