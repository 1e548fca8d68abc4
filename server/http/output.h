// What a connection has to send: a buffer that answers are appended to, tried to be written with
// one system call, and libuv's queue for what the socket would not take at once.
//
// Owns the buffer (borrowed from the pool while it is not empty) and the queued writes. Never calls
// its owner from Flush: a broken connection is told by failed(), the queue's progress by a callback
// from the loop. Thread: the loop's own.
#pragma once

#include <uv.h>

#include <string>
#include <string_view>

#include "server/http/buffer_pool.h"

namespace nano::server {

class Output {
 public:
  // Called from the loop whenever a queued write has ended; failed() tells how.
  using Progress = void (*)(void* owner);

  Output(uv_stream_t* stream, BufferPool& pool, Progress progress, void* owner)
      : stream_(stream), pool_(pool), progress_(progress), owner_(owner) {}
  ~Output() { pool_.Give(buffer_); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Where to append what is to be sent.
  std::string& buffer() {
    if (buffer_.capacity() < kUseful) buffer_ = pool_.Take();
    return buffer_;
  }
  size_t buffered() const { return buffer_.size(); }

  // Sends the buffer.
  void Flush() { FlushWith({}); }
  // Sends the buffer and `tail` after it, without copying what of `tail` the socket takes at once.
  void FlushWith(std::string_view tail);

  // Bytes that wait for the client to read.
  size_t queued() const { return stream_->write_queue_size; }
  // The connection is broken; nothing is sent any more.
  bool failed() const { return failed_; }

 private:
  struct Write;
  static constexpr size_t kUseful = 16;  // More than a std::string holds by itself.

  void Queue(std::string data, size_t offset);

  uv_stream_t* stream_;
  BufferPool& pool_;
  Progress progress_;
  void* owner_;
  std::string buffer_;
  bool failed_ = false;
};

}  // namespace nano::server
