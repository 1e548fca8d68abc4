// The log's lines as news: fetched from the log's tail when somebody asks, and, as long as somebody
// follows, every now and then.
//
// Nothing runs while nobody follows. Owns the feed and a timer. Thread: the supervisor's loop.
#pragma once

#include <uv.h>

#include <cstdint>

#include "net/handles.h"
#include "server/deploy/feed.h"
#include "server/log/log.h"

namespace nano::server {

class LogLines {
 public:
  static constexpr uint64_t kFetchMs = 100;

  // `log` outlives it. The feed's first entry gets the number `first`.
  LogLines(uv_loop_t* loop, Log& log, uint64_t first);
  LogLines(const LogLines&) = delete;
  LogLines& operator=(const LogLines&) = delete;

  // With all lines that were written up to now. Not from within news of it.
  Feed& feed();

 private:
  void Fetch();
  void SayMissed(uint64_t count);

  Log& log_;
  Feed feed_;
  net::Timer timer_;
  uint64_t at_ = 0;    // Place in the log's tail.
  uint64_t next_ = 0;  // Number of the line that is to come.
};

}  // namespace nano::server
