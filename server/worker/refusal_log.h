// Lines about requests that were refused: one a second for each reason, which says how many there
// were besides, and one that says it when no more have come.
//
// Owns a timer while there is something left to say. Thread: the worker's loop.
#pragma once

#include <uv.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "net/handles.h"
#include "server/limits/reason.h"

namespace nano::server {

class RefusalLog {
 public:
  static constexpr uint64_t kIntervalMs = 1000;

  // Writes a line of no request: `count` of this reason have had none, as `text` says.
  using TellRest = std::function<void(Reason reason, const std::string& text, uint64_t count)>;

  RefusalLog(uv_loop_t* loop, TellRest tell_rest) : loop_(loop), tell_rest_(std::move(tell_rest)) {}
  // Says what is left.
  ~RefusalLog();
  RefusalLog(const RefusalLog&) = delete;
  RefusalLog& operator=(const RefusalLog&) = delete;

  // A refusal at this moment. Its line, which begins with `what`, names what can be configured and
  // says how many had none since the last one; none: it gets no line. `key`: as Refusal has it.
  std::optional<std::string> Line(std::string what, Reason reason, std::string_view key = {});

 private:
  struct Entry {
    bool told = false;
    uint64_t told_ms = 0;
    uint64_t untold = 0;
    std::string_view key{};  // The last one's.
  };

  // Whether one gets a line, and how many had none since the last one.
  std::optional<uint64_t> Count(Reason reason);
  // Of reasons that had no line for `quiet_ms`. Whether something is left to say.
  bool Tell(uint64_t quiet_ms);

  uv_loop_t* const loop_;
  const TellRest tell_rest_;
  std::array<Entry, kReasons> entries_;
  std::optional<net::Timer> timer_;
};

}  // namespace nano::server
