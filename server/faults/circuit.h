// What becomes of a version that keeps ending workers, as operators see it. Plain data;
// thread-safe as any value type. Times are milliseconds since 1970.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "server/limits/reason.h"

namespace nano::server {

struct Circuit {
  enum class State : uint8_t {
    kClosed,  // Its requests are given to it.
    kOpen,    // They are refused.
    kTrial,   // They are given to it again, and one more death opens it for longer.
  };

  State state = State::kClosed;
  uint32_t deaths = 0;  // Of workers, lately.
  int64_t since = 0;    // When the state began; of a closed one, when the last worker died …
  int64_t until = 0;  // … and when it ends if no worker dies: of a closed one the deaths' memory.
  uint64_t left_ms = 0;          // Until then, by a clock that nobody sets.
  std::optional<Reason> reason;  // The limit at which the last of them ended itself, if at one.
  std::string last;              // How the last of them ended: "worker 2 was killed by SIGSEGV".
};

constexpr const char* NameOf(Circuit::State state) {
  constexpr const char* kNames[] = {"closed", "open", "trial"};
  return kNames[static_cast<size_t>(state)];
}

}  // namespace nano::server
