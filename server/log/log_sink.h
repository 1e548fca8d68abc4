// Where log lines go: a file descriptor that the supervisor and all workers write to.
//
// Nobody waits for a slow reader. What a pipe, terminal or socket does not take at once is kept in
// a buffer that all processes share; when that is full, lines are dropped and counted, and the
// count is said once there is room again.
//
// Owns memory shared with the processes forked after it was made, and, for a pipe or terminal, a
// descriptor of its own: non-blocking, which the one that was given, shared with the shell and
// others, must not become. Thread: the main one of each process.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>
#include <vector>

#include "server/log/log_tail.h"

namespace nano::server {

class LogSink {
 public:
  // What is kept for a reader that is behind.
  static constexpr size_t kBufferBytes = 1024 * 1024;

  // The notice of dropped lines, without a line feed: made by whoever knows the format.
  using Notice = void (*)(std::string& out, unsigned long long dropped, bool json);

  explicit LogSink(int fd);
  ~LogSink();
  LogSink(const LogSink&) = delete;
  LogSink& operator=(const LogSink&) = delete;

  // Writes whole lines (the last byte is a line feed), or all of them later, or none. No line of
  // another process comes in between, however long they are, and a process killed in the middle of
  // its line does not spoil the next one. If nobody can read them any more (a closed pipe, a full
  // disk), they are lost. They are about `app`, or the server itself if it is empty.
  void Write(std::string_view lines, std::string_view app = {});

  // The same of lines that are many, and of less worth than others: they are not in the tail, and
  // leave half of what can be kept to the others.
  void WriteAside(std::string_view lines, size_t count);

  // Lines that were dropped since the start because the reader was too slow.
  uint64_t lost() const;

  // Writes what was kept, as far as it is taken.
  void Flush();
  // Whether something is kept, or dropped lines have not been mentioned yet.
  bool pending() const;
  // At the end: flushes until nothing is pending or the time is up.
  void Drain(std::chrono::milliseconds patience);

  // What any process has written last, whether or not the log's reader took it: from a place on,
  // which is moved; 0 is the first one.
  std::vector<LogTail::Line> ReadTail(uint64_t& at);

  void set_notice(Notice notice, bool json);

  int fd() const { return fd_; }

 private:
  struct Shared;

  bool Lock();
  void FlushLocked();
  bool Keep(std::string_view bytes, size_t room = kBufferBytes);
  std::string_view WriteLocked(std::string_view lines, size_t room);
  void Drop(size_t lines);
  // The number of bytes taken; all of them if they are lost for good.
  size_t WriteSome(std::string_view bytes);

  int fd_;
  int own_fd_ = -1;
  bool is_socket_ = false;
  bool must_poll_ = false;  // It may block, and could not be opened anew.
  Notice notice_ = nullptr;
  bool json_ = false;
  Shared* shared_;
  LogTail tail_;
};

}  // namespace nano::server
