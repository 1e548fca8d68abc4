// Pipes of the system's, through which bytes go from one socket to another without being copied
// into this process and out of it (splice(2)): from the socket that they come to into an empty
// pipe, and from there into the other socket, at once or as that takes them.
//
// A pool makes pipes when they are first asked for, keeps a few spare ones, and has a limit. A pipe
// knows its pool and goes back by being destroyed: to be used again if it is empty, closed if it
// holds bytes. Where the system gives no pipe, or does not move such bytes, nobody has lost
// anything: they are read and written as ever.
//
// A pipe may also be what a socket takes bytes from that were never another socket's. What the
// system sends from a file (sendfile(2)) needs none of this but the order that Output keeps.
//
// Owns the descriptors. Thread: the loop's own.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nano::net {

class PipePool;

class Pipe {
 public:
  Pipe() = default;  // None.
  ~Pipe();
  Pipe(Pipe&& other) noexcept;
  Pipe& operator=(Pipe&& other) noexcept;

  explicit operator bool() const { return pool_ != nullptr; }
  // Bytes in it.
  size_t held() const { return held_; }

  // Moves up to `most` bytes out of a socket into the pipe, which is empty. As Socket::Read, and
  // -EOPNOTSUPP if the system cannot do that, without a byte lost.
  ssize_t FillFrom(int socket, size_t most);
  // Moves what it holds into a socket, as far as that takes it. As Socket::Write, and -EOPNOTSUPP
  // likewise: the bytes are still in the pipe. A peer that has gone is SIGPIPE as well, which the
  // program has to ignore: the system cannot be asked to leave that out.
  ssize_t EmptyInto(int socket);
  // Takes bytes out of it, as many as are there and have room.
  size_t Read(std::span<char> into);

 private:
  friend class PipePool;
  Pipe(PipePool& pool, int out, int in) : pool_(&pool), out_(out), in_(in) {}

  ssize_t Told(ssize_t result);
  void Close();

  PipePool* pool_ = nullptr;
  int out_ = -1;
  int in_ = -1;
  size_t held_ = 0;
};

class PipePool {
 public:
  // What a pipe is asked to hold, and what it has to. The system counts what it holds by pieces
  // that are a page or more each.
  static constexpr int kWanted = 256 * 1024;
  static constexpr int kLeast = 64 * 1024;
  static constexpr size_t kMost = 64;
  static constexpr size_t kSpare = 8;
  // For so many calls of Take none is asked for again after the system gave none.
  static constexpr unsigned kRest = 64;

  PipePool() = default;
  // All pipes have gone.
  ~PipePool();
  PipePool(const PipePool&) = delete;
  PipePool& operator=(const PipePool&) = delete;

  // An empty pipe; none if it is not to be had.
  Pipe Take();

  // Pipes that there are, and those of them that are not used.
  size_t open() const { return open_; }
  size_t spare() const { return spare_.size(); }
  // Bytes that went into its pipes.
  uint64_t moved() const { return moved_; }

 private:
  friend class Pipe;
  struct Ends {
    int out;
    int in;
  };

  Pipe Make();
  void Close(Ends ends);

  std::vector<Ends> spare_;
  size_t open_ = 0;
  uint64_t moved_ = 0;
  unsigned rests_ = 0;
  bool supported_ = true;  // Until the system has refused to move.
};

}  // namespace nano::net
