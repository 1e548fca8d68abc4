// Writes on, from an event loop, what the log's reader did not take at once.
//
// Owns two handles of the loop, which do not keep it alive; costs a look at memory for each turn of
// the loop. Close the loop's handles before it is destroyed. Thread: the loop's own.
#pragma once

#include <uv.h>

#include "server/log_sink.h"

namespace nano::server {

class LogFlusher {
 public:
  static constexpr uint64_t kRetryMs = 20;

  LogFlusher(uv_loop_t* loop, LogSink& sink) : sink_(sink) {
    uv_prepare_init(loop, &prepare_);
    uv_timer_init(loop, &timer_);
    prepare_.data = this;
    timer_.data = this;
    uv_prepare_start(&prepare_, [](uv_prepare_t* handle) {
      auto* self = static_cast<LogFlusher*>(handle->data);
      if (!self->sink_.pending() || uv_is_active(reinterpret_cast<uv_handle_t*>(&self->timer_)))
        return;
      uv_timer_start(
          &self->timer_,
          [](uv_timer_t* timer) { static_cast<LogFlusher*>(timer->data)->sink_.Flush(); }, kRetryMs,
          0);
    });
    uv_unref(reinterpret_cast<uv_handle_t*>(&prepare_));
    uv_unref(reinterpret_cast<uv_handle_t*>(&timer_));
  }
  LogFlusher(const LogFlusher&) = delete;
  LogFlusher& operator=(const LogFlusher&) = delete;

 private:
  LogSink& sink_;
  uv_prepare_t prepare_;
  uv_timer_t timer_;
};

}  // namespace nano::server
