// Where log lines go: a file descriptor that the supervisor and all workers write to.
//
// Owns a page of memory shared with the processes forked after it was made; not the descriptor.
// Thread: the main one of each process. Blocks while the reader of a pipe or terminal is behind:
// lines are never dropped or cut because somebody reads slowly.
#pragma once

#include <string_view>

namespace nano::server {

class LogSink {
 public:
  explicit LogSink(int fd);
  ~LogSink();
  LogSink(const LogSink&) = delete;
  LogSink& operator=(const LogSink&) = delete;

  // Writes whole lines (the last byte is a line feed). No line of another process comes in between,
  // however long they are, and a process killed in the middle of its line does not spoil the next
  // one. If nobody can read them any more (a closed pipe, a full disk), they are lost.
  void Write(std::string_view lines);

  int fd() const { return fd_; }

 private:
  struct Shared;

  int fd_;
  Shared* shared_;
};

}  // namespace nano::server
