// What a connection has to send: a buffer that answers are appended to, tried to be written with
// one system call, and what the socket would not take at once: bytes, a pipe that holds them
// (pipe.h), or a file that has them (file_part.h). They go in the order in which they came, which
// is that of the members: what was appended while a pipe or a file has bytes waits in the buffer
// until those have gone.
//
// Owns all of these, borrowed from pools while they are not empty. Never calls its owner: a broken
// connection is told by failed(). Thread: the loop's own.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "net/buffer_pool.h"
#include "net/file_part.h"
#include "net/pipe.h"
#include "net/socket.h"

namespace nano::net {

class Output {
 public:
  Output(Socket& socket, BufferPool& pool) : socket_(socket), pool_(pool) {}
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Where to append what is to be sent.
  std::string& buffer() {
    // What is small enough lies in the string itself, whose capacity says nothing of what it holds.
    if (buffer_.empty() && buffer_.capacity() < kUseful) buffer_ = pool_.Take();
    return buffer_;
  }
  size_t buffered() const { return buffer_.size(); }

  // Sends the buffer.
  void Flush() { FlushWith(std::string_view()); }
  // Sends the buffer and `tail` after it, without copying what of `tail` the socket takes at once.
  void FlushWith(std::string_view tail);
  // The same with what a pipe holds, on a plain socket and while no other pipe waits. What of it
  // the socket does not take at once waits in the pipe, which is taken from the caller then.
  void FlushWith(Pipe& tail);
  // The same with a part of a file, on any socket and while no pipe and no other file waits. What
  // of it the socket does not take at once waits where it is, and takes no memory.
  void FlushWith(FilePart tail);
  // The socket takes more: sends what waits for that.
  void Resume();

  // Bytes that wait for the client to read. While there are any, the socket is to be watched and
  // Resume to be called.
  size_t queued() const {
    const size_t waiting = waiting_.size() - sent_;
    return holds_part() ? waiting + held() + buffer_.size() : waiting;
  }
  // Bytes of memory that they take.
  size_t kept() const {
    const size_t waiting = waiting_.empty() ? 0 : waiting_.capacity();
    return waiting + buffer_.size() + (pipe_ ? pipe_.held() : 0);
  }
  // Bytes that the socket has taken, in all …
  uint64_t handed() const { return handed_; }
  // … and will have when it has taken everything that there is. Of a broken connection, that stays
  // more.
  uint64_t end() const {
    const size_t waiting = waiting_.size() - sent_ + held();
    return handed_ + dropped_ + waiting + buffer_.size();
  }
  // A pipe or a file waits among them.
  bool holds_part() const { return static_cast<bool>(pipe_) || file_ != nullptr; }
  // The connection is broken; nothing is sent any more.
  bool failed() const { return failed_; }

 private:
  static constexpr size_t kUseful = 16;                  // More than a std::string holds by itself.
  static constexpr size_t kLarge = size_t{1} << 20;      // Sent bytes whose memory is worth a copy.
  static constexpr size_t kFileTurn = size_t{1} << 20;   // Of a file, before others have a turn …
  static constexpr size_t kFileWrite = size_t{1} << 18;  // … in calls of this size.

  size_t Write(std::string_view first, std::string_view second);
  void WriteFrom(Pipe& pipe);
  void WriteFile();
  void GiveBackSent();
  // Bytes that a pipe or a file has for us.
  size_t held() const {
    return (pipe_ ? pipe_.held() : 0) + (file_ == nullptr ? 0 : file_->bytes.size());
  }

  Socket& socket_;
  BufferPool& pool_;
  std::string waiting_;             // What the socket would not take …
  size_t sent_ = 0;                 // … of which this much has gone meanwhile.
  Pipe pipe_;                       // The same, in the system's hands …
  std::unique_ptr<FilePart> file_;  // … or in a file, if there is no pipe.
  std::string buffer_;
  uint64_t handed_ = 0;
  uint64_t dropped_ = 0;  // What was to be sent when the connection was broken.
  bool failed_ = false;
};

}  // namespace nano::net
