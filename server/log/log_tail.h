// The log's last lines, of all processes, for whoever asks for them later: a ring of records (whose
// app's line it is, and the line), the oldest of which make room for the newest.
//
// Costs a copy of each line, and runs nothing: lines wait here until somebody reads them. Lines are
// numbered as they are written, so that a reader sees how many it has missed.
//
// Owns memory shared with the processes forked after it was made. Thread: the main one of each
// process. Append and CopyFrom are called by one process at a time, which is what the log's lock is
// for; a process that is killed within Append leaves everything but its own line as it was.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nano::server {

class LogTail {
 public:
  static constexpr size_t kRingBytes = 512 * 1024;

  struct Line {
    uint64_t number = 0;  // From 0 on, without gaps but for lines that were missed.
    std::string app;      // Empty: the server.
    std::string text;     // Without a line feed at its end.
  };

  LogTail();
  ~LogTail();
  LogTail(const LogTail&) = delete;
  LogTail& operator=(const LogTail&) = delete;

  // Keeps a line (or several as one). What is larger than the ring is missed.
  void Append(std::string_view app, std::string_view line);
  // Counts a line that cannot be kept. Without the lock.
  void Miss();

  // Whether there is something at a reader's place. Without the lock.
  bool HasMore(uint64_t at) const;
  // The records from the reader's place on, or from the oldest that is kept; moves the place behind
  // them. Only copies, so that the lock is not held for long.
  std::string CopyFrom(uint64_t& at) const;
  // The lines in what was copied.
  static std::vector<Line> Parse(std::string_view records);

 private:
  struct Shared;

  void MakeRoom(size_t size);
  void Put(uint64_t at, const void* bytes, size_t size);
  void Get(uint64_t at, void* bytes, size_t size) const;

  Shared* shared_;
};

}  // namespace nano::server
