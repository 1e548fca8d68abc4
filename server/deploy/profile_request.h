// A profile of an app, as it is asked for and what comes of it. Plain data. Thread: as any value
// type.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/descriptor.h"

namespace nano::server {

struct ProfileRequest {
  static constexpr uint32_t kMostSeconds = 300;

  std::string app;
  bool heap = false;      // What is on its heap; else where CPU time goes …
  uint32_t seconds = 10;  // … for so long.
  uint32_t worker = 0;    // Its number; 0: the first that has an isolate of the app.
  std::string group{};    // Of the workers that run the app (server/release/groups.h).
};

struct ProfileOutcome {
  enum class Kind {
    kDone,
    kFailed,    // There is none.
    kBusy,      // One is being made in that worker already.
    kStopping,  // The server is.
  };

  Kind kind = Kind::kDone;
  std::string message{};  // Unless it is done.
  Descriptor file{};      // That has it.
  uint64_t bytes = 0;
};

using ProfileCallback = std::function<void(ProfileOutcome)>;

}  // namespace nano::server
