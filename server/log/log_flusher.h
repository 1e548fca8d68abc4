// Writes on, from an event loop, what the log's reader did not take at once.
//
// Owns two handles of the loop, which do not keep it alive; costs a look at memory for each turn of
// the loop. Thread: the loop's own.
#pragma once

#include <uv.h>

#include "net/handles.h"
#include "server/log/log_sink.h"

namespace nano::server {

class LogFlusher {
 public:
  static constexpr uint64_t kRetryMs = 20;

  LogFlusher(uv_loop_t* loop, LogSink& sink)
      : prepare_(loop,
                 [this, &sink] {
                   if (sink.pending() && !timer_.active()) timer_.Start(kRetryMs);
                 }),
        timer_(loop, [&sink] { sink.Flush(); }) {
    prepare_.Start();
    prepare_.Unref();
    timer_.Unref();
  }
  LogFlusher(const LogFlusher&) = delete;
  LogFlusher& operator=(const LogFlusher&) = delete;

 private:
  net::Prepare prepare_;
  net::Timer timer_;
};

}  // namespace nano::server
